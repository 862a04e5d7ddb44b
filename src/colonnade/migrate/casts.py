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
    name = quote(column)
    if _base(before) == _base(after) or _base(after) in _TEXTS:
        return ""
    context = casts(before, after)
    if context in ("implicit", "assignment"):
        return ""
    if context == "explicit" or _base(before) in _TEXTS:
        return f"{name}::{after}"
    through = "text[]" if before.endswith("[]") and after.endswith("[]") else "text"
    return f"{name}::{through}::{after}"


def _base(name: str) -> str:
    """Return the type without its length or precision."""
    return name.partition("(")[0] + name.rpartition(")")[2] if "(" in name else name
