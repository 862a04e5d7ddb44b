"""How many rows to plan for: declared, derived, or the default for what nobody said."""

from __future__ import annotations

import re
from math import log

from colonnade.design.ownership import owner_entity
from colonnade.spec import Spec
from colonnade.sql.identifier import words

DEFAULT_ROWS = 1_000_000
DEFAULT_OWNERS = 100_000
DEFAULT_SKEW = 0.5
"""Zipf's exponent of rows per owner when nobody said: the busiest of 100,000 has some 150 times the mean."""

LINKS_PER_ROW = 2
"""How many associated rows each row is taken to have when nobody said."""

_NUMBER = re.compile(r"([\d_,.]+)\s*([kKmMbBgG]?)")
_FACTORS = {"": 1, "k": 1_000, "m": 1_000_000, "b": 1_000_000_000, "g": 1_000_000_000}


def volume_question(entity: str) -> str:
    """Return the id of the question how many rows an entity will have."""
    return f"Q-volume-{'-'.join(words(entity))}"


def planned_rows(spec: Spec, entity: str) -> int:
    """Return the number of rows to plan for."""
    return _rows(spec, entity, frozenset())


def declared(spec: Spec, entity: str) -> bool:
    """Tell whether the spec or an answer says how many rows an entity has."""
    if not spec.has_entity(entity):
        return False
    volume = spec.entity(entity).volume
    return (volume is not None and (volume.rows or volume.per_owner) is not None) or _answered(spec, entity) is not None


def planned_links(spec: Spec, source: str, via: str) -> int:
    """Return the number of rows to plan for in an association table."""
    if via and declared(spec, via):
        return planned_rows(spec, via)
    return LINKS_PER_ROW * planned_rows(spec, source)


def skew(spec: Spec, entity: str) -> float:
    """Return Zipf's exponent of an entity's rows per owner or parent."""
    volume = spec.entity(entity).volume if spec.has_entity(entity) else None
    return volume.skew if volume is not None and volume.skew is not None else DEFAULT_SKEW


def rows_of_busiest_owner(spec: Spec, entity: str) -> float:
    """Return how many rows of an entity the owner with the most has, by Zipf's law."""
    owner = owner_entity(spec)
    owners = planned_rows(spec, owner) if spec.has_entity(owner) else DEFAULT_OWNERS
    exponent = skew(spec, entity)
    exact = min(owners, 1000)
    total: float = sum(rank**-exponent for rank in range(1, exact + 1))
    if owners > exact:  # the rest of the sum as an integral
        even = abs(exponent - 1) < 1e-9
        total += log(owners / exact) if even else (owners ** (1 - exponent) - exact ** (1 - exponent)) / (1 - exponent)
    return planned_rows(spec, entity) / total


def _rows(spec: Spec, entity: str, seen: frozenset[str]) -> int:
    stated = spec.entity(entity) if spec.has_entity(entity) else None
    volume = stated.volume if stated else None
    owner = owner_entity(spec)
    default = DEFAULT_OWNERS if entity == owner else DEFAULT_ROWS
    if volume is not None and volume.rows is not None:
        return max(1, volume.rows)
    answered = _answered(spec, entity)
    if answered is not None:
        return answered
    if entity in seen:
        return default
    if volume is not None and volume.per_owner is not None and owner != entity:
        return max(1, volume.per_owner * _rows(spec, owner, seen | {entity}))
    if stated is not None and stated.weak_of:
        return _rows(spec, stated.weak_of, seen | {entity})
    return default


def _answered(spec: Spec, entity: str) -> int | None:
    """Return the number that an answer gives (`5M`, `250k`, `1,000`), None without one."""
    text = spec.answer(volume_question(entity), "")
    match = _NUMBER.search(text)
    if not match:
        return None
    digits = match[1].replace("_", "").replace(",", "").strip(".")
    return max(1, round(float(digits) * _FACTORS[match[2].lower()])) if digits else None
