"""How many rows to plan for: declared, derived, or the default for what nobody said."""

from __future__ import annotations

from math import log

from colonnade.design.ownership import owner_entity
from colonnade.spec import Spec

DEFAULT_ROWS = 1_000_000
DEFAULT_OWNERS = 100_000
DEFAULT_SKEW = 0.5
"""Zipf's exponent of rows per owner when nobody said: the busiest of 100,000 has some 150 times the mean."""

LINKS_PER_ROW = 2
"""How many associated rows each row is taken to have when nobody said."""


def planned_rows(spec: Spec, entity: str) -> int:
    """Return the number of rows to plan for."""
    return _rows(spec, entity, frozenset())


def declared(spec: Spec, entity: str) -> bool:
    """Tell whether the spec says how many rows an entity has."""
    volume = spec.entity(entity).volume if spec.has_entity(entity) else None
    return volume is not None and (volume.rows or volume.per_owner) is not None


def skew(spec: Spec, entity: str) -> float:
    """Return Zipf's exponent of an entity's rows per owner or parent."""
    volume = spec.entity(entity).volume if spec.has_entity(entity) else None
    return volume.skew if volume is not None and volume.skew is not None else DEFAULT_SKEW


def busiest_share(number: int, exponent: float) -> float:
    """Return the share of the commonest of so many values, the k-th k^-exponent as common as the first (Zipf)."""
    exact = min(max(1, number), 1000)
    total: float = sum(rank**-exponent for rank in range(1, exact + 1))
    if number > exact:  # the rest of the sum as an integral
        even = abs(exponent - 1) < 1e-9
        total += log(number / exact) if even else (number ** (1 - exponent) - exact ** (1 - exponent)) / (1 - exponent)
    return 1 / total


def rows_of_busiest_owner(spec: Spec, entity: str) -> float:
    """Return how many rows of an entity the owner with the most has."""
    owner = owner_entity(spec)
    owners = planned_rows(spec, owner) if spec.has_entity(owner) else DEFAULT_OWNERS
    return planned_rows(spec, entity) * busiest_share(owners, skew(spec, entity))


def _rows(spec: Spec, entity: str, seen: frozenset[str]) -> int:
    stated = spec.entity(entity) if spec.has_entity(entity) else None
    volume = stated.volume if stated else None
    owner = owner_entity(spec)
    default = DEFAULT_OWNERS if entity == owner else DEFAULT_ROWS
    if volume is not None and volume.rows is not None:
        return max(1, volume.rows)
    if entity in seen:
        return default
    if volume is not None and volume.per_owner is not None and owner != entity:
        return max(1, volume.per_owner * _rows(spec, owner, seen | {entity}))
    if stated is not None and stated.weak_of:
        return _rows(spec, stated.weak_of, seen | {entity})
    linked = next((each.source for each in spec.relationships if each.kind == "N-M" and each.via == entity), "")
    return LINKS_PER_ROW * _rows(spec, linked, seen | {entity}) if linked else default
