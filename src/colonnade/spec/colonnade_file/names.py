"""How entities, fields and relationships may be called."""

from __future__ import annotations

import re

from colonnade.errors import SpecError
from colonnade.span import Span
from colonnade.spec.nearest import suggestion
from colonnade.sql.identifier import pascal, snake

_FIELD = re.compile(r"[^\W\d]\w*\Z")
_ENTITY = re.compile(r"[^\W\d_]\w*\Z")
_MAX_LENGTH = 200
_TAKEN = frozenset({"owner"})


def check_field_name(name: str, at: Span, *, what: str = "field") -> str:
    """Return the name when it is in snake_case."""
    if not _FIELD.match(name) or name != name.lower() or len(name) > _MAX_LENGTH:
        raise SpecError(
            f'"{name[:80]}" is not a name for a {what}',
            at=at,
            hint=f'Names are lower case with underscores, such as "{snake(name)[:80]}".',
        )
    if name in _TAKEN:
        raise SpecError(
            f'a {what} cannot be called "{name}"',
            at=at,
            hint='"owner" stands for the relationship to whoever owns a row.',
        )
    return name


def check_entity_name(name: str, at: Span) -> str:
    """Return the name when it is in PascalCase."""
    if not _ENTITY.match(name) or name[:1] != name[:1].upper() or "_" in name or len(name) > _MAX_LENGTH:
        raise SpecError(
            f'"{name[:80]}" is not a name for an entity',
            at=at,
            hint=f'Names are singular and begin every word with a capital, such as "{pascal(name)[:80]}".',
        )
    return name


def unknown(what: str, name: str, at: Span, valid: tuple[str, ...]) -> SpecError:
    """Return the error for a name that nobody declared."""
    return SpecError(f'unknown {what} "{name}"', at=at, hint=suggestion(name, valid))
