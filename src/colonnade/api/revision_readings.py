"""Revisions of an Alembic history as migrations of which only what they would print is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from colonnade.api.lint_options import Options, evidence_given, target
from colonnade.api.texts import read_text, shown_path
from colonnade.errors import InputError
from colonnade.models.history import HistoryFailure, HistoryRevision, HistorySite, RecordedHistory
from colonnade.review import Evidence
from colonnade.review.plan.emitted import statements_up
from colonnade.review.plan.migration import Migration
from colonnade.review.plan.opaque import unread
from colonnade.review.plan.revision import Import, Revision
from colonnade.span import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryReview:
    """A history, the files of it that are reviewed, resolved, and what git says of each before, if anybody asks."""

    site: HistorySite
    reviewed: frozenset[Path]
    released: Callable[[Path], str | None] | None = None

    def shows(self, path: Path) -> bool:
        """Tell whether the revision at a path is reviewed; the disk is asked only where it is spelled otherwise."""
        return path in self.reviewed or path.resolve() in self.reviewed


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A history that was run, and which of its revisions are reviewed: their paths, and the last one of them."""

    wanted: HistoryReview
    history: RecordedHistory
    shown: frozenset[str]
    last: str

    @classmethod
    def of(cls, wanted: HistoryReview, history: RecordedHistory) -> Recorded:
        """Return a history with what of it is wanted."""
        shown = frozenset(each.path for each in history.revisions if wanted.shows(Path(each.path)))
        last = next((each.revision for each in reversed(history.revisions) if each.path in shown), "")
        return cls(wanted=wanted, history=history, shown=shown, last=last)


def revision_readings(wanted: HistoryReview, options: Options) -> Iterator[Migration]:
    """Yield the reviewed revisions with what they would print.

    Raises InputError, with its place, for an environment that cannot be run.
    """
    history = options.histories.record(wanted.site)
    if history.failure is not None:
        raise history_error(history.failure, "the migrations cannot be printed")
    recorded = Recorded.of(wanted, history)
    for revision in history.revisions:
        if revision.path in recorded.shown:
            yield read_revision(revision, recorded, options)


def read_revision(revision: HistoryRevision, recorded: Recorded, options: Options) -> Migration:
    """Return a revision of which only what it would print is known."""
    path = shown_path(revision.path)
    statements = statements_up(revision, path=path, prelude=recorded.history.prelude)
    released = {Evidence.released} if recorded.wanted.released else set()
    unprinted = (
        f"line {revision.failure.line} cannot be printed: {revision.failure.message}" if revision.failure else ""
    )
    return Migration(
        path=path,
        name=revision.revision,
        statements=statements,
        target=target(options, options.configuration.names),
        evidence=frozenset({Evidence.plan, Evidence.source, Evidence.history, *released, *evidence_given(options)}),
        unseen=(*(((Evidence.plan, unprinted),) if unprinted else ()), *unread(statements)),
        revision=_described(revision, recorded, path=path),
    )


def _described(revision: HistoryRevision, recorded: Recorded, *, path: str) -> Revision:
    history, released = recorded.history, recorded.wanted.released
    return Revision(
        revision=revision.revision,
        at=Span(path=path, line=revision.line),
        downgrade_at=Span(path=path, line=revision.downgrade_line),
        heads=history.heads if revision.revision == recorded.last else (),
        imports=tuple(Import(module=each.module, at=Span(path=path, line=each.line)) for each in revision.imports),
        irreversible=revision.irreversible,
        released=released(Path(revision.path)) if released else None,
        source=read_text(Path(revision.path)),
    )


def history_error(failure: HistoryFailure, message: str) -> InputError:
    """Return the error for what a history or a revision raises, with its place."""
    return InputError(
        f"{message}: {failure.message}",
        at=Span(path=shown_path(failure.path), line=failure.line) if failure.path else None,
        detail=failure.detail,
        hint="Mend it, or name what was there before the first revision with --base.",
        sqlstate=failure.sqlstate,
    )
