"""Which referencing rows a session may delete itself, and which only the database can delete with the referenced one.

A session deletes loaded rows one after the other; the database deletes everything in one statement, whose
NO ACTION and RESTRICT references, and whose triggers, see that the referenced row is going too.
"""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.emit.models.defaults import refuses
from colonnade.emit.models.references import Links, Reference
from colonnade.schema import Schema

_HOLDING = ("NO ACTION", "RESTRICT")


def left_to_database(between: Links, schema: Schema) -> frozenset[str]:
    """Return the names of the cascading foreign keys, as `class.constraint`, that a session must not follow."""
    cascading = [each for each in between.references if each.key.on_delete == "CASCADE"]
    left = {
        _name(each)
        for each in cascading
        if refuses(each.source.table, "DELETE", schema) or between.in_circle(each) or _entangled(each, between)
    }
    while True:
        held = {each.source.class_name for each in cascading if _name(each) in left}
        further = {_name(each) for each in cascading if _holds(held, each, between)} - left
        if not further:
            return frozenset(left)
        left |= further


def is_left(reference: Reference, left: frozenset[str]) -> bool:
    """Whether the foreign key is one of those."""
    return _name(reference) in left


def _name(reference: Reference) -> str:
    return f"{reference.source.class_name}.{reference.key.name}"


def _entangled(reference: Reference, between: Links) -> bool:
    """Whether rows that a row of the source takes along are held by rows that the target takes along."""
    taken = _taken_along(reference.source.class_name, between)
    family = _taken_along(reference.target.class_name, between)
    return any(
        each.key.on_delete in _HOLDING and each.target.class_name in taken and each.source.class_name in family
        for each in between.references
    )


def _holds(classes: Iterable[str], reference: Reference, between: Links) -> bool:
    """Whether rows of these classes, which stay until the target goes, hold the rows of the source."""
    family = _taken_along(reference.target.class_name, between)
    return any(
        each.key.on_delete in _HOLDING
        and each.target is reference.source
        and each.source is not reference.source
        and each.source.class_name in family
        and each.source.class_name in classes
        for each in between.references
    )


def _taken_along(class_name: str, between: Links) -> frozenset[str]:
    """Return the classes whose rows may go with a row of the class."""
    found: set[str] = set()
    waiting = [class_name]
    while waiting:
        name = waiting.pop()
        further = {
            each.source.class_name
            for each in between.references
            if each.target.class_name == name and each.key.on_delete == "CASCADE"
        }
        waiting += sorted(further - found)
        found |= further
    return frozenset(found)
