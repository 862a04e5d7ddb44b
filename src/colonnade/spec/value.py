"""The base of every spec value: frozen, and closed to unknown keys."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from colonnade.span import Span


class Value(BaseModel):
    """A frozen value that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Fact(Value):
    """A value with the places that say it; empty only for what a default supplied."""

    at: tuple[Span, ...] = ()
