"""What a design can have, so that a law over random designs can say that it met all of it."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.design import Design
from colonnade.schema import Column, ForeignKey, Index, Table

_NAMES = """
    external, other namespace, row security, policy, grant, trigger, table comment, column comment, partition,
    composite key, exclusion, deferrable unique, unique with equal nulls,
    identity key, uuid key, text key, generated column, Unicode column, quoted column, enum as text, native enum,
    quoted enum type, password,
    citext, boolean, bigint, integer, smallint, numeric, double precision, date, interval, uuid, jsonb, bytea, inet,
    text, time without time zone, timestamp with time zone, timestamp without time zone, array,
    self reference, composite reference, deferrable reference,
    CASCADE, RESTRICT, SET NULL, NO ACTION,
    btree, gin, brin, partial index, unique index, expression index, descending index, operator class,
    1-1, N-1, N-M, N-M with attributes, one of several, soft delete, version, audit, append only
"""
FEATURES = frozenset(name.strip() for name in _NAMES.split(","))


def features(design: Design) -> Iterator[str]:
    """Give what a design has, each as often as it has it."""
    if design.schema.enum_types:
        yield "native enum"
    for table in design.schema.tables:
        yield from _of_table(table)
        for column in table.columns:
            yield from _of_column(column)
        for key in table.foreign_keys:
            yield from _of_reference(table, key)
        for index in table.indexes:
            yield from _of_index(index)
    yield from _of_spec(design)


def _of_table(table: Table) -> Iterator[str]:
    key = table.primary_key
    kinds = [table.column(name).type for name in key.columns] if key else []
    held = {
        "external": table.external,
        "other namespace": table.namespace != "public",
        "row security": table.row_security,
        "policy": table.policies,
        "grant": table.grants,
        "trigger": table.triggers,
        "table comment": table.comment,
        "partition": table.partitions,
        "composite key": len(kinds) > 1,
        "uuid key": kinds == ["uuid"],
        "text key": kinds == ["text"],
        "exclusion": table.exclusions,
        "deferrable unique": any(each.deferrable for each in table.uniques),
        "unique with equal nulls": any(each.nulls_not_distinct for each in table.uniques),
    }
    yield from (name for name, there in held.items() if there)


def _of_column(column: Column) -> Iterator[str]:
    element = column.type.removesuffix("[]")
    yield element.partition("(")[0]
    held = {
        "array": element != column.type,
        "identity key": column.identity,
        "generated column": column.generated,
        "column comment": column.comment,
        "Unicode column": not column.name.isascii(),
        "quoted column": column.name in {"order", "user", "end", "group", "select", "from", "when"},
        "quoted enum type": element.startswith('"'),
    }
    yield from (name for name, there in held.items() if there)


def _of_reference(table: Table, key: ForeignKey) -> Iterator[str]:
    yield key.on_delete
    held = {
        "self reference": (key.referenced_namespace, key.referenced_table) == (table.namespace, table.name),
        "composite reference": len(key.columns) > 1,
        "deferrable reference": key.deferrable,
    }
    yield from (name for name, there in held.items() if there)


def _of_index(index: Index) -> Iterator[str]:
    yield index.method
    held = {
        "unique index": index.unique,
        "partial index": index.predicate,
        "expression index": any(key.expression for key in index.keys),
        "descending index": any(key.descending for key in index.keys),
        "operator class": any(key.operator_class for key in index.keys),
    }
    yield from (name for name, there in held.items() if there)


def _of_spec(design: Design) -> Iterator[str]:
    spec = design.spec
    for entity in spec.entities:
        roles = {each.role for each in entity.attributes}
        bases = {each.type.base for each in entity.attributes}
        held = {
            "enum as text": "enum" in bases and not design.schema.enum_types,
            "password": "password" in roles,
            "soft delete": "deleted" in roles,
            "version": "version" in roles,
            "audit": entity.audited,
            "append only": entity.append_only,
        }
        yield from (name for name, there in held.items() if there)
    for relationship in spec.relationships:
        yield relationship.kind
        if relationship.kind == "N-M" and relationship.attributes:
            yield "N-M with attributes"
    if any(each.kind == "one-of" for each in spec.invariants):
        yield "one of several"
