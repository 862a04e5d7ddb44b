"""The statements that a revision emits, as those of a migration."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence

from colonnade.models.history import EmittedStatement, HistoryRevision
from colonnade.review.plan.acts import Act
from colonnade.review.plan.migration import Statement
from colonnade.review.plan.reading import acts_of
from colonnade.review.plan.structure import with_structure
from colonnade.span import Span


def statements_up(revision: HistoryRevision, *, path: str, prelude: Sequence[str] = ()) -> tuple[Statement, ...]:
    """Return what a revision does, in a session that has run the prelude; raises StatementError for what is no SQL."""
    place = Span(path=path)
    before = [Statement(sql=sql, at=place, acts=acts_of(sql, at=place), own=False) for sql in prelude]
    whole = with_structure([*before, *_statements(revision.up, path)], one_transaction=False)
    return whole[len(before) :]


def statements_down(revision: HistoryRevision, *, path: str) -> tuple[Statement, ...]:
    """Return how a revision is undone."""
    return with_structure(_statements(revision.down or (), path), one_transaction=False)


def _statements(emitted: Iterable[EmittedStatement], path: str) -> Iterator[Statement]:
    """Yield the statements, with the beginning and the end of each transaction of the runner's."""
    transaction: int | None = None
    place = Span(path=path)
    for each in emitted:
        place = Span(path=path, line=each.line, quote=each.sql.strip().split("\n")[0][:80])
        if each.transaction != transaction:
            yield from _control("COMMIT", transaction, place)
            transaction = each.transaction
            yield from _control("BEGIN", transaction, place)
        yield Statement(sql=each.sql, at=place, acts=acts_of(each.sql, at=place), written_out=False)
    yield from _control("COMMIT", transaction, place)


def _control(sql: str, transaction: int | None, at: Span) -> Iterator[Statement]:
    if transaction is not None:
        yield Statement(sql=sql, at=at, acts=_control_acts(sql), own=False, written_out=False)


@functools.cache  # two texts, around each transaction
def _control_acts(sql: str) -> tuple[Act, ...]:
    return acts_of(sql, at=Span(path=""))
