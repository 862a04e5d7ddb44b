"""A type made anew under its old name, with every column converted that has it."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.emit.ddl.columns import default_expression
from colonnade.emit.ddl.objects import full_type_name
from colonnade.migrate.casts import Casts
from colonnade.migrate.composite import lost_attributes, row_conversion
from colonnade.migrate.objects import creation
from colonnade.migrate.step import Step, slots
from colonnade.schema import Column, CompositeType, Domain, NamedType, RangeType, Table
from colonnade.schema import changes as c
from colonnade.schema.dependencies import Catalog
from colonnade.schema.members import object_name, objects_of
from colonnade.schema.names import ObjectName
from colonnade.sql.identifier import fit, quote


def replacement(change: c.ReplaceType, *, before: Catalog, after: Catalog, casts: Casts) -> Iterator[Step]:
    """Yield the steps: the old type steps aside, the new one is created, the columns follow, the old one is dropped.

    A value that the new type does not have makes its column's conversion fail: nothing is lost. One that nothing needs
    which stays is dropped at once: what it needs itself may have to go before the new one is there.
    """
    old, new = change.before, change.after
    name = object_name(old)
    aside = fit(f"{old.name}_replaced")
    kind = "DOMAIN" if isinstance(old, Domain) else "TYPE"
    create = Step(change=change, sql=creation(new, None), creates=frozenset([name]), takes=slots(new))
    needed_by = before.dependencies.needed_by.get(name)
    if not needed_by or objects_of(after.schema).keys().isdisjoint(needed_by):
        drop = f"DROP {kind} {full_type_name(old)}"
        yield Step(change=change, sql=(drop,), drops=frozenset([name]), frees=slots(old))
        yield create
        return
    yield Step(
        change=change,
        sql=(f"ALTER {kind} {full_type_name(old)} RENAME TO {quote(aside)}", *_also_aside(old, aside)),
        displaces=frozenset([name]),
        frees=slots(old),
        takes=slots(old, name=aside),
    )
    yield create
    for table, column in converted_columns(change, before=before, after=after):
        yield _conversion(change, table, column, casts)
    yield Step(
        change=change,
        sql=(f"DROP {kind} {quote(old.namespace)}.{quote(aside)}",),
        drops=frozenset([name]),
        needs=frozenset([name]),
    )


def _also_aside(old: NamedType, aside: str) -> Iterator[str]:
    """Yield what renames the multirange of a range type, and the functions that make values of both."""
    if not isinstance(old, RangeType):
        return
    home = quote(old.namespace)
    yield f"ALTER TYPE {home}.{quote(old.multirange)} RENAME TO {quote(fit(f'{old.multirange}_replaced'))}"
    for function, arguments in (
        (old.name, f"{old.subtype}, {old.subtype}"),
        (old.name, f"{old.subtype}, {old.subtype}, text"),
        (old.multirange, ""),
        (old.multirange, f"{home}.{quote(aside)}"),
        (old.multirange, f"VARIADIC {home}.{quote(aside)}[]"),
    ):
        name = f"{home}.{quote(function)}"
        yield f"ALTER FUNCTION {name}({arguments}) RENAME TO {quote(fit(f'{function}_replaced'))}"


def converted_columns(change: c.ReplaceType, *, before: Catalog, after: Catalog) -> Iterator[tuple[Table, Column]]:
    """Yield the columns that have the type in both schemas, as they are after the change, with their tables."""
    tables = {object_name(table): table for table in after.schema.owned_tables}
    for name in sorted(before.dependencies.needed_by.get(object_name(change.before), ())):
        table = tables.get(ObjectName(kind="table", name=name.table, namespace=name.namespace))
        if name.kind != "column" or table is None or not table.has_column(name.name):
            continue
        column = table.column(name.name)
        old = before.schema.table(name.table, namespace=name.namespace).column(name.name)
        if column.type == old.type and column.generated is None and _has_type(column, change.after):
            yield table, column


def _has_type(column: Column, kind: NamedType) -> bool:
    """Tell whether the column has the type, or an array of it; one that only mentions it in its default has not."""
    called = [kind.name, kind.multirange] if isinstance(kind, RangeType) else [kind.name]
    names = {name for each in called for name in (quote(each), f"{quote(kind.namespace)}.{quote(each)}")}
    return column.type.removesuffix("[]") in names


def _conversion(change: c.ReplaceType, table: Table, column: Column, casts: Casts) -> Step:
    name = quote(column.name)
    sql = [f"ALTER COLUMN {name} DROP DEFAULT"] if column.default is not None else []
    sql.append(f"ALTER COLUMN {name} TYPE {column.type} USING {_converted(change, column, casts)}")
    if column.default is not None:
        sql.append(f"ALTER COLUMN {name} SET DEFAULT {default_expression(column.default)}")
    return Step(
        change=change,
        sql=tuple(f"ALTER TABLE {table.identifier} {each}" for each in sql),
        alters=frozenset([object_name(column, table)]),
        loses=_lost(change),
    )


def _lost(change: c.ReplaceType) -> str:
    match change.before, change.after:
        case CompositeType() as old, CompositeType() as new:
            return lost_attributes(old, new)
        case _:
            return ""


def _converted(change: c.ReplaceType, column: Column, casts: Casts) -> str:
    """Return the expression of the new type for a value of the column."""
    array = column.type.endswith("[]")
    match change.before, change.after:
        case CompositeType() as old, CompositeType() as new if old.attributes != new.attributes:
            return row_conversion(column.name, old, new, casts, array=array)
        case _:
            return f"{quote(column.name)}::{_through(change, casts)}{'[]' if array else ''}::{column.type}"


def _through(change: c.ReplaceType, casts: Casts) -> str:
    """Return the type by way of which a value is converted."""
    match change.before, change.after:
        case Domain(base_type=old), Domain(base_type=new) if casts(old, new):
            return old
        case _:
            return "text"
