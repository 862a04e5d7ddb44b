"""Whose a row is: the columns that name its owner, here or in a parent, and who may read it."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.design.places import Places, Step, key_columns
from colonnade.spec import AccessPattern, Entity, Relationship, Spec
from colonnade.sql.identifier import fit, snake


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """The joins from a table to the one that names the owner, and the columns that do.

    Without joins the table names its owner itself.
    """

    table: str
    columns: tuple[str, ...]
    steps: tuple[Step, ...] = ()

    @property
    def direct(self) -> bool:
        """Whether the table names its owner itself."""
        return not self.steps

    @property
    def leading(self) -> tuple[str, ...]:
        """The columns of the table itself by which an owner's rows are found."""
        return tuple(left for left, _ in self.steps[0].pairs) if self.steps else self.columns


def owner_entity(spec: Spec) -> str:
    """Return the entity that owns rows: the user or the tenant; "" when the spec names none."""
    return spec.isolation.entity or spec.identity.entity


def setting(spec: Spec) -> str:
    """Return the name of the setting that holds whose transaction it is."""
    return "colonnade.tenant_id" if spec.isolation.by == "tenant" else "colonnade.user_id"


def application_role(spec: Spec) -> str:
    """Return the role that the policies and grants are for; "" where nothing is isolated by row security."""
    if spec.isolation.by == "none" or spec.isolation.mode != "rls":
        return ""
    return fit(f"{snake(spec.name)}_app")


def under_policy(places: Places, pattern: AccessPattern) -> bool:
    """Tell whether the pattern runs as the application role, in a table whose rows a policy divides."""
    return _is_divided(places, pattern) and not reaches_beyond(places, pattern)


def reaches_beyond(places: Places, pattern: AccessPattern) -> bool:
    """Tell whether the pattern looks at the rows of every owner, where they are divided; a job has no caller."""
    beyond = pattern.scope == "all" or (pattern.kind == "job" and not pattern.scope)
    return beyond and _is_divided(places, pattern)


def _is_divided(places: Places, pattern: AccessPattern) -> bool:
    entity = places.entities.get(pattern.entity)
    return bool(application_role(places.spec)) and entity is not None and isolated(places, entity)


def wide_role(spec: Spec, pattern: AccessPattern) -> str:
    """Return the role that runs a pattern which reaches beyond one owner.

    What runs by the clock or for the operator has one of its own, apart from what a request needs before anybody is
    known, so that neither login may do what the other does.
    """
    in_background = pattern.kind in {"job", "report", "aggregate"}
    return fit(f"{snake(spec.name)}_{'job' if in_background else 'service'}")


def ownership(places: Places, entity: str) -> Ownership | None:
    """Return how a row of the entity leads to its owner, by the shortest way; None when nobody owns it."""
    return _ownership(places, entity, frozenset())


def isolated(places: Places, entity: Entity) -> bool:
    """Tell whether callers see only their own rows of the entity.

    The owner's own table is not isolated unless the spec asks: login and registration read it before anybody is known.
    """
    if places.spec.isolation.by == "none" or entity.external or not places.has_table(entity.name):
        return False
    if entity.isolated is not None:
        return entity.isolated
    return entity.name != owner_entity(places.spec) and ownership(places, entity.name) is not None


def _ownership(places: Places, entity: str, seen: frozenset[str]) -> Ownership | None:
    if entity in seen or not places.has_table(entity):
        return None
    root = owner_entity(places.spec)
    table = places.table(entity)
    if entity == root:
        return Ownership(table=table.name, columns=key_columns(table)) if key_columns(table) else None
    found: list[Ownership] = []
    for relationship in _owning(places, entity):
        binding = places.binding(entity, relationship.name)
        if binding is None or binding.association:
            continue
        if relationship.target == root or (not root and _names_owner(places.entities[entity], relationship)):
            return Ownership(table=table.name, columns=binding.columns)
        further = _ownership(places, relationship.target, seen | {entity})
        if further is not None:
            step = Step(
                source=binding.table,
                table=binding.referenced_table,
                pairs=places.reference(binding),
                many=False,
                relationship=relationship.name,
            )
            found.append(Ownership(table=further.table, columns=further.columns, steps=(step, *further.steps)))
    return min(found, key=lambda each: len(each.steps), default=None)


def _owning(places: Places, entity: str) -> tuple[Relationship, ...]:
    """Return the references that may lead to the owner: the owner itself first, then what the entity is a part of."""
    stated = places.entities.get(entity)
    if stated is None:
        return ()
    single = [each for each in places.relationships_of(entity) if each.kind != "N-M"]
    owner = [each for each in single if _names_owner(stated, each)]
    whole = [each for each in single if stated.weak_of and each.target == stated.weak_of]
    parts = [each for each in single if each.composition]
    required = [each for each in single if each.required and stated.isolated]
    ordered: dict[str, Relationship] = {}
    for relationship in (*owner, *whole, *parts, *(required if not parts else ())):
        ordered.setdefault(relationship.name, relationship)
    return tuple(ordered.values())


def _names_owner(entity: Entity, relationship: Relationship) -> bool:
    """Tell whether the relationship of the entity is said to be the one to the owner."""
    return relationship.owner or relationship.name == entity.owner
