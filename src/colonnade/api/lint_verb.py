"""`migrate lint`: what is wrong with migrations, read and run on a scratch server before anybody else runs them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from colonnade.api.alembic_settings import configured_connections
from colonnade.api.changed_files import changed_since
from colonnade.api.database_facts import database_facts
from colonnade.api.history_processes import HistoryProcesses
from colonnade.api.lint_answers import Choices, answers_for, lint_configuration, record
from colonnade.api.lint_options import Options
from colonnade.api.lint_work import located, migrations_of, work_of
from colonnade.api.review_results import LintResult
from colonnade.api.texts import read_text
from colonnade.review import all_rules, review
from colonnade.review.plan.arriving import arriving
from colonnade.review.plan.migration import KnownSort
from colonnade.review.rule import Reviewed
from colonnade.schema import Schema


def migrate_lint(  # noqa: PLR0913 - each is a choice of its own
    paths: Sequence[str | Path],
    *,
    base: str | None = None,
    since: str | None = None,
    offline: bool = False,
    database: str | None = None,
    patterns: Sequence[Path] = (),
    choices: Choices | None = None,
    histories: HistoryProcesses | None = None,
    postgres_url: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> LintResult:
    """Review migrations: `.sql` files or folders of them, Alembic's revisions by file, folder or id, an alembic.ini.

    Each is run on a scratch server after those before it and under observation, unless `offline`, which leaves out the
    rules that need that. The address in an alembic.ini is judged with its history. `base` is the source of the schema
    before them all, as for `diff`; `since` bounds the review to files that differ from a git revision. `database` is
    the URL of the one that they are for: its sizes, extensions and collation are read, nothing else. `patterns` are
    specs whose access patterns say how the data is read. `histories` are processes that were started early. Raises
    InputError for what is no migration, SpecError for what is no spec, DatabaseError for a server that cannot be used.
    """
    started = time.perf_counter()
    choices = choices or Choices()
    chosen, place = lint_configuration(choices)
    options = Options(
        base=base,
        offline=offline,
        configuration=chosen,
        database=database_facts(database) if database else None,
        postgres_url=postgres_url,
        progress=progress,
        histories=histories or HistoryProcesses(),
        sorts=_sorts(patterns) if patterns else None,
    )
    named = located(paths)
    work = work_of(named, changed=changed_since(since, named) if since else None, since=since)
    rules = arriving(all_rules())  # imported now, while what runs the revisions may still be starting
    migrations = tuple(migrations_of(work, options))
    connections = (each for path in work.configurations for each in configured_connections(path))
    subjects: tuple[Reviewed, ...] = (*migrations, *connections)
    answers = answers_for(
        {path: read_text(Path(path)) for path in dict.fromkeys(each.path for each in subjects)},
        baseline=choices.baseline,
        configuration=chosen,
        configuration_path=place,
        today=datetime.now(UTC).date(),
    )
    found = review(subjects, rules, configuration=chosen, answers=answers)
    if choices.record_baseline is not None:
        record(choices.record_baseline, found)
    return LintResult(
        review=found,
        migrations=tuple(each.path for each in migrations),
        fail_on=chosen.fail_on,
        elapsed_ms=(time.perf_counter() - started) * 1000,
    )


def _sorts(patterns: Sequence[Path]) -> Callable[[Schema], Iterator[KnownSort]]:
    from colonnade.api.known_sorts import sorts_of  # reading and designing specs, which most runs do without

    return sorts_of(patterns)
