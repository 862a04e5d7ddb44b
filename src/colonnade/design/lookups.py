"""Whether what a pattern is `by` tells one row from all others."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.design.history import both, live_predicate
from colonnade.design.ownership import ownership
from colonnade.design.places import Places
from colonnade.design.references import References
from colonnade.errors import DesignError
from colonnade.schema import Index, Table
from colonnade.spec import AccessPattern
from colonnade.sql.expression import compact, substitute


def refuse_ambiguous_gets(places: Places) -> None:
    """Raise DesignError for a get of one row by what several rows may share: the spec contradicts itself."""
    for pattern in places.spec.access_patterns:
        if pattern.kind != "get" or pattern.sql is not None or not places.has_table(pattern.entity):
            continue
        if pattern.by and not identifies(places, pattern):
            named = ", ".join(pattern.by)
            raise DesignError(
                f'a get of "{pattern.entity}" by {named} may find many rows',
                at=next(iter(pattern.at), None),
                detail=f"Nothing in the spec says that no two rows of {pattern.entity} share {named}.",
                hint=f"Say that it is unique, or write list: {pattern.entity}, eq: [{named}!] and how it is paged.",
            )


def identifies(places: Places, pattern: AccessPattern) -> bool:
    """Tell whether at most one row of the entity answers to what the pattern is `by`, its owner and condition counted.

    A name that no column holds leaves the question to the claims about what is missing.
    """
    columns: set[str] = set()
    for name in (*pattern.by, *pattern.required_equality):
        place = places.place(pattern.entity, name)
        if place is None:
            return True
        if place.own:
            columns |= set(place.columns)
    table = places.table(pattern.entity)
    owner = ownership(places, pattern.entity) if pattern.scope == "owner" else None
    if owner is not None and owner.direct:
        columns |= set(owner.columns)
    return any(key <= columns for key in _keys(places, pattern, table))


def _keys(places: Places, pattern: AccessPattern, table: Table) -> Iterator[frozenset[str]]:
    """Yield the columns of everything that keeps apart the rows that the pattern looks at.

    What a partitioned table adds to a key because Postgres keeps rows apart within a partition only is left out.
    """
    parts = frozenset(table.partition_key.keys) if table.partition_key is not None else frozenset[str]()
    yield from (key - parts for key in _whole_keys(places, pattern, table))


def _whole_keys(places: Places, pattern: AccessPattern, table: Table) -> Iterator[frozenset[str]]:
    if table.primary_key is not None:
        yield frozenset(table.primary_key.columns)
    yield from (frozenset(unique.columns) for unique in table.uniques)
    covered = {_plain(text) for text in _conditions(places, pattern)}
    for index in table.indexes:
        if index.unique and (index.predicate is None or _plain(index.predicate) in covered):
            yield frozenset(_columns(index))


def _columns(index: Index) -> Iterator[str]:
    """Yield each key's column; a lookup finds one row by a text that is unique without case, too."""
    for key in index.keys:
        plain = _plain(key.expression)
        yield key.column or (plain[6:-1] if plain.startswith("lower(") else plain)


def _conditions(places: Places, pattern: AccessPattern) -> Iterator[str]:
    live = live_predicate(places.entities[pattern.entity])
    yield live
    if pattern.where is not None:
        where = substitute(pattern.where, References(places.spec).sql_names(pattern.entity))
        yield from (where, both(where, live))


def _plain(text: str) -> str:
    return compact(text).replace('"', "")
