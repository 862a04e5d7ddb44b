"""SQL files read as migrations."""

from __future__ import annotations

from colonnade.review.plan.migration import Statement
from colonnade.review.plan.reading import acts_of
from colonnade.review.plan.structure import with_structure
from colonnade.sql.psql import is_asked, place_in, server_statements


def statements_of(text: str, *, path: str, one_transaction: bool) -> tuple[Statement, ...]:
    """Return the statements of a script; raises StatementError with its place for what is no SQL, or psql's own.

    `one_transaction` says that the file is run as a whole, instead of statement by statement as psql does;
    not one that asks what is done, which says itself what commits when.
    """
    statements = server_statements(text, path=path)
    found = []
    for each in statements:
        place = place_in(each, path=path)
        found.append(Statement(sql=each.text, at=place, acts=acts_of(each.text, at=place), unless=each.unless))
    return with_structure(found, one_transaction=one_transaction and not is_asked(statements))
