"""Whose rows a caller may see and change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from colonnade.design.bindings import RelationshipBinding
from colonnade.design.decision import Decision, Draft, Rejected, asked
from colonnade.design.drafting import Drafting, table_object
from colonnade.design.history import never_changes
from colonnade.design.names import constraint_name
from colonnade.design.ownership import (
    Ownership,
    application_role,
    isolated,
    owner_entity,
    ownership,
    reaches_beyond,
)
from colonnade.design.places import Places, Step
from colonnade.design.policies import owned_by_caller, refers_to_own
from colonnade.design.programs import refer_to_own
from colonnade.design.rules import function_object, trigger_object
from colonnade.errors import DesignError
from colonnade.schema import Grant, ObjectName, Policy, Table
from colonnade.spec import Entity, Spec
from colonnade.spec.question_ids import ISOLATION_ID

_SOURCE = "postgresql.org/docs/current/ddl-rowsecurity.html"
_FORCED = (
    "Forced row security holds for every statement of the role, a forgotten condition included; who is asking is read"
    " once per statement."
)
_ALL = ("DELETE", "INSERT", "SELECT", "UPDATE")
_WRITES = {"insert": "INSERT", "update": "UPDATE", "delete": "DELETE", "create": "INSERT"}


class IsolationDecider:
    """Puts each owned table under forced row security, for a role that cannot bypass it."""

    def decide(self, spec: Spec, draft: Draft) -> tuple[Draft, tuple[Decision, ...]]:
        """Return the draft with policies and grants, or with the decision to scope queries instead."""
        drafting = Drafting(draft)
        if spec.isolation.by != "none":
            _Deciding(spec, draft, drafting).run()
        return drafting.finish()


class _Deciding:
    """One run over a spec that isolates its users or tenants."""

    def __init__(self, spec: Spec, draft: Draft, drafting: Drafting) -> None:
        self._spec = spec
        self._drafting = drafting
        self._places = Places(spec, draft)
        self._role = application_role(spec)
        self._owners: dict[str, Ownership] = {}
        self._reads: dict[str, set[str]] = {}
        self._circular: dict[str, list[RelationshipBinding]] = {}

    def run(self) -> None:
        """Decide entity by entity: first who owns what, because policies look at each other's tables."""
        stored = [entity for entity in self._spec.entities if self._places.has_table(entity.name)]
        for entity in stored:
            if isolated(self._places, entity):
                self._owners[entity.name] = self._ownership(entity)
        for entity in stored:
            owned = self._owners.get(entity.name)
            if owned is not None:
                self._reads[self._places.table(entity.name).name] = {step.table for step in owned.steps}
        for entity in stored:
            if not self._places.table(entity.name).external:
                self._entity(entity)

    def _ownership(self, entity: Entity) -> Ownership:
        found = ownership(self._places, entity.name)
        if found is None:
            raise DesignError(
                f'entity "{entity.name}" is to be isolated, but nothing says whose its rows are',
                detail=f"No reference leads from it to {owner_entity(self._spec) or 'an owner'}.",
                hint="Give it an owner, make it part of something owned, or take its isolation away.",
                at=next(iter(entity.at), None),
            )
        return found

    def _entity(self, entity: Entity) -> None:
        table = self._drafting.table(entity.name)
        owned = self._owners.get(entity.name)
        if not self._role:
            self._scoped(entity, table, owned)
        elif owned is None:
            self._shared(entity, table)
        else:
            self._isolated(entity, table, owned)

    def _scoped(self, entity: Entity, table: Table, owned: Ownership | None) -> None:
        """Record that the application's own conditions keep the rows apart."""
        if owned is None:
            return
        way = ", ".join(owned.columns) if owned.direct else f"{', '.join(owned.leading)}, up to {owned.table}"
        self._drafting.decide(
            Decision(
                question=f"isolation of {table.name}",
                choice=f"every statement names the owner: {way}",
                reason="The spec asks for scoped queries; one forgotten condition shows everybody's rows.",
                shaped=(table_object(table),),
                facts=(*self._spec.isolation.at, *entity.at),
                rejected=(Rejected(choice="row-level security", reason="the spec says mode: scoped"),),
                source=_SOURCE,
                asked=self._question(entity),
            )
        )

    def _shared(self, entity: Entity, table: Table) -> None:
        """Grant what the application does with a table that nobody owns; no policy."""
        privileges = self._privileges(entity, owned=False)
        self._drafting.put(replace(table, grants=(*table.grants, Grant(role=self._role, privileges=privileges))))
        root = entity.name == owner_entity(self._spec)
        reason = (
            "Login and registration read it before anybody is known; it holds the caller itself."
            if root
            else "Its rows belong to nobody; everybody reads them, and the role may do only what the spec does."
        )
        self._drafting.decide(
            Decision(
                question=f"isolation of {table.name}",
                choice=f"none: the role {self._role} may {', '.join(privileges)} all rows",
                reason=reason,
                shaped=(table_object(table),),
                facts=entity.at,
                rejected=(
                    Rejected(
                        choice="row-level security",
                        reason="nobody could log in" if root else "no column says whose a row is",
                    ),
                ),
                source=_SOURCE,
                asked=self._question(entity),
            )
        )

    def _isolated(self, entity: Entity, table: Table, owned: Ownership) -> None:
        """Add the policy, force it on everybody, and grant what it lets through."""
        condition = owned_by_caller(self._places, table.name, owned)
        checks = list(self._reference_checks(entity, table, owned))
        policy = Policy(
            name=constraint_name(table.name, "isolation"),
            roles=(self._role,),
            using=condition,
            with_check=" AND ".join([condition, *(text for _, text in checks)]),
        )
        privileges = self._privileges(entity, owned=True)
        self._drafting.put(
            replace(
                table,
                policies=(*table.policies, policy),
                grants=(*table.grants, Grant(role=self._role, privileges=privileges)),
                row_security=True,
                force_row_security=True,
            )
        )
        self._drafting.decide(self._decision(entity, table, owned, policy, [name for name, _ in checks]))
        for binding in self._circular.get(entity.name, ()):
            self._guard(entity, binding)

    def _guard(self, entity: Entity, binding: RelationshipBinding) -> None:
        """Add the trigger that looks, with the caller's eyes, for what a reference leads to."""
        table = self._drafting.table(entity.name)
        key = next(each for each in table.foreign_keys if each.name == binding.constraint)
        function, trigger = refer_to_own(table, key)
        self._drafting.put(replace(table, triggers=(*table.triggers, trigger)))
        self._drafting.functions[function.name] = function
        self._drafting.decide(
            Decision(
                question=f"isolation of {table.name}.{binding.relationship}",
                choice=f"trigger {trigger.name}",
                reason=(
                    f"A written row may refer by {binding.relationship} only to the caller's own rows. The trigger"
                    " reads under the caller's policies, so a row of somebody else's is not there."
                ),
                shaped=(trigger_object(table, trigger.name), function_object(function.name)),
                facts=(*self._spec.isolation.at, *entity.at),
                rejected=(
                    Rejected(choice="WITH CHECK", reason="its policy would read itself, which Postgres refuses"),
                    Rejected(
                        choice="the foreign key alone", reason="it looks past policies, so another's row would do"
                    ),
                ),
                source=_SOURCE,
            )
        )

    def _reference_checks(self, entity: Entity, table: Table, owned: Ownership) -> Iterator[tuple[str, str]]:
        """Yield a condition for each other reference to an isolated table: the foreign key alone looks past policies.

        The reference to the owner says what the policy says already; one with the scope `all` may leave what is owned.
        Postgres refuses policies that go in circles, so references whose policy would read its way back to this
        table are kept for triggers.
        """
        anybodys = self._anybodys(entity)
        for binding in self._places.bindings.relationships:
            target = self._owners.get(binding.target)
            if binding.source != entity.name or binding.association or target is None:
                continue
            if set(owned.leading) == set(binding.columns) or binding.relationship in anybodys:
                continue
            if self._leads_back(binding.referenced_table, table.name):
                self._circular.setdefault(entity.name, []).append(binding)
                continue
            step = Step(
                source=table.name,
                table=binding.referenced_table,
                pairs=self._places.reference(binding),
                many=False,
                relationship=binding.relationship,
            )
            self._reads[table.name] |= {binding.referenced_table, *(each.table for each in target.steps)}
            optional = not all(table.column(name).not_null for name in binding.columns)
            yield (
                binding.relationship,
                refers_to_own(self._places, table.name, step, target, optional=optional),
            )

    def _anybodys(self, entity: Entity) -> list[str]:
        """Return the relationships by which rows may refer to isolated rows of every owner."""
        return [
            each.name
            for each in self._places.relationships_of(entity.name)
            if each.scope == "all" and each.kind != "N-M" and each.target in self._owners
        ]

    def _leads_back(self, start: str, goal: str) -> bool:
        """Tell whether the policies that start at one table come to read the other."""
        open_, seen = [start], set[str]()
        while open_:
            name = open_.pop()
            if name == goal:
                return True
            if name not in seen:
                seen.add(name)
                open_ += self._reads.get(name, ())
        return False

    def _privileges(self, entity: Entity, *, owned: bool) -> tuple[str, ...]:
        """Return what the role may do: all with owned rows, with others only what the spec does."""
        if never_changes(self._spec, entity):
            return ("INSERT", "SELECT")
        if owned or entity.name == owner_entity(self._spec):
            return _ALL
        patterns = {each.writes for each in self._spec.access_patterns if each.entity == entity.name}
        operations = {each.effect for each in self._spec.operations if each.entity == entity.name}
        found = {_WRITES[effect] for effect in (*patterns, *operations) if effect in _WRITES}
        if self._made_on_the_fly(entity):
            found.add("INSERT")
        return tuple(sorted({"SELECT", *found}))

    def _made_on_the_fly(self, entity: Entity) -> bool:
        """Tell whether rows come about by being named in something else, as a tag does in an article's list."""
        collections = {
            (each.source, each.name)
            for each in self._spec.relationships
            if each.kind == "N-M" and each.target == entity.name
        }
        return any(
            (field.entity, field.place.partition(".")[0]) in collections
            for operation in self._spec.operations
            for field in operation.fields
            if field.direction == "request"
        )

    def _decision(self, entity: Entity, table: Table, owned: Ownership, policy: Policy, checked: list[str]) -> Decision:
        name = ObjectName(kind="policy", name=policy.name, table=table.name, namespace=table.namespace)
        reasons = [_FORCED]
        if checked:
            reasons.append(
                f"A written row may refer by {', '.join(checked)} only to the caller's own rows, which the foreign key"
                " alone would not see to."
            )
        if anybodys := self._anybodys(entity):
            reasons.append(f"By {', '.join(anybodys)} a row may refer to rows of every owner, of which it shows none.")
        outside = self._outside(entity)
        if outside:
            reasons.append(f"{', '.join(outside)} reach beyond one owner and run as a role of their own.")
        return Decision(
            question=f"isolation of {table.name}",
            choice=self._choice(table, owned),
            reason=" ".join(reasons),
            shaped=(table_object(table), name),
            facts=(*self._spec.isolation.at, *entity.at),
            rejected=tuple(_rejected(owned)),
            source=_SOURCE,
            patterns=tuple(
                each.id
                for each in self._spec.access_patterns
                if each.entity == entity.name and not reaches_beyond(self._places, each)
            ),
            asked=self._question(entity),
        )

    def _question(self, entity: Entity) -> str:
        """Return the question that could change who sees the entity's rows."""
        whole = ISOLATION_ID if any(each.id == ISOLATION_ID for each in self._spec.questions) else ""
        return asked(self._spec, "isolation", entity.name) or whole

    def _choice(self, table: Table, owned: Ownership) -> str:
        if owned.direct:
            return f"policy for {self._role} on {', '.join(owned.columns)}"
        way = " -> ".join((table.name, *(step.table for step in owned.steps)))
        return f"policy for {self._role} by way of {way}.{', '.join(owned.columns)}"

    def _outside(self, entity: Entity) -> tuple[str, ...]:
        return tuple(
            each.id
            for each in self._spec.access_patterns
            if each.entity == entity.name and reaches_beyond(self._places, each)
        )


def _rejected(owned: Ownership) -> Iterator[Rejected]:
    yield Rejected(choice="scoped queries only", reason="one forgotten condition shows everybody's rows")
    if owned.direct:
        return
    yield Rejected(
        choice=f"{', '.join(owned.leading)} IN (SELECT …)",
        reason="reads all of the owner's parents to look at one row; EXISTS asks one index once for each row",
    )
    yield Rejected(
        choice="a copy of the owner in each row",
        reason=f"a second truth beside {', '.join(owned.leading)}, to be kept in step; worth it only when lists over"
        " all parents are frequent",
    )
