"""From a design to its dictionary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from colonnade.design import Decision, Design
from colonnade.design.bindings import RelationshipBinding
from colonnade.emit.ddl.constraints import constraint_body
from colonnade.emit.ddl.programs import create_policy, create_trigger
from colonnade.emit.ddl.tables import create_index
from colonnade.emit.dictionary.decisions import by_object, by_table, facts_of, grouped, reason_of
from colonnade.emit.dictionary.entries import (
    ColumnEntry,
    ConstraintEntry,
    GroupedDecision,
    IndexEntry,
    ProgramEntry,
    RelationshipEntry,
    TableEntry,
)
from colonnade.emit.dictionary.meaning import meanings
from colonnade.emit.erd.mermaid import is_optional, is_unique
from colonnade.schema import Column, ForeignKey, ObjectName, Table
from colonnade.schema.names import ObjectKind

_BESIDE = frozenset(("type", "domain", "function", "extension", "role", "sequence", "view"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dictionary:
    """Every table, what stands beside the tables, and what only the application can hold."""

    tables: tuple[TableEntry, ...]
    beside: tuple[tuple[ObjectName, GroupedDecision], ...]
    application: tuple[GroupedDecision, ...]


def dictionary(design: Design) -> Dictionary:
    """Return what is to be said of a design, table by table."""
    reader = _Reader(design)
    reasons = by_object(design.decisions)
    application = [each for each in design.decisions if each.question.startswith("application rule")]
    return Dictionary(
        tables=tuple(reader.table(table) for table in design.schema.tables),
        beside=tuple((name, grouped(reasons[name])[0]) for name in sorted(reasons) if name.kind in _BESIDE),
        application=grouped(application),
    )


class _Reader:
    """What is looked up again for each table."""

    def __init__(self, design: Design) -> None:
        self._reasons = by_object(design.decisions)
        self._tables = by_table(design.decisions)
        self._meanings = meanings(design)
        self._entities = {binding.table: binding for binding in design.bindings.entities}
        self._known = {entity.name: entity for entity in design.spec.entities}
        self._mapped = dict(_mappings(design))
        self._links = {each.association: each for each in design.bindings.relationships if each.association}

    def table(self, table: Table) -> TableEntry:
        """Return the entry of a table."""
        binding = self._entities.get(table.name)
        entity = self._known.get(binding.entity) if binding else None
        decisions = self._tables.get((table.namespace, table.name), ())
        return TableEntry(
            object=ObjectName(kind="table", name=table.name, namespace=table.namespace),
            table=table,
            purpose=self._purpose(table),
            rows=entity.volume.rows if entity and entity.volume else None,
            class_name=binding.class_name if binding else "",
            columns=tuple(self._column(table, column) for column in table.columns),
            constraints=tuple(self._constraints(table)),
            indexes=tuple(self._indexes(table)),
            relationships=tuple(self._relationship(table, key) for key in table.foreign_keys),
            programs=tuple(self._programs(table)),
            decisions=grouped(decisions),
        )

    def _purpose(self, table: Table) -> str:
        if table.comment:
            return " ".join(table.comment.split())
        if table.external:
            return "Another product's table; only what is relied on stands here."
        link = self._links.get(table.name)
        if link:
            return f"Links each {link.source} with its {link.attribute}."
        binding = self._entities.get(table.name)
        return f"One row for each {binding.entity}." if binding else ""

    def _why(self, table: Table, kind: ObjectKind, name: str) -> tuple[ObjectName, tuple[Decision, ...]]:
        own = ObjectName(kind=kind, name=name, table=table.name, namespace=table.namespace)
        return own, self._reasons.get(own, ())

    def _column(self, table: Table, column: Column) -> ColumnEntry:
        name, reasons = self._why(table, "column", column.name)
        key = table.primary_key is not None and column.name in table.primary_key.columns
        references = (each.referenced_table for each in table.foreign_keys if column.name in each.columns)
        return ColumnEntry(
            object=name,
            name=column.name,
            type=column.type,
            null=not (column.not_null or key),
            default=default_text(column),
            meaning=self._meanings.get((table.name, column.name), ""),
            key=key,
            referenced_table=next(references, ""),
            facts=facts_of(reasons),
        )

    def _constraints(self, table: Table) -> Iterator[ConstraintEntry]:
        for constraint in table.constraints:
            name, reasons = self._why(table, "constraint", constraint.name)
            yield ConstraintEntry(
                object=name,
                name=constraint.name,
                rule=constraint_body(constraint),
                constraint=constraint,
                reason=reason_of(reasons),
                facts=facts_of(reasons),
            )

    def _indexes(self, table: Table) -> Iterator[IndexEntry]:
        for index in table.indexes:
            name, reasons = self._why(table, "index", index.name)
            yield IndexEntry(
                object=name,
                name=index.name,
                definition=" ".join(create_index(table, index).split()).partition(" ON ")[2],
                unique=index.unique,
                patterns=tuple(dict.fromkeys(pattern for each in reasons for pattern in each.patterns)),
                reason=reason_of(reasons),
                facts=facts_of(reasons),
            )

    def _relationship(self, table: Table, key: ForeignKey) -> RelationshipEntry:
        name, reasons = self._why(table, "constraint", key.name)
        many = "0..1" if is_unique(table, key) else "many"
        fate = [each for each in reasons if each.choice.startswith("ON DELETE")]
        return RelationshipEntry(
            object=name,
            constraint=key.name,
            columns=key.columns,
            referenced_table=key.referenced_table,
            cardinality=f"{many} to {'0..1' if is_optional(table, key) else '1'}",
            on_delete=key.on_delete,
            mapped=self._mapped.get((table.name, key.name), ""),
            reason=reason_of(fate or reasons),
        )

    def _programs(self, table: Table) -> Iterator[ProgramEntry]:
        texts: list[tuple[ObjectKind, str, str]] = [
            *(("trigger", each.name, create_trigger(table, each)) for each in table.triggers),
            *(("policy", each.name, create_policy(table, each)) for each in table.policies),
        ]
        for kind, own, definition in texts:
            name, reasons = self._why(table, kind, own)
            yield ProgramEntry(
                object=name,
                kind=kind,
                name=own,
                definition=_after_name(definition),
                reason=reason_of(reasons),
                facts=facts_of(reasons),
            )


def _after_name(definition: str) -> str:
    """Return what a CREATE statement says after its first line, which names the object and its table."""
    return " ".join(definition.partition("\n")[2].split())


def default_text(column: Column) -> str:
    """Return what fills a column that a writer leaves out."""
    if column.identity:
        return f"identity, {column.identity.lower()}"
    if column.generated is not None:
        return f"generated: {column.generated}"
    return column.default or ""


def _mappings(design: Design) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield how each foreign key is mapped, on both sides."""
    classes: Mapping[str, str] = {each.entity: each.class_name for each in design.bindings.entities}
    for each in design.bindings.relationships:
        if not each.association:
            yield (each.table, each.constraint), _both_sides(each, classes)


def _both_sides(binding: RelationshipBinding, classes: Mapping[str, str]) -> str:
    one = f"{classes.get(binding.source, binding.source)}.{binding.attribute}"
    other = f"{classes.get(binding.target, binding.target)}.{binding.inverse}" if binding.inverse else ""
    return f"{one} ⇄ {other}" if other else one
