"""SQL files as migrations of which only the text is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from colonnade.api.lint_options import Options, evidence_given, target
from colonnade.api.migrations import ScriptFile
from colonnade.review import Evidence
from colonnade.review.plan.migration import Migration, Statement
from colonnade.review.plan.opaque import unread
from colonnade.review.plan.scripts import statements_of


def script_readings(history: Sequence[ScriptFile], options: Options) -> Iterator[Migration]:
    """Yield the reviewed files of a history; raises StatementError with its place for what is no SQL in any of them."""
    parsed = [(file, script_statements(file, options)) for file in history]
    yield from (read_script(file, statements, options) for file, statements in parsed if file.reviewed)


def script_statements(file: ScriptFile, options: Options) -> tuple[Statement, ...]:
    """Return the statements of a file, run as the options say."""
    return statements_of(file.text, path=str(file.path), one_transaction=options.one_transaction)


def read_script(file: ScriptFile, statements: tuple[Statement, ...], options: Options) -> Migration:
    """Return a migration of which only the text is known."""
    return Migration(
        path=str(file.path),
        name=file.path.stem,
        statements=statements,
        target=target(options, options.configuration.names),
        evidence=frozenset({Evidence.plan, *evidence_given(options)}),
        unseen=unread(statements),
    )
