"""`migrate rehearse`: the way of a history to its head, tried there, back and again, and stopped everywhere."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from colonnade.api import output_folder
from colonnade.api.branch_providers import check_place, temporary_branch
from colonnade.api.change_results import RehearsalResult
from colonnade.api.files import shown_path
from colonnade.api.servers import pending_server
from colonnade.errors import InputError
from colonnade.models.history import HistoryRunner, HistorySite, RevisionPlace, RunReport, history_site
from colonnade.postgres import Session
from colonnade.prove.claim import Evidence
from colonnade.prove.rehearsal import RehearsalOptions, RehearsedHistory, on_branch, rehearse
from colonnade.report.rehearsals import rehearsal_document
from colonnade.span import Span

BASE = "base"
"""What comes before the first revision."""

_DEFAULT = RehearsalOptions()


def migrate_rehearse(  # noqa: PLR0913 - each is a choice of its own
    path: str | Path = ".",
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

    `path` is an alembic.ini, its folder, the folder of scripts or a revision in it. Each table gets so many `rows`
    before; without any, no code is tried with the schemas. A statement of the old code may take `budget_ms` longer
    than usual while the migration runs. Without `stops` it is never stopped in the middle. `out` is a file for the
    evidence, written whole or not at all. `branch` (`PROVIDER:NAME`, or `PROVIDER` for its default branch) is tried as
    well, on a branch of it that is deleted afterwards. Raises InputError for what is no history, or one with several
    heads, and DatabaseError for a server that cannot be used and a start that cannot be reached.
    """
    started = time.perf_counter()
    if out is not None:
        output_folder.check_file_writable(out)
    if branch is not None:
        check_place(branch)
    site = history_site(Path(path))
    if site is None:
        raise InputError(f'"{path}" is no Alembic history', hint="Name an alembic.ini or the folder with env.py.")
    with pending_server(postgres_url) as pending, HistoryRunner(site) as runner:
        known = _known(runner.run(), site)
        head = known.heads[0]
        places = {each.revision: each for each in known.revisions}
        begin = _start(start, head, places)
        plan = _digest(begin, known.revisions, places)
        history = RehearsedHistory(runner=runner, start=begin, head=head, plan=plan, shown=shown_path)
        options = RehearsalOptions(rows=rows, budget_ms=budget_ms, stops=stops)
        server = pending.ready()
        with server.temporary_roles():
            rehearsal = rehearse(history, server, options=options, progress=progress)
        if branch is not None:
            more = _on_branch(history, branch, progress)
            rehearsal = replace(rehearsal, evidence=(*rehearsal.evidence, *more))
    if out is not None:
        output_folder.write_file(out, rehearsal_document(rehearsal))
    return RehearsalResult(rehearsal=rehearsal, out=out, elapsed_ms=(time.perf_counter() - started) * 1000)


def _on_branch(history: RehearsedHistory, branch: str, progress: Callable[[str], None]) -> tuple[Evidence, ...]:
    with temporary_branch(branch, progress=progress) as dsn, Session(dsn) as session:
        return on_branch(history, session, name=branch, progress=progress)


def _known(report: RunReport, site: HistorySite) -> RunReport:
    """Return what the history says of itself; raises InputError where it has no single head."""
    if report.failure is not None:
        place = Span(path=shown_path(report.failure.path), line=report.failure.line) if report.failure.path else None
        raise InputError(
            f"the migrations cannot be read: {report.failure.message}",
            at=place,
            detail=report.failure.detail,
            hint="Mend what alembic history says of it.",
        )
    if not report.heads:
        raise InputError(f'"{site.scripts}" has no revision', hint="Write one with alembic revision.")
    if len(report.heads) > 1:
        raise InputError(
            f"the history has {len(report.heads)} heads",
            detail=f"They are {', '.join(report.heads)}.",
            hint="Bring them together with alembic merge heads.",
        )
    return report


def _start(start: str | None, head: str, places: Mapping[str, RevisionPlace]) -> str:
    if start is None:
        before = places[head].down_revisions
        if len(before) > 1:
            raise InputError(
                f'revision "{head}" comes after {len(before)} others', hint="Say with --from where to begin."
            )
        return before[0] if before else BASE
    if start == BASE:
        return BASE
    found = [each for each in places if each.startswith(start)]
    if len(found) != 1:
        raise InputError(
            f'"{start}" is {"the beginning of several revisions" if found else "no revision"}',
            hint=f"Write more of it, or {BASE}."
            if found
            else f"alembic history lists them; {BASE} is before them all.",
        )
    return found[0]


def _digest(start: str, revisions: Sequence[RevisionPlace], places: Mapping[str, RevisionPlace]) -> str:
    """Return a SHA-256 of the revisions that are not part of the way to the start, with what is in their files."""
    passed: set[str] = set()
    waiting = [] if start == BASE else [start]
    while waiting:
        name = waiting.pop()
        if name not in passed:
            passed.add(name)
            waiting += places[name].down_revisions
    digest = hashlib.sha256()
    for each in revisions:
        if each.revision not in passed:
            digest.update(each.revision.encode() + b"\0" + Path(each.path).read_bytes() + b"\0")
    return digest.hexdigest()
