"""Where a name of the spec lives in the schema: columns of a table, reached over joins."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from colonnade.design.bindings import Bindings, RelationshipBinding
from colonnade.design.decision import Draft
from colonnade.schema import Schema, Table
from colonnade.spec import Attribute, Entity, Relationship, Spec, Uniqueness
from colonnade.sql.identifier import snake

_LOWER = re.compile(r"lower\(\s*([\w.]+)\s*\)\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One join: from `source` to `table` where the pairs of columns are equal.

    `many` says that one row of `source` may meet several of `table`. `relationship` is what is followed.
    """

    source: str
    table: str
    pairs: tuple[tuple[str, str], ...]
    many: bool
    relationship: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The columns a name stands for, and the joins that lead to their table from the entity's own.

    `lowered` says that the one column is compared in lower case.
    """

    table: str
    columns: tuple[str, ...]
    steps: tuple[Step, ...] = ()
    lowered: bool = False
    attribute: Attribute | None = None

    @property
    def own(self) -> bool:
        """Whether the columns stand in the entity's own table."""
        return not self.steps


def key_columns(table: Table) -> tuple[str, ...]:
    """Return the columns of the primary key; none for a table without one."""
    return table.primary_key.columns if table.primary_key else ()


class Places:
    """Finds the place of attributes, relationships and dotted paths over them."""

    def __init__(self, spec: Spec, draft: Draft) -> None:
        """Look names up in a spec and in what has been decided about it."""
        self.spec = spec
        self.schema: Schema = draft.schema
        self.bindings: Bindings = draft.bindings
        self.entities: dict[str, Entity] = {entity.name: entity for entity in spec.entities}
        self._caseless = frozenset(_caseless(spec))
        self._tables = {(each.namespace, each.name): each for each in draft.schema.tables}
        self._by_name = {each.name: each for each in sorted(draft.schema.tables, key=lambda table: not table.external)}
        self._entity_bindings = {each.entity: each for each in draft.bindings.entities}
        self._entity_of = {each.table: each.entity for each in draft.bindings.entities}
        self._attributes = {(each.entity, each.attribute): each for each in draft.bindings.attributes}
        self._of_columns = {(each.table, each.column): each for each in draft.bindings.attributes if each.column}
        self._relationships = {(each.source, each.relationship): each for each in draft.bindings.relationships}
        self._by_source: dict[str, list[Relationship]] = defaultdict(list)
        self._inverses: dict[tuple[str, str], str] = {}
        for relationship in spec.relationships:
            self._by_source[relationship.source].append(relationship)
            self._inverses[relationship.source, relationship.name] = relationship.inverse
        self._to: dict[str, list[RelationshipBinding]] = defaultdict(list)
        for binding in draft.bindings.relationships:
            self._to[binding.target].append(binding)

    def table(self, entity: str) -> Table:
        """Return the table of an entity; raises KeyError when it has none."""
        binding = self._entity_bindings[entity]
        return self._tables[binding.namespace, binding.table]

    def table_named(self, name: str) -> Table:
        """Return the table with the name, ours before somebody else's; raises KeyError when there is none."""
        return self._by_name[name]

    def has_table(self, entity: str) -> bool:
        """Tell whether the entity is stored in a table."""
        return entity in self._entity_bindings

    def entity_of(self, table: str) -> str:
        """Return the entity of a table, "" for none."""
        return self._entity_of.get(table, "")

    def attribute_of(self, table: str, column: str) -> Attribute | None:
        """Return the attribute that a column keeps, None for a key or reference that is no attribute."""
        binding = self._of_columns.get((table, column))
        return self._spec_attribute(binding.entity, binding.attribute) if binding is not None else None

    def relationships_of(self, entity: str) -> list[Relationship]:
        """Return the relationships in which the entity is the source."""
        return self._by_source.get(entity, [])

    def binding(self, entity: str, relationship: str) -> RelationshipBinding | None:
        """Return how a relationship of an entity is stored, or None."""
        return self._relationships.get((entity, relationship))

    def place(self, entity: str, name: str) -> Place | None:
        """Return where a name lives, seen from an entity; None when it has no column.

        A relationship stands for the columns of its reference; `lower(…)` round a name, and a text that is
        unique in lower case, for the column in lower case.
        """
        lowered = _LOWER.match(name)
        if lowered:
            inner = self.place(entity, lowered[1])
            return replace(inner, lowered=self._has_case(inner)) if inner and len(inner.columns) == 1 else None
        head, _, rest = name.partition(".")
        if not rest:
            return self._attribute(entity, head) or self._relationship(entity, head) or self._column(entity, head)
        return self._path(entity, head, rest)

    def follow(self, entity: str, name: str) -> tuple[tuple[Step, ...], str] | None:
        """Return the joins of a relationship, either way, and the entity they lead to."""
        for binding, forward in self._followable(entity, name):
            return self._joins(binding, forward=forward), binding.target if forward else binding.source
        return None

    def reference(self, binding: RelationshipBinding) -> tuple[tuple[str, str], ...]:
        """Return the pairs of referencing and referenced columns of a N-1 or 1-1 relationship."""
        return self._pairs(binding.table, binding.constraint, binding.columns, binding.referenced_table)

    def _attribute(self, entity: str, name: str) -> Place | None:
        binding = self._attributes.get((entity, name))
        if binding is None or not binding.column:
            return None
        attribute = self._spec_attribute(entity, name)
        place = Place(table=binding.table, columns=(binding.column,), attribute=attribute)
        return replace(place, lowered=(entity, name) in self._caseless and self._has_case(place))

    def _has_case(self, place: Place) -> bool:
        """Tell whether the column's type tells upper from lower case."""
        return self.table_named(place.table).column(place.columns[0]).type == "text"

    def _column(self, entity: str, name: str) -> Place | None:
        """Return the place of a key, or of a reference called by its field, that is no attribute."""
        for relationship in self.relationships_of(entity):
            binding = self.binding(entity, relationship.name)
            if binding is not None and not binding.association and relationship.field == name:
                return Place(table=binding.table, columns=binding.columns)
        if not self.has_table(entity):
            return None
        table = self.table(entity)
        return Place(table=table.name, columns=(snake(name),)) if table.has_column(snake(name)) else None

    def _spec_attribute(self, entity: str, name: str) -> Attribute | None:
        stated = self.entities.get(entity)
        if stated is not None and stated.has_attribute(name):
            return stated.attribute(name)
        for relationship in self.spec.relationships:
            if relationship.via == entity:
                return next((each for each in relationship.attributes if each.name == name), None)
        return None

    def _relationship(self, entity: str, name: str) -> Place | None:
        for binding, forward in self._followable(entity, name):
            if forward and not binding.association:
                return Place(table=binding.table, columns=binding.columns)
            steps = self._joins(binding, forward=forward)
            if not binding.association:
                return Place(table=binding.table, columns=key_columns(self.table(binding.source)), steps=steps)
            columns = binding.target_columns if forward else binding.columns
            return Place(table=binding.association, columns=columns, steps=steps[:1])
        return self._shared_key(entity, name)

    def _shared_key(self, entity: str, name: str) -> Place | None:
        """Return the key of a one-to-one dependent for the name of the entity whose key it shares."""
        if entity not in self.entities or not self.has_table(entity):
            return None
        whole = self.entities[entity].weak_of
        if whole and name in {"owner", snake(whole)}:
            table = self.table(entity)
            return Place(table=table.name, columns=key_columns(table))
        return None

    def _path(self, entity: str, head: str, rest: str) -> Place | None:
        for binding, forward in self._followable(entity, head):
            steps = self._joins(binding, forward=forward)
            last = self.place(binding.target if forward else binding.source, rest)
            if last is None and binding.association:
                return self._association_attribute(binding, steps[:1], rest)
            if last is None:
                return None
            if forward and not binding.association and last.own and not last.lowered:
                local = {right: left for left, right in steps[0].pairs}
                if all(column in local for column in last.columns):
                    return Place(table=binding.table, columns=tuple(local[column] for column in last.columns))
            return replace(last, steps=_shortened((*steps, *last.steps)))
        return None

    def _association_attribute(self, binding: RelationshipBinding, steps: tuple[Step, ...], name: str) -> Place | None:
        for attribute in self.bindings.attributes:
            if attribute.table == binding.association and attribute.attribute == name and attribute.column:
                found = self._spec_attribute(attribute.entity, name)
                return Place(table=attribute.table, columns=(attribute.column,), steps=steps, attribute=found)
        return None

    def _followable(self, entity: str, name: str) -> Iterator[tuple[RelationshipBinding, bool]]:
        """Yield the relationship the entity calls so, forwards by its name or backwards by its inverse."""
        named = self._owner_name(entity) if name == "owner" else name
        forward = self.binding(entity, named)
        if forward is not None:
            yield forward, True
            return
        for binding in self._to.get(entity, []):
            if named and named in {self._inverses.get((binding.source, binding.relationship), ""), binding.inverse}:
                yield binding, False
                return

    def _owner_name(self, entity: str) -> str:
        stated = self.entities.get(entity)
        if stated is not None and stated.owner:
            return stated.owner
        return next((each.name for each in self.relationships_of(entity) if each.owner), "owner")

    def _joins(self, binding: RelationshipBinding, *, forward: bool) -> tuple[Step, ...]:
        if binding.association:
            return self._association_joins(binding, forward=forward)
        pairs = self.reference(binding)
        if forward:
            name = binding.relationship
            return (
                Step(source=binding.table, table=binding.referenced_table, pairs=pairs, many=False, relationship=name),
            )
        back = tuple((right, left) for left, right in pairs)
        many = binding.kind == "N-1"
        return (
            Step(
                source=binding.referenced_table,
                table=binding.table,
                pairs=back,
                many=many,
                relationship=binding.relationship,
            ),
        )

    def _association_joins(self, binding: RelationshipBinding, *, forward: bool) -> tuple[Step, ...]:
        source, target = self.table(binding.source).name, self.table(binding.target).name
        to_source = self._pairs(binding.association, binding.constraint, binding.columns, source)
        to_target = self._pairs(binding.association, binding.target_constraint, binding.target_columns, target)
        near, far, start, end = (
            (to_source, to_target, source, target) if forward else (to_target, to_source, target, source)
        )
        name = binding.relationship
        inward = tuple((right, left) for left, right in near)
        return (
            Step(source=start, table=binding.association, pairs=inward, many=True, relationship=name),
            Step(source=binding.association, table=end, pairs=far, many=False, relationship=name),
        )

    def _pairs(
        self, table: str, constraint: str, columns: tuple[str, ...], referenced: str
    ) -> tuple[tuple[str, str], ...]:
        """Pair the columns of a reference with those they refer to, by its foreign key or by the key."""
        for foreign_key in self.table_named(table).foreign_keys:
            if foreign_key.name == constraint:
                return tuple(zip(foreign_key.columns, foreign_key.referenced_columns, strict=True))
        return tuple(zip(columns, key_columns(self.table_named(referenced)), strict=True))


def _shortened(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return the joins without a table that is only passed through: entered and left by the same columns."""
    if len(steps) < 2 or steps[0].many:
        return steps
    first, second, *further = steps
    left_of = {right: left for left, right in first.pairs}
    if set(left_of) != {left for left, _ in second.pairs}:
        return steps
    pairs = tuple((left_of[left], right) for left, right in second.pairs)
    direct = Step(
        source=first.source, table=second.table, pairs=pairs, many=second.many, relationship=second.relationship
    )
    return _shortened((direct, *further))


def _caseless(spec: Spec) -> Iterator[tuple[str, str]]:
    """Yield the attributes that are told apart without case: by their type, or by a uniqueness in lower case."""
    for entity in spec.entities:
        yield from ((entity.name, each.name) for each in entity.attributes if each.type.case_insensitive)
    for rule in spec.invariants:
        if isinstance(rule, Uniqueness):
            lowered = (_LOWER.match(key) for key in rule.keys)
            yield from ((rule.entity, match[1]) for match in lowered if match)
