"""What differs between the schema before and after, as far as rules ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from colonnade.review.plan.questions import table_in
from colonnade.schema import Check, Exclusion, ForeignKey, PrimaryKey, Schema, Table, Unique
from colonnade.schema.names import ObjectName
from colonnade.sql.tokens import names

Guarantee = tuple[object, ...]
"""What a constraint promises, whatever it is called and whatever happens when it is broken."""


def guarantees(table: Table) -> dict[Guarantee, str]:
    """Return what the constraints of a table promise, each with what it is called."""
    found: dict[Guarantee, str] = {}
    for column in table.columns:
        if column.not_null:
            found["NOT NULL", column.name] = f"{column.name} NOT NULL"
    for constraint in table.constraints:
        match constraint:
            case PrimaryKey() | Unique():
                found["UNIQUE", frozenset(constraint.columns)] = constraint.name
            case Check():
                found["CHECK", constraint.expression] = constraint.name
            case ForeignKey():
                target = constraint.referenced_namespace, constraint.referenced_table, constraint.referenced_columns
                found["FOREIGN KEY", constraint.columns, *target] = constraint.name
            case Exclusion():
                found["EXCLUDE", replace(constraint, name="")] = constraint.name
    return found


def lost_guarantees(before: Table, after: Table) -> dict[Guarantee, str]:
    """Return the promises that a table no longer makes, but for those of columns that are gone."""
    kept = set(guarantees(after))
    unique = {each[1] for each in kept if each[0] == "UNIQUE"}
    unique |= {frozenset(index.columns) for index in after.indexes if index.unique and index.predicate is None}
    columns = {column.name for column in after.columns}
    return {
        promise: name
        for promise, name in guarantees(before).items()
        if promise not in kept
        and not (promise[0] == "UNIQUE" and any(each <= promise[1] for each in unique))  # type: ignore[operator]
        and _columns(promise, before) <= columns
    }


def _columns(promise: Guarantee, table: Table) -> set[str]:
    """Return the columns that a promise is about, as far as it names them."""
    match promise:
        case ("NOT NULL", str() as column):
            return {column}
        case ("UNIQUE", frozenset() as columns):
            return {str(each) for each in columns}
        case ("FOREIGN KEY", tuple() as columns, *_):
            return {str(each) for each in columns}
        case ("CHECK", str() as expression):
            return {column.name for column in table.columns} & names(expression)
        case _:
            return set()


def objects_of(schema: Schema) -> Iterator[ObjectName]:
    """Yield what can fall with something else: relations, programs, types, and what belongs to tables and views."""
    for table in schema.tables:
        place = {"table": table.name, "namespace": table.namespace}
        yield ObjectName(kind="table", name=table.name, namespace=table.namespace)
        yield from (ObjectName(kind="column", name=each.name, **place) for each in table.columns)
        yield from (ObjectName(kind="constraint", name=each.name, **place) for each in table.foreign_keys)
        yield from (ObjectName(kind="policy", name=each.name, **place) for each in table.policies)
        yield from (ObjectName(kind="trigger", name=each.name, **place) for each in table.triggers)
    for view in schema.views:
        place = {"table": view.name, "namespace": view.namespace}
        yield ObjectName(kind="view", name=view.name, namespace=view.namespace)
        yield from (ObjectName(kind="trigger", name=each.name, **place) for each in view.triggers)
    yield from (ObjectName(kind="function", name=each.name, namespace=each.namespace) for each in schema.functions)
    yield from (ObjectName(kind="type", name=each.name, namespace=each.namespace) for each in schema.enum_types)
    yield from (ObjectName(kind="domain", name=each.name, namespace=each.namespace) for each in schema.domains)


def lost_objects(before: Schema, after: Schema) -> tuple[ObjectName, ...]:
    """Return what is gone, without what belonged to a table or view that is gone too."""
    gone = set(objects_of(before)) - set(objects_of(after))
    relations = {(each.namespace, each.name) for each in gone if each.kind in ("table", "view")}
    return tuple(sorted(each for each in gone if not each.table or (each.namespace, each.table) not in relations))


def same_shape(one: Table, other: Table) -> bool:
    """Tell whether two tables have columns of the same names and types."""
    return {(each.name, each.type) for each in one.columns} == {(each.name, each.type) for each in other.columns}


def table_after(schema: Schema | None, table: Table) -> Table | None:
    """Return what became of a table that keeps its name."""
    return table_in(schema, (table.namespace, table.name))


def is_covered(table: Table, key: ForeignKey) -> bool:
    """Tell whether an index of the table has the referencing columns, in any order, as its first keys.

    A partial index counts when it leaves out nothing but rows without a reference.
    """
    wanted = set(key.columns)
    firsts = [each.columns[: len(wanted)] for each in table.uniques]
    firsts += [table.primary_key.columns[: len(wanted)]] if table.primary_key else []
    for index in table.indexes:
        left_out = index.predicate is not None and not _only_nulls(index.predicate, key.columns)
        if index.method in ("btree", "hash") and not left_out:
            firsts.append(tuple(each.column for each in index.keys[: len(wanted)]))
    return any(set(first) == wanted for first in firsts)


def _only_nulls(predicate: str, columns: tuple[str, ...]) -> bool:
    """Tell whether a predicate leaves out nothing but rows in which one of the columns is null."""
    plain = predicate.replace("(", " ").replace(")", " ").replace('"', "").split(" AND ")
    return all(" ".join(part.split()) in {f"{column} IS NOT NULL" for column in columns} for part in plain)
