"""In which order objects are created, so that each finds what it needs."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TypeVar

from colonnade.schema import (
    CompositeType,
    Domain,
    EnumType,
    Function,
    Index,
    NamedType,
    RangeType,
    Schema,
    Sequence,
    Table,
    View,
)
from colonnade.sql.tokens import names

Key = TypeVar("Key", bound=Hashable)
Definition = NamedType | Sequence | Table | Function | View


def ordered(needs: Mapping[Key, Iterable[Key]]) -> tuple[Key, ...]:
    """Return the keys, each after what it needs, else in the order given; a cycle is cut where it closes."""
    done: dict[Key, None] = {}
    entered: set[Key] = set()
    for start in needs:
        path = [start]
        while path:
            entered.add(path[-1])
            waiting = next((key for key in needs[path[-1]] if key in needs and key not in entered), None)
            if waiting is None:
                done.setdefault(path.pop())
            else:
                path.append(waiting)
    return tuple(done)


def definitions(schema: Schema) -> tuple[Definition, ...]:
    """Return types, sequences, tables, functions and views, each after what it needs where that is possible.

    Otherwise they come in that order of kinds and by name, so that a function stands behind the tables
    unless a table calls it.
    """
    items = defined(schema)
    by_name: dict[str, list[int]] = {}
    for position, item in enumerate(items):
        by_name.setdefault(item.name, []).append(position)
    needs = {position: _needs(items, position, by_name) for position in range(len(items))}
    return tuple(items[position] for position in ordered(needs))


def defined(schema: Schema) -> tuple[Definition, ...]:
    """Return what `definitions` orders, by kind and name."""
    kinds: tuple[tuple[Definition, ...], ...] = (
        schema.enum_types,
        schema.sequences,
        schema.domains,
        schema.composite_types,
        schema.range_types,
        schema.owned_tables,
        schema.functions,
        schema.views,
    )
    return tuple(item for kind in kinds for item in kind)


def _needs(items: tuple[Definition, ...], position: int, by_name: Mapping[str, list[int]]) -> list[int]:
    """Return the positions of what the item needs."""
    item = items[position]
    mentioned = set[str]().union(*map(names, _texts(item))) & by_name.keys()
    found = {other for name in mentioned for other in by_name[name] if not isinstance(items[other], _unusable(item))}
    if isinstance(item, Table):
        referenced = {(key.referenced_namespace, key.referenced_table) for key in item.foreign_keys}
        for namespace, name in referenced:
            found |= {
                other
                for other in by_name.get(name, ())
                if isinstance(items[other], Table) and items[other].namespace == namespace
            }
    return sorted(found - {position})


def _unusable(item: Definition) -> tuple[type[Definition], ...]:
    """Return the kinds whose names mean something else in this item's texts: a column, say."""
    return (Sequence, Table, View) if isinstance(item, NamedType | Table) else (Sequence,)


def _texts(item: Definition) -> Iterator[str]:
    """Yield the texts of an item in which other objects are named."""
    match item:
        case Domain():
            yield item.base_type
            yield item.default or ""
            yield from (check.expression for check in item.checks)
        case Function():
            yield f"{item.arguments}, {item.returns}"
            # Any other language looks names up when it runs.
            yield item.body if item.language == "sql" else ""
        case View():
            yield item.definition
            yield from _texts_of_indexes(item.indexes)
        case Table():
            yield from _texts_of_table(item)
        case CompositeType():
            yield from (each.type for each in item.attributes)
        case RangeType():
            yield f"{item.subtype}, {item.difference}"
        case EnumType() | Sequence():
            return


def _texts_of_table(table: Table) -> Iterator[str]:
    for column in table.columns:
        yield column.type
        yield column.default or column.generated or ""
    yield from (check.expression for check in table.checks)
    yield from table.partition_key.keys if table.partition_key else ()
    for exclusion in table.exclusions:
        yield exclusion.predicate or ""
        yield from (element.expression for element in exclusion.elements)
    yield from _texts_of_indexes(table.indexes)


def _texts_of_indexes(indexes: Iterable[Index]) -> Iterator[str]:
    for index in indexes:
        yield index.predicate or ""
        yield from (key.expression for key in index.keys)
