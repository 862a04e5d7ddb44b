"""Which referencing rows a session may delete itself, and which only the database can delete with the referenced one.

A session deletes loaded rows one after the other; the database deletes everything in one statement, whose
NO ACTION and RESTRICT references, and whose triggers, see that the referenced row is going too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping

from colonnade.emit.models.defaults import refuses
from colonnade.emit.models.references import Links, Reference
from colonnade.schema import Schema

_HOLDING = ("NO ACTION", "RESTRICT")

Families = Mapping[str, frozenset[str]]
"""For each class the classes that something leads to from it."""


def left_to_database(between: Links, schema: Schema) -> frozenset[str]:
    """Return the names of the cascading foreign keys, as `class.constraint`, that a session must not follow."""
    cascading = [each for each in between.references if each.key.on_delete == "CASCADE"]
    holding = [each for each in between.references if each.key.on_delete in _HOLDING]
    families = _closure((each.target.class_name, each.source.class_name) for each in cascading)
    reachable = _closure((each.source.class_name, each.target.class_name) for each in between.references)
    left = {
        _name(each)
        for each in cascading
        if refuses(each.source.table, "DELETE", schema)
        or _in_circle(each, reachable)
        or _entangled(each, holding, families)
    }
    while True:
        held = {each.source.class_name for each in cascading if _name(each) in left}
        further = {_name(each) for each in cascading if _holds(held, each, holding, families)} - left
        if not further:
            return frozenset(left)
        left |= further


def is_left(reference: Reference, left: frozenset[str]) -> bool:
    """Whether the foreign key is one of those."""
    return _name(reference) in left


def _name(reference: Reference) -> str:
    return f"{reference.source.class_name}.{reference.key.name}"


def _in_circle(reference: Reference, reachable: Families) -> bool:
    """Whether references lead from the target back to the source, so that neither row can be stored first."""
    if reference.source is reference.target:
        return all(column.not_null for column in reference.held)
    return reference.source.class_name in reachable[reference.target.class_name]


def _entangled(reference: Reference, holding: Iterable[Reference], families: Families) -> bool:
    """Whether rows that a row of the source takes along are held by rows that the target takes along."""
    taken = families[reference.source.class_name]
    family = families[reference.target.class_name]
    return any(each.target.class_name in taken and each.source.class_name in family for each in holding)


def _holds(classes: Container[str], reference: Reference, holding: Iterable[Reference], families: Families) -> bool:
    """Whether rows of these classes, which stay until the target goes, hold the rows of the source."""
    family = families[reference.target.class_name]
    return any(
        each.target is reference.source
        and each.source is not reference.source
        and each.source.class_name in family
        and each.source.class_name in classes
        for each in holding
    )


def _closure(edges: Iterable[tuple[str, str]]) -> Families:
    """Return for each name at an end of an edge the names that edges lead to from it."""
    direct: dict[str, list[str]] = defaultdict(list)
    for start, end in edges:
        direct[start].append(end)
        direct[end] += ()
    return {name: _reached(direct, name) for name in direct}


def _reached(direct: Mapping[str, Iterable[str]], start: str) -> frozenset[str]:
    """Return the names that edges lead to from the start, itself only where they lead back."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        further = set(direct[waiting.pop()]) - found
        waiting += further
        found |= further
    return frozenset(found)
