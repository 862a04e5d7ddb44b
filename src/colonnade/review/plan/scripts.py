"""SQL files read as migrations."""

from __future__ import annotations

from colonnade.review.plan.migration import Statement
from colonnade.review.plan.reading import acts_of
from colonnade.review.plan.structure import with_structure
from colonnade.span import Span
from colonnade.sql.script import split_script


def statements_of(text: str, *, path: str, one_transaction: bool) -> tuple[Statement, ...]:
    """Return the statements of a script; raises StatementError with its place for what is no SQL.

    `one_transaction` says that the file is run as a whole, instead of statement by statement as psql does.
    """
    found = []
    for each in split_script(text):
        if each.is_command:
            continue  # what psql itself does changes no database
        place = Span(path=path, line=each.line, quote=each.text.split("\n")[0][:80])
        found.append(Statement(sql=each.text, at=place, acts=acts_of(each.text, at=place)))
    return with_structure(found, one_transaction=one_transaction)
