"""Migrations tried on a server: imported where one is used, since it brings all that builds a source there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from colonnade.api.lint_options import Options
from colonnade.api.migrations import ScriptFile
from colonnade.api.revision_readings import HistoryReview
from colonnade.api.revision_trials import revision_trials
from colonnade.api.script_trials import script_trials
from colonnade.postgres import Server
from colonnade.review.plan.migration import Migration


def trials(
    scripts: Iterable[tuple[ScriptFile, ...]], histories: Iterable[HistoryReview], server: Server, options: Options
) -> Iterator[Migration]:
    """Yield the reviewed migrations of histories of SQL files and of revisions, each with what it did."""
    for files in scripts:
        yield from script_trials(files, server, options)
    for history in histories:
        yield from revision_trials(history, server, options)
