"""Lists that only show: figures of a report, choices on offer, rows put together from other things."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.spec.english import singular_words, word_set
from colonnade.spec.openapi.resources import Exchange, Resource, Spot
from colonnade.spec.openapi.shape import Shape
from colonnade.spec.openapi.shapes import Shapes
from colonnade.spec.openapi.stems import Stem
from colonnade.sql.identifier import words

# Segments below which figures and answers to searches stand, when no row is named there.
_ASKING = word_set(
    """
    report reports analytics statistics stats dashboard insights metrics search searches
    """
)
_KEYS = ("id", "uuid", "guid", "key", "code", "slug")


def keeps(resource: Resource, spots: Iterable[Spot], shapes: Shapes) -> bool:
    """Tell whether a thing found in the paths is kept; what is only read in lists may be put together when asked."""
    exchanges = [each for spot in resource.spots for each in spot.exchanges]
    if not all(each.call.method == "GET" and each.answer.kind == "list" and not each.arity for each in exchanges):
        return True
    if all(_is_asked(each) for each in exchanges):
        return False
    rows = [each.answer.shape for each in exchanges if each.answer.shape is not None and each.answer.shape.is_object]
    if not rows or any(each.kind == "union" or _identifies(each) for each in rows):
        return True
    if any(_is_put_together(each, shapes) for each in rows):
        return False
    return any(len(each.properties) > 1 for each in rows) or _is_meant(resource, spots)


def _is_asked(exchange: Exchange) -> bool:
    """Tell whether a list stands below a segment that asks for figures: `/reports/stops`."""
    return any(each.name.lower() in _ASKING and not each.parameters for each in exchange.call.steps[:-1])


def _identifies(shape: Shape) -> bool:
    """Tell whether a row shows something by which it, or what it points at, can be found again."""
    return any(words(name)[-1:] and words(name)[-1] in _KEYS for name in shape.properties)


def _is_put_together(shape: Shape, shapes: Shapes) -> bool:
    """Tell whether a row consists of other objects."""
    for each in shape.properties.values():
        inner = shapes.of(each.schema)
        if inner.is_object or (inner.kind == "array" and shapes.item(inner).is_object):
            return True
    return False


def _is_meant(resource: Resource, spots: Iterable[Spot]) -> bool:
    """Tell whether other things hold rows of it: `tags`, `genre_ids`, `genre_id`."""
    nouns = {spot.noun for spot in resource.spots}
    for spot in spots:
        for each in spot.exchanges if spot not in resource.spots else ():
            for shape in (each.answer.shape, each.body.shape):
                if shape is not None and any(_means(name, nouns) for name in shape.properties):
                    return True
    return False


def _means(name: str, nouns: set[Stem]) -> bool:
    parts = tuple(words(name))
    if parts[-1:] in (("id",), ("ids",)):
        return singular_words("_".join(parts[:-1])) in nouns
    return singular_words(name) in nouns and singular_words(name) != parts
