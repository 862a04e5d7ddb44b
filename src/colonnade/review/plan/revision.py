"""What a history of revisions says of one of them."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.span import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A module that a revision imports, and where."""

    module: str
    at: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A revision of an Alembic history, with its `source`, and the one that was `released`, if any was.

    `heads` are the heads without a branch label of the history, on the last of them only. `imports` are the modules
    that it imports. `left_over` says what differs after upgrade and downgrade; None where
    that was not tried. `irreversible` is the reason that the revision gives for having no way back.
    """

    revision: str
    at: Span
    downgrade_at: Span
    heads: tuple[str, ...] = ()
    imports: tuple[Import, ...] = ()
    left_over: tuple[str, ...] | None = None
    irreversible: str = ""
    released: str | None = None
    source: str = ""
