"""Further places that a fact comes from: `spec.md#FR-001`, `notes.md:112`, `openapi.yaml#/components/…`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from colonnade.errors import SpecError
from colonnade.span import Span
from colonnade.spec.colonnade_file.names import unknown
from colonnade.spec.colonnade_file.problems import Problems
from colonnade.spec.colonnade_file.shape import items_of, mapping_of, text_of
from colonnade.spec.document import Node
from colonnade.spec.entities import Entity, Relationship

_PLACE = re.compile(
    r"(?P<path>[^#:\s][^#:]*)(?::(?P<line>[1-9][0-9]{0,8})(?::(?P<column>[1-9][0-9]{0,8}))?)?(?:#(?P<words>.+))?\Z"
)


def parse_place(text: str) -> Span | None:
    """Return a place named as `path`, `path:line`, `path:line:column` or one of these with `#words`."""
    match = _PLACE.match(text.strip())
    if not match:
        return None
    return Span(match["path"], int(match["line"] or 1), int(match["column"] or 1), match["words"] or "")


class Traces:
    """The list `trace`: where entities, fields and relationships come from."""

    def __init__(self, node: Node, problems: Problems) -> None:
        """Read the places; what they belong to is checked by `apply`."""
        self._node = node
        self._problems = problems
        self._places: dict[str, tuple[Span, ...]] = {}
        for name, value in mapping_of(node, '"trace"').items():
            with problems.gather():
                self._places[name] = tuple(_place(item) for item in items_of(value, "places"))

    def entity(self, entity: Entity) -> Entity:
        """Return the entity with its places, and those of its attributes, added."""
        attributes = tuple(
            attribute.model_copy(update={"at": (*attribute.at, *self._of(f"{entity.name}.{attribute.name}"))})
            for attribute in entity.attributes
        )
        return entity.model_copy(update={"attributes": attributes, "at": (*entity.at, *self._of(entity.name))})

    def relationship(self, relationship: Relationship) -> Relationship:
        """Return the relationship with its places added."""
        further = self._of(f"{relationship.source}.{relationship.name}")
        return relationship.model_copy(update={"at": (*relationship.at, *further)})

    def check(self, valid: Mapping[str, object]) -> None:
        """Report the names that stand for nothing."""
        for name in self._places:
            if name not in valid:
                self._problems.add(unknown("fact", name, self._node.key_span(name), tuple(valid)))

    def _of(self, name: str) -> tuple[Span, ...]:
        return self._places.get(name, ())


def _place(node: Node) -> Span:
    place = parse_place(text_of(node, "a place"))
    if place is None:
        raise SpecError(
            f'"{node.text}" is not a place', at=node.span, hint="Write it as spec.md#FR-001 or spec.md:112."
        )
    return place
