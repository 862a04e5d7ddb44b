"""Which names an entity's rules and patterns may use, and what they lead to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from colonnade.errors import SpecError
from colonnade.spec.colonnade_file.cursor import Cursor
from colonnade.spec.colonnade_file.names import unknown
from colonnade.spec.entities import Attribute, Entity, Relationship
from colonnade.spec.spec import Defaults
from colonnade.sql.identifier import snake

_CALL = re.compile(r"(?P<function>\w+)\(\s*(?P<name>[\w.]+)\s*\)\Z")
_HISTORY = ("created_at", "updated_at")


class Scope:
    """Looks names up, seen from an entity."""

    def __init__(self, entities: Iterable[Entity], relationships: Iterable[Relationship], defaults: Defaults) -> None:
        """Take everything that has a name."""
        self._entities = {entity.name: entity for entity in entities}
        self._relationships = tuple(relationships)
        self._defaults = defaults

    @property
    def entities(self) -> tuple[str, ...]:
        """The names of the entities."""
        return tuple(self._entities)

    def entity(self, name: str) -> Entity:
        """Return the entity. Raises KeyError when there is none."""
        return self._entities[name]

    def row(self, entity: str) -> tuple[str, ...]:
        """Return the names that stand for values of one row: attributes, what is implied, and single references."""
        declared = self._entities[entity]
        stored = [attribute.name for attribute in declared.attributes if attribute.role != "computed"]
        references = [each for each in self._relationships if each.source == entity and each.kind != "N-M"]
        names = [*stored, *self._implied(declared)]
        for reference in references:
            names += [reference.name, f"{reference.name}_id"]
        names += ["owner"] if declared.owner else []
        return tuple(dict.fromkeys(names))

    def place(self, entity: str, name: str) -> str:
        """Return the name as the spec spells it, the empty text when it leads nowhere.

        The name may be wrapped in `lower(…)`, dotted over relationships either way, and call the other side
        of a relationship by its entity's name (`tag` for `tags`).
        """
        call = _CALL.match(name)
        if call:
            inner = self.place(entity, call["name"]) if call["function"].lower() == "lower" else ""
            return f"lower({inner})" if inner else ""
        head, _, rest = name.partition(".")
        if not rest and head in self.row(entity):
            return head
        followed = self.follow(entity, head)
        if followed is None:
            return ""
        relationship, target, called = followed
        if not rest:
            return called
        inner = self.place(target, rest)
        if not inner and relationship.kind == "N-M" and self._association(relationship, rest):
            inner = rest
        return f"{called}.{inner}" if inner else ""

    def follow(self, entity: str, name: str) -> tuple[Relationship, str, str] | None:
        """Return the relationship an entity calls so, the entity at its other end, and its name seen from here."""
        ends = list(self._ends(entity))
        for relationship, target, called in ends:
            if name == called or (name == "owner" and relationship.owner and relationship.source == entity):
                return relationship, target, called
        similar = [end for end in ends if snake(end[1]) == name]
        return similar[0] if len(similar) == 1 else None

    def choices(self, entity: str) -> tuple[str, ...]:
        """Return the names that may stand in a pattern over the entity, without dotted ones."""
        return tuple(dict.fromkeys((*self.row(entity), *(called for _, _, called in self._ends(entity)))))

    def _ends(self, entity: str) -> Iterator[tuple[Relationship, str, str]]:
        for each in self._relationships:
            if each.source == entity:
                yield each, each.target, each.name
            if each.target == entity and each.inverse:
                yield each, each.source, each.inverse

    def _implied(self, entity: Entity) -> Iterator[str]:
        """Yield the names of what the design adds by itself: the key, timestamps, the mark of deletion."""
        has_key = entity.key_attributes or any(attribute.role == "key" for attribute in entity.attributes)
        if not has_key and not entity.weak_of:
            yield "id"
        timestamps = self._defaults.timestamps if entity.timestamps is None else entity.timestamps
        if timestamps and not entity.external:
            yield from _HISTORY[:1] if entity.append_only else _HISTORY
        if entity.soft_delete and not any(attribute.role == "deleted" for attribute in entity.attributes):
            yield "deleted_at"

    def _association(self, relationship: Relationship, name: str) -> Attribute | None:
        return next((each for each in relationship.attributes if each.name == name), None)


def row_name(scope: Scope, entity: str, name: str, cursor: Cursor, start: int, end: int) -> str:
    """Return a name that stands for a value of one row. Raises SpecError at the name when it does not."""
    names = scope.row(entity)
    if name in names:
        return name
    raise _unknown(cursor, name, start, end, names)


def placed_name(scope: Scope, entity: str, name: str, cursor: Cursor, start: int, end: int) -> str:
    """Return a name of a pattern as the spec spells it. Raises SpecError at the name when it leads nowhere."""
    placed = scope.place(entity, name)
    if placed:
        return placed
    raise _unknown(cursor, name, start, end, scope.choices(entity))


def _unknown(cursor: Cursor, name: str, start: int, end: int, names: tuple[str, ...]) -> SpecError:
    return unknown("attribute", name, cursor.span(start, end), names)
