"""What a statement destroys for good, in words that are compared: `table log.days`, `column tasks.title`."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.errors import StatementError
from colonnade.review.plan.acts import Drop, DropColumn, Truncate, Write
from colonnade.review.plan.reading import acts_of
from colonnade.schema.own import ALEMBIC_VERSIONS
from colonnade.span import Span

_FILLED = ("TABLE", "FOREIGN TABLE", "SCHEMA", "DATABASE", "SEQUENCE")
# What columns can depend on, and go with.
_BORNE = ("TYPE", "DOMAIN", "EXTENSION")


def destroyed(sql: str, *, at: Span) -> tuple[str, ...]:
    """Return what holds content and is dropped, emptied or deleted from, each once and on one line."""
    try:
        acts = acts_of(sql, at=at)
    except StatementError:
        return ()  # the server will refuse it
    return tuple(dict.fromkeys(" ".join(each.splitlines()) for act in acts for each in _destroyed(act)))


def _destroyed(act: object) -> Iterator[str]:
    match act:
        case Drop(kind=kind, names=names) if kind in _FILLED:
            yield from (f"{kind.lower()} {name}" for name in names)
        case Drop(kind=kind, names=names, cascade=True) if kind in _BORNE:
            yield from (f"columns of {kind.lower()} {name}" for name in names)
        case DropColumn(table=table, column=column):
            yield f"column {table}.{column}"
        case Truncate(tables=tables):
            yield from (f"rows of {table}" for table in tables)
        case Write(kind="DELETE", table=table) if table.name != ALEMBIC_VERSIONS:
            yield f"rows of {table}"
