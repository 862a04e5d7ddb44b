"""How the values of a column become those of another type."""

from __future__ import annotations

from collections.abc import Callable

from colonnade.postgres import CastContext
from colonnade.sql.identifier import quote

Casts = Callable[[str, str], CastContext]
"""In which context Postgres casts one type to another by itself; empty where it has no cast, or not both types."""

_TEXTS = frozenset({"text", "character varying", "character", "citext"})


def conversion(column: str, before: str, after: str, casts: Casts) -> str:
    """Return what stands behind USING, empty where ALTER COLUMN … TYPE needs nothing.

    Without a cast a value goes by way of its text, which every type reads and writes.
    """
    if _base(before) == _base(after) or _base(after) in _TEXTS:
        return ""
    if casts(before, after) in ("implicit", "assignment"):
        return ""
    return conversion_of(quote(column), before, after, casts)


def conversion_of(expression: str, before: str, after: str, casts: Casts) -> str:
    """Return the expression cast to another type, by way of its text where there is no cast."""
    alike = _base(before) == _base(after) or {_base(before), _base(after)} & _TEXTS
    if alike or casts(before, after):
        return f"{expression}::{after}"
    through = "text[]" if before.endswith("[]") and after.endswith("[]") else "text"
    return f"{expression}::{through}::{after}"


def _base(name: str) -> str:
    """Return the type without its length or precision."""
    return name.partition("(")[0] + name.rpartition(")")[2] if "(" in name else name
