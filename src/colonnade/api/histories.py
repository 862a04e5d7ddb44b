"""Histories of migrations that are gone through and added to: Alembic's revisions, and numbered SQL files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from colonnade.api.output_folder import write_file
from colonnade.api.texts import read_text
from colonnade.dsn import Dsn
from colonnade.errors import InputError, OutputError, StatementError
from colonnade.migrate.files import file_steps
from colonnade.migrate.psql import psql_script, run_psql_script
from colonnade.migrate.revision import revision_text
from colonnade.migrate.runs.way import BACKWARDS, FORWARDS
from colonnade.migrate.stage import Revision
from colonnade.models.history import HistoryFailure, HistorySite, history_site, record_history
from colonnade.models.history.environment import ENVIRONMENT_FILES
from colonnade.models.history.writing import write_revision
from colonnade.postgres import Session
from colonnade.span import Span
from colonnade.sql.identifier import snake

_LONGEST = 40


class History(Protocol):
    """A history of migrations."""

    def replay(self, session: Session) -> None:
        """Run it on an empty scratch database; raises InputError, with its place, for what cannot be run."""

    def write(self, revisions: Sequence[Revision]) -> tuple[Path, ...]:
        """Add what takes it on, one after the other, and return the files that are new; all of them or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlembicHistory:
    """The history of an Alembic environment, which is made in the `folder` where there is no `site` yet."""

    folder: Path
    site: HistorySite | None

    @classmethod
    def at(cls, place: Path) -> Self:
        """Return the history that a path is part of: a project, an alembic.ini, a folder of scripts."""
        if not place.exists():
            raise InputError(f'there is no "{place}"', hint="Name an alembic.ini, or the folder that holds it.")
        folder = place.parent if place.is_file() else place
        if (folder / "alembic.ini").exists() and history_site(folder) is None:
            raise InputError(
                "alembic.ini names no folder of scripts",
                at=Span(path=str(folder / "alembic.ini")),
                hint="Let script_location name the folder that holds env.py.",
            )
        return cls(folder=folder, site=history_site(place))

    def replay(self, session: Session) -> None:
        """Run the revisions by their own environment, whose connections lead to the scratch database."""
        if self.site is None:
            return
        history = record_history(self.site, url=Dsn.parse(session.url).sqlalchemy_url())
        if history.failure is not None:
            raise _error(history.failure, "the history cannot be run")
        for revision in history.revisions:
            if revision.failure is not None:
                raise _error(revision.failure, f'revision "{revision.revision}" cannot be run')
        if len(history.heads) > 1:
            raise InputError(
                "the history has several heads",
                at=Span(path=str(self.site.configuration or self.site.scripts)),
                detail=f"They are {', '.join(sorted(history.heads))}.",
                hint="Merge them first: alembic merge heads -m merge",
            )

    def write(self, revisions: Sequence[Revision]) -> tuple[Path, ...]:
        """Add revisions, each after the one before, and the environment if there is none."""
        made = [] if self.site else _make_environment(self.folder)
        try:
            site = self.site or history_site(self.folder)
            assert site is not None  # noqa: S101 - it was just made
            for each in revisions:
                made.append(write_revision(site, revision_text(each.up, each.down), message=each.message))
            return tuple(made)
        except BaseException:
            for path in made:
                path.unlink(missing_ok=True)
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlHistory:
    """A folder of files for psql: `0001_message.up.sql`, and `.down.sql` for the way back."""

    folder: Path

    @classmethod
    def at(cls, place: Path) -> Self:
        """Return the history of a folder, which need not be there yet."""
        if place.is_file():
            raise InputError(f'"{place}" is not a folder', hint="Name the folder of the SQL files.")
        return cls(folder=place)

    def replay(self, session: Session) -> None:
        """Run the files in their order."""
        for step in file_steps(self.folder):
            try:
                run_psql_script(session, read_text(Path(step.path)), path=step.path)
            except StatementError as problem:
                raise InputError(
                    problem.message,
                    at=problem.at or Span(path=step.path),
                    detail=problem.detail,
                    hint="The files of the history must run one after the other in an empty database.",
                    sqlstate=problem.sqlstate,
                ) from problem

    def write(self, revisions: Sequence[Revision]) -> tuple[Path, ...]:
        """Add files for each way."""
        numbers = (int(step.revision.partition("_")[0]) for step in file_steps(self.folder))
        first = max(numbers, default=0) + 1
        texts: dict[Path, str] = {}
        for number, each in enumerate(revisions, first):
            stem = f"{number:04}_{snake(each.message)[:_LONGEST].rstrip('_')}"
            texts[self.folder / f"{stem}{FORWARDS}"] = psql_script(each.up, heading=[each.message])
            texts[self.folder / f"{stem}{BACKWARDS}"] = psql_script(each.down, heading=[f"Back from: {each.message}"])
        return _written(texts, self.folder)


def _make_environment(folder: Path) -> list[Path]:
    texts = {folder / name: text for name, text in ENVIRONMENT_FILES.items()}
    return list(_written(texts, folder / "migrations" / "versions"))


def _written(texts: dict[Path, str], folder: Path) -> tuple[Path, ...]:
    """Write new files, all of them or none, after making a folder for them."""
    taken = [path for path in texts if path.exists()]
    if taken:
        raise OutputError(f'there is a "{taken[0]}" already', hint="Move it away, or name another folder.")
    begun: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            begun.append(path)  # before it is there: a signal may come at any time
            write_file(path, text)
    except BaseException as problem:
        for path in begun:
            path.unlink(missing_ok=True)
        if isinstance(problem, OSError):
            raise OutputError(
                f'cannot write to "{folder}"', detail=f"{problem.strerror or problem}.", hint="Mend its permissions."
            ) from problem
        raise
    return tuple(texts)


def _error(failure: HistoryFailure, message: str) -> InputError:
    return InputError(
        f"{message}: {failure.message}",
        at=Span(path=failure.path, line=failure.line) if failure.path else None,
        detail=failure.detail,
        hint="Mend it: the whole history must run by itself in an empty database.",
        sqlstate=failure.sqlstate,
    )
