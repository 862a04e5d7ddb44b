"""Where migrations are applied: a history and a database, found and opened, with what is demanded of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from colonnade.api.applying.database import direct_session, reached
from colonnade.api.applying.environments import Environment, destination, environment
from colonnade.api.applying.expected import Expectations
from colonnade.api.applying.history import runnable_history
from colonnade.api.applying.runnable import RunnableHistory
from colonnade.api.project import ProjectSettings, project_settings
from colonnade.api.servers import pending_server
from colonnade.errors import InputError
from colonnade.migrate.runs.record import Run
from colonnade.migrate.runs.way import BASE
from colonnade.postgres import Server, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Which database, and which history: a connection string, or an environment of the project that names one.

    `history` is an alembic.ini, its folder, or a folder of SQL files; else what `[tool.colonnade]` says.
    """

    url: str = ""
    environment: str = ""
    history: str | Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A history, the session on the database that it is run on, and how the history should look there."""

    history: RunnableHistory
    session: Session
    wanted: Environment
    expectations: Expectations
    notes: tuple[str, ...]
    progress: Callable[[str], None]

    @property
    def database(self) -> str:
        """How the database is called in texts, without a password."""
        return str(self.session.dsn)

    def current(self, runs: tuple[Run, ...]) -> tuple[str, ...]:
        """Return at which revisions the database stands; raises InputError for one that the history does not know."""
        found = self.history.current(self.session.dsn, runs)
        unknown = [each for each in found if each != BASE and each not in self.history.route.by_name]
        if unknown:
            raise InputError(
                f'the database stands at revision "{unknown[0]}", which is not in this history',
                detail=f"The newest here: {', '.join(self.history.route.heads)}.",
                hint="Use the code with which it was applied, or the history that it belongs to.",
            )
        return found


def history_place(named: str | Path | None, settings: ProjectSettings) -> Path:
    """Return where a history is: what is named, what the project says, or this folder; raises InputError for none."""
    place = Path(named or settings.migrations or ".")
    if not place.exists():
        raise InputError(f'there is no "{place}"', hint="Name an alembic.ini, its folder, or a folder of SQL files.")
    return place


@contextmanager
def opened(at: Destination, postgres_url: str | None, progress: Callable[[str], None]) -> Iterator[Site]:
    """Open a history and a database; a server for scratch databases is started when it is first asked for."""
    settings = project_settings(Path.cwd())
    wanted = environment(at.environment, settings)
    dsn, notes = reached(destination(at.url, wanted, os.environ))
    place = history_place(at.history, settings)
    with ExitStack() as stack:
        history = stack.enter_context(runnable_history(place))
        session = stack.enter_context(direct_session(dsn))

        def server() -> Server:
            return stack.enter_context(pending_server(postgres_url)).ready()

        yield Site(
            history=history,
            session=session,
            wanted=wanted,
            expectations=Expectations(history, server),
            notes=notes,
            progress=progress,
        )
