"""`migrate rehearse`: the way of a history to its head, tried there, back and again, and stopped everywhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from colonnade.api import output_folder
from colonnade.api.applying.history import failed, route_of
from colonnade.api.applying.site import history_place
from colonnade.api.branch_providers import check_place, temporary_branch
from colonnade.api.change_results import RehearsalResult
from colonnade.api.given import roles_made
from colonnade.api.project import project_settings
from colonnade.api.servers import pending_server
from colonnade.api.texts import read_text, shown_path
from colonnade.errors import InputError
from colonnade.migrate.files import FileRunner, file_route, way_back
from colonnade.migrate.runs.way import BASE, FORWARDS, Route, Step, plan_digest
from colonnade.models.history import HistoryRunner, history_site
from colonnade.postgres import Session
from colonnade.prove.claim import Evidence
from colonnade.prove.rehearsal import (
    Rehearsal,
    RehearsalOptions,
    RehearsedHistory,
    RehearsedRevision,
    Runner,
    on_branch,
    rehearse,
)
from colonnade.report.rehearsals import rehearsal_document

_DEFAULT = RehearsalOptions()


def migrate_rehearse(  # noqa: PLR0913 - each is a choice of its own
    path: str | Path | None = None,
    *,
    start: str | None = None,
    rows: int = _DEFAULT.rows,
    budget_ms: float = _DEFAULT.budget_ms,
    stops: bool = _DEFAULT.stops,
    out: Path | None = None,
    branch: str | None = None,
    postgres_url: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> RehearsalResult:
    """Rehearse the revisions between `start` (a revision or `base`; else the one before the head) and the head.

    `path` is an alembic.ini, its folder, the folder of scripts or a revision in it, or a folder of numbered SQL files;
    else what `[tool.colonnade]` names, or this folder. Each table gets so many `rows` before; without any, no code is
    tried with the schemas. A statement of the old code may take `budget_ms` longer than usual while the migration runs.
    Without `stops` it is never stopped in the middle. `out` is a file for the evidence, written whole or not at all.
    `branch` (`PROVIDER:NAME`, or `PROVIDER` for its default branch) is tried as well, on a branch of it that is deleted
    afterwards. Raises InputError for what is no history, or one with several heads, and DatabaseError for a server that
    cannot be used and a start that cannot be reached.
    """
    started = time.perf_counter()
    if out is not None:
        output_folder.check_file_writable(out)
    if branch is not None:
        check_place(branch)
    place = history_place(path, project_settings(Path.cwd()))
    with pending_server(postgres_url) as pending, _history(place) as (runner, route):
        head = route.head()
        begin = _start(start, route)
        steps = route.between([begin], head)
        history = RehearsedHistory(
            runner=runner,
            start=begin,
            head=head,
            plan=plan_digest(steps),
            no_way_back=lambda revision: _unwritten(route.between([revision], head)),
            shown=shown_path,
            roles=frozenset().union(*(roles_made(read_text(Path(step.path))) for step in route.steps)),
        )
        options = RehearsalOptions(rows=rows, budget_ms=budget_ms, stops=stops)
        server = pending.ready()
        with server.temporary_roles(names=history.roles):
            rehearsal = _dated(rehearse(history, server, options=options, progress=progress), steps)
        if branch is not None:
            more = _on_branch(history, branch, progress)
            rehearsal = replace(rehearsal, evidence=(*rehearsal.evidence, *more))
    if out is not None:
        output_folder.write_file(out, rehearsal_document(rehearsal))
    return RehearsalResult(rehearsal=rehearsal, out=out, elapsed_ms=(time.perf_counter() - started) * 1000)


def _on_branch(history: RehearsedHistory, branch: str, progress: Callable[[str], None]) -> tuple[Evidence, ...]:
    with temporary_branch(branch, progress=progress) as dsn, Session(dsn) as session:
        return on_branch(history, session, name=branch, progress=progress)


@contextmanager
def _history(place: Path) -> Iterator[tuple[Runner, Route]]:
    """Lend what runs the history at a place, with its revisions; raises InputError for one that cannot be read."""
    site = history_site(place)
    if site is None:
        route = file_route(place)
        with FileRunner(route, read=read_text) as files:
            yield files, route
        return
    with HistoryRunner(site) as revisions:
        report = revisions.run()
        if report.failure is not None:
            raise failed("the migrations cannot be read", report.failure)
        yield revisions, route_of(report)


def _unwritten(steps: Iterable[Step]) -> str:
    """Return which files of the way back are not there, as far as steps have files of their own for it."""
    paths = [way_back(step) for step in steps if step.path.endswith(FORWARDS)]
    missing = [shown_path(str(path)) for path in paths if not path.is_file()]
    return f"there is no {', '.join(missing)}" if missing else ""


def _start(start: str | None, route: Route) -> str:
    if start is not None:
        return route.named(start)
    before = route.by_name[route.head()].after
    if len(before) > 1:
        raise InputError(
            f'revision "{route.head()}" comes after {len(before)} others', hint="Say with --from where to begin."
        )
    return before[0] if before else BASE


def _dated(rehearsal: Rehearsal, steps: Sequence[Step]) -> Rehearsal:
    """Return the rehearsal with what an applier asks of it: of which files it is, and from when."""
    return replace(
        rehearsal,
        revisions=tuple(
            RehearsedRevision(revision=each.revision, path=shown_path(each.path), digest=each.digest) for each in steps
        ),
        rehearsed_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
