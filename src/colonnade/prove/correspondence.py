"""Claims that a schema which already exists has a place for everything that a spec names."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.design.matching import Match, name_of
from colonnade.design.queries import design_places
from colonnade.design.shapes import unplaced
from colonnade.prove.claim import Claim, Evidence
from colonnade.prove.values import Family, value_kind
from colonnade.schema import Column, ForeignKey, ObjectName, Table
from colonnade.schema.names import ObjectKind
from colonnade.spec import AccessPattern, Attribute, Relationship
from colonnade.sql.identifier import qualified, quote

# Types of one group hold the values of the others, as far as a spec tells them apart.
_GROUPS: dict[Family, str] = {
    "integer": "number",
    "decimal": "number",
    "float": "number",
    "enum": "text",
    "timestamptz": "moment",
    "timestamp": "moment",
}


def prove_correspondence(match: Match) -> Iterator[Evidence]:
    """Yield whether each entity has a table, each attribute a column, each relationship a reference.

    Then whether each access pattern finds all that it names.
    """
    finder = _Correspondence(match)
    for table in match.wanted.schema.tables:
        yield from finder.table(table)
    places = design_places(match.design)
    for pattern in match.design.spec.access_patterns:
        missing = unplaced(places, pattern) if places.has_table(pattern.entity) else (pattern.entity,)
        if missing:
            yield _unplaced(pattern, missing)


class _Correspondence:
    """The counterparts of one spec."""

    def __init__(self, match: Match) -> None:
        self._match = match
        self._spec = match.wanted.spec
        bindings = match.wanted.bindings
        self._entity_of = {(each.namespace, each.table): each.entity for each in bindings.entities}
        self._attributes: dict[tuple[str, str], Attribute] = {}
        for each in bindings.attributes:
            entity = self._spec.entity(each.entity) if self._spec.has_entity(each.entity) else None
            if entity is not None and each.column and entity.has_attribute(each.attribute):
                self._attributes[each.table, each.column] = entity.attribute(each.attribute)
        self._guessed = any(question.topic == "timestamps" for question in self._spec.questions)

    def table(self, wanted: Table) -> Iterator[Evidence]:
        """Yield the evidence on one wanted table, and on what it should hold."""
        entity = self._entity_of.get(name_of(wanted), wanted.name)
        found = self._match.tables.get(name_of(wanted))
        claim = _claim(f"{entity}/table", f"{entity} has a table", kind="table", name=found.name if found else entity)
        if found is None:
            observed = f"No table stands for {entity}. Create {wanted.identifier}, or call what holds it so."
            yield Evidence(claim=claim, verdict="refuted", observed=observed)
            return
        yield Evidence(claim=claim, verdict="proved", observed=f"the table {found.identifier}")
        referencing = {name for key in wanted.foreign_keys for name in key.columns}
        for column in wanted.columns:
            attribute = self._attributes.get((wanted.name, column.name))
            if attribute is not None and column.name not in referencing and not self._is_guessed(attribute):
                yield self._column(entity, wanted, column, attribute, found)
        for relationship in self._spec.relationships_of(entity):
            yield from self._reference(relationship, wanted, found)

    def _is_guessed(self, attribute: Attribute) -> bool:
        """Tell whether the attribute is there because a question took its default."""
        return self._guessed and attribute.role in {"created", "updated"}

    def _column(self, entity: str, wanted: Table, column: Column, attribute: Attribute, found: Table) -> Evidence:
        name = self._match.columns.get((name_of(wanted), column.name), "")
        sentence = f"{entity}.{attribute.name} has a column that holds it"
        claim = _claim(f"{entity}/{attribute.name}", sentence, kind="column", name=name or column.name, table=found)
        alter = f"ALTER TABLE {found.identifier}"
        if not name:
            observed = f"{found.identifier} has no such column: {alter} ADD COLUMN {quote(column.name)} {column.type}."
            return Evidence(claim=claim, verdict="refuted", observed=observed)
        there = found.column(name)
        place = f"{found.identifier}.{quote(name)}"
        if attribute.role != "key" and not self._holds(there, column):
            change = f"{alter} ALTER COLUMN {quote(name)} TYPE {column.type}"
            observed = f"{place} is {there.type}; the spec wants {column.type}: {change}."
            return Evidence(claim=claim, verdict="refuted", observed=observed)
        in_key = found.primary_key is not None and name in found.primary_key.columns
        if attribute.required and column.not_null and not (there.not_null or in_key):
            change = f"{alter} ALTER COLUMN {quote(name)} SET NOT NULL"
            observed = f"{place} may be absent, and the spec says it never is: {change}."
            return Evidence(claim=claim, verdict="refuted", observed=observed)
        return Evidence(claim=claim, verdict="proved", observed=f"{place}, {there.type}")

    def _holds(self, there: Column, wanted: Column) -> bool:
        """Tell whether values of the wanted column can live in the one that is there."""
        kinds = (
            value_kind(there.type, self._match.design.schema),
            value_kind(wanted.type, self._match.wanted.schema),
        )
        if kinds[0] is None or kinds[1] is None:
            return there.type == wanted.type
        groups = [_GROUPS.get(kind.family, kind.family) for kind in kinds if kind is not None]
        return groups[0] == groups[1]

    def _reference(self, relationship: Relationship, wanted: Table, found: Table) -> Iterator[Evidence]:
        """Yield the evidence on the reference that stores a relationship of the table's entity."""
        binding = self._match.wanted.bindings.relationship(relationship.source, relationship.name)
        if binding is None or binding.association:
            return
        keys = [key for key in wanted.foreign_keys if key.name == binding.constraint]
        for key in keys:
            name = f"{relationship.source}.{relationship.name}"
            claim = _claim(
                f"{relationship.source}/{relationship.name}",
                f"{name} is a reference that the database keeps",
                kind="relationship",
                name=relationship.name,
                table=found,
            )
            there = self._match.references.get((name_of(wanted), key.name))
            if there is None:
                yield Evidence(claim=claim, verdict="refuted", observed=self._missing(key, wanted, found))
            elif relationship.on_delete is not None and _acts_otherwise(there, key):
                observed = f"{there.name} says ON DELETE {there.on_delete}, and the spec ON DELETE {key.on_delete}."
                yield Evidence(claim=claim, verdict="refuted", observed=observed)
            else:
                observed = f"{there.name} over {', '.join(there.columns)}"
                yield Evidence(claim=claim, verdict="proved", observed=observed)

    def _missing(self, key: ForeignKey, wanted: Table, found: Table) -> str:
        """Return what to add so that a relationship is a reference."""
        target = self._match.tables.get((key.referenced_namespace, key.referenced_table))
        place = qualified(key.referenced_namespace, key.referenced_table) if target is None else target.identifier
        named = [self._match.columns.get((name_of(wanted), name), name) for name in key.columns]
        absent = [name for name in named if not found.has_column(name)]
        add = "".join(f"ADD COLUMN {quote(name)} {wanted.column(name).type}, " for name in absent)
        referenced = target.primary_key.columns if target and target.primary_key else key.referenced_columns
        columns, theirs = (", ".join(map(quote, each)) for each in (named, referenced))
        return (
            f"No foreign key leads from {found.identifier} to {place}: ALTER TABLE {found.identifier} "
            f"{add}ADD FOREIGN KEY ({columns}) REFERENCES {place} ({theirs})."
        )


def _acts_otherwise(there: ForeignKey, wanted: ForeignKey) -> bool:
    """Tell whether the two do something else when a row goes; NO ACTION differs from RESTRICT in time only."""
    actions = {"RESTRICT" if each.on_delete == "NO ACTION" else each.on_delete for each in (there, wanted)}
    return len(actions) > 1


def _unplaced(pattern: AccessPattern, missing: tuple[str, ...]) -> Evidence:
    names = ", ".join(missing)
    return Evidence(
        claim=Claim(
            id=f"access pattern/{pattern.id}/columns",
            kind="access pattern",
            sentence=f"{pattern.id}: everything that it names has a column",
            object=ObjectName(kind="access pattern", name=pattern.id),
        ),
        verdict="refuted",
        observed=f"Nothing in the schema stands for {names}. Add what holds it, or take it out of the pattern.",
    )


def _claim(place: str, sentence: str, *, kind: ObjectKind, name: str, table: Table | None = None) -> Claim:
    owner = {"table": table.name, "namespace": table.namespace} if table is not None else {}
    return Claim(
        id=f"contract/spec/{place}",
        kind="contract",
        sentence=sentence,
        object=ObjectName(kind=kind, name=name, **owner),
    )
