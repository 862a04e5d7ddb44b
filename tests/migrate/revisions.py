"""A revision in an environment of its own, run by Alembic in this process, and ended in the middle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from colonnade.migrate.revision import revision_text
from colonnade.migrate.stage import Plan
from colonnade.models.history import history_site
from colonnade.models.history.environment import ENVIRONMENT_FILES
from colonnade.models.history.writing import write_revision
from colonnade.postgres import Session

_ENVIRONMENT = """
from alembic import context

with context.config.attributes["engine"].connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
# What only looks, or frames what does something.
_IDLE = ("SELECT", "SHOW", "SET", "BEGIN", "COMMIT", "RESET")


class Revision:
    """A revision for two plans, first in its history."""

    def __init__(self, folder: Path, up: Plan, down: Plan) -> None:
        """Write the environment and the revision."""
        (folder / "migrations" / "versions").mkdir(parents=True)
        for name, text in {**ENVIRONMENT_FILES, "migrations/env.py": _ENVIRONMENT}.items():
            (folder / name).write_text(text, encoding="utf-8")
        site = history_site(folder)
        assert site is not None
        self.path = write_revision(site, revision_text(up, down), message="a change")
        self._folder = folder

    def upgrade(self, session: Session) -> int:
        """Run it forwards on the session's database; return how many statements did something."""
        return self._run(command.upgrade, session, "head", ends_after=None)

    def downgrade(self, session: Session) -> int:
        """Run it backwards."""
        return self._run(command.downgrade, session, "base", ends_after=None)

    def upgrade_until(self, session: Session, statement: int) -> bool:
        """Run it forwards until its backend is ended after so many statements; tell whether there were so many."""
        try:
            self._run(command.upgrade, session, "head", ends_after=statement)
        except SQLAlchemyError:
            return True
        return False

    def _run(self, run: Any, session: Session, target: str, *, ends_after: int | None) -> int:
        engine = sa.create_engine(session.dsn.sqlalchemy_url(), poolclass=NullPool)
        count = 0

        @sa.event.listens_for(engine, "after_cursor_execute")
        def executed(connection: sa.Connection, _cursor: Any, sql: str, *_: Any) -> None:
            nonlocal count
            if not sql.lstrip().startswith(_IDLE) and "alembic_version" not in sql:
                count += 1
                if count == ends_after:
                    connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

        configuration = Config(str(self._folder / "alembic.ini"), attributes={"engine": engine})
        run(configuration, target)
        return count
