"""Random keys: primary, unique and foreign."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from colonnade.schema import Column, ForeignKey, PrimaryKey, ReferentialAction, Table, Unique
from identifier_strategies import COMMENTS, Kind, Names, named

_ON_DELETE: tuple[ReferentialAction, ...] = ("NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT")
_ON_UPDATE: tuple[ReferentialAction, ...] = ("NO ACTION", "RESTRICT", "CASCADE")
_KEY_PARAMETERS = st.sampled_from(((), (), (("fillfactor", "70"),)))


def primary_key(
    draw: st.DrawFn, names: Names, key: tuple[str, ...], kinds: list[Kind], columns: list[Column], *, partitioned: bool
) -> PrimaryKey:
    deferrable = draw(st.integers(0, 4)) == 0
    plain = [each.name for each in columns if each.generated is None]
    ranges = {each.name for each, kind in zip(columns, kinds, strict=False) if kind.type == "tstzrange"}
    numbers = {each.name for each, kind in zip(columns, kinds, strict=False) if kind.is_integer}
    return PrimaryKey(
        name=names.new(),
        columns=key,
        without_overlaps=key[-1] in ranges and numbers >= {*key[:-1]} > set() and not deferrable and not partitioned,
        include=tuple(draw(st.lists(st.sampled_from(plain), max_size=1))),
        deferrable=deferrable,
        initially_deferred=deferrable and draw(st.booleans()),
        storage_parameters=draw(_KEY_PARAMETERS),
        comment=draw(COMMENTS),
    )


def unique(draw: st.DrawFn, names: Names, columns: list[str]) -> Unique:
    deferrable = draw(st.booleans())
    return Unique(
        name=names.new(),
        columns=tuple(draw(st.lists(st.sampled_from(columns), min_size=1, max_size=3, unique=True))),
        nulls_not_distinct=draw(st.booleans()),
        include=tuple(draw(st.lists(st.sampled_from(columns), max_size=1))),
        deferrable=deferrable,
        initially_deferred=deferrable and draw(st.booleans()),
        storage_parameters=draw(_KEY_PARAMETERS),
        comment=draw(COMMENTS),
    )


def referencing(draw: st.DrawFn, names: Names, table: Table, targets: list[Table]) -> Table:
    """Return the table with columns that reference others, itself or what comes later."""
    choices = [(target, key) for target in targets for key in _keys_of(target)]
    for target, key in draw(st.lists(st.sampled_from(choices), max_size=2)) if choices else ():
        copies = tuple(Column(name=names.new(), type=target.column(name).type) for name in key)
        table = replace(
            table,
            columns=(*table.columns, *copies),
            foreign_keys=named((*table.foreign_keys, _foreign_key(draw, names, table, target, key, copies))),
        )
    return table


def _keys_of(table: Table) -> list[tuple[str, ...]]:
    """Return what a foreign key may reference.

    Of two indexes over the same columns Postgres may take the primary key's, and refuse that when it is temporal.
    """
    primary = table.primary_key
    temporal = {*primary.columns} if primary and primary.without_overlaps else set[str]()
    keys = [primary.columns] if primary and not primary.deferrable and not temporal else []
    return keys + [each.columns for each in table.uniques if not each.deferrable and {*each.columns} != temporal]


def _foreign_key(
    draw: st.DrawFn, names: Names, table: Table, target: Table, key: tuple[str, ...], copies: tuple[Column, ...]
) -> ForeignKey:
    deferrable = draw(st.booleans())
    on_delete = draw(st.sampled_from(_ON_DELETE))
    some = tuple(column.name for column in copies[:1])
    enforced = draw(st.integers(0, 3)) > 0
    return ForeignKey(
        name=names.new(),
        columns=tuple(column.name for column in copies),
        referenced_table=target.name,
        referenced_namespace=target.namespace,
        referenced_columns=key,
        on_delete=on_delete,
        on_update=draw(st.sampled_from(_ON_UPDATE)),
        on_delete_columns=some if on_delete.startswith("SET") and draw(st.booleans()) else (),
        deferrable=deferrable,
        initially_deferred=deferrable and draw(st.booleans()),
        match_full=len(copies) > 1 and draw(st.booleans()),
        validated=bool(table.partition_key) or not enforced or draw(st.booleans()),
        enforced=enforced,
        comment=draw(COMMENTS),
    )
