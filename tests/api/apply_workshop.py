"""Histories that are applied to scratch databases, as a user would."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alembic_workshop import Project
from colonnade.api import Consent, Destination, migrate_apply, migrate_down, migrate_status
from colonnade.api.change_results import ApplyResult, StatusResult
from colonnade.migrate.runs.record import Run
from colonnade.migrate.runs.table import RunTable
from colonnade.postgres import Server, Session

FIRST = (
    'op.execute("CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL)")',
    'op.execute("DROP TABLE users")',
)
SECOND = (
    'op.execute("ALTER TABLE users ADD COLUMN name text")',
    'op.execute("ALTER TABLE users DROP COLUMN name")',
)
# Two statements that commit by themselves, each of which asks whether it is done.
STAGED = (
    """with op.get_context().autocommit_block():
    op.execute("ALTER TABLE users ADD COLUMN IF NOT EXISTS name text")
    op.execute("DROP INDEX IF EXISTS ix_users_name")
    op.execute("CREATE INDEX CONCURRENTLY ix_users_name ON users (name)")""",
    """op.execute("DROP INDEX ix_users_name")
op.execute("ALTER TABLE users DROP COLUMN name")""",
)


def functions(up: str, down: str) -> str:
    """Return the two functions of a revision, each with its body."""
    return "".join(
        f"\n\ndef {name}():\n" + "".join(f"    {line}\n" for line in (body or "pass").splitlines())
        for name, body in (("upgrade", up), ("downgrade", down))
    )


@dataclass
class Workshop:
    """A database, and a history beside it."""

    server: Server
    session: Session
    folder: Path
    project: Project = field(init=False)

    def __post_init__(self) -> None:
        """Make an environment without revisions."""
        self.project = Project(self.folder)

    def add(self, name: str, up: str, down: str = "", *, after: str | None = None) -> Path:
        """Add a revision."""
        return self.project.add(name, functions(up, down), down=after)

    @property
    def destination(self) -> Destination:
        """The database and the history."""
        return Destination(url=self.session.dsn.url, history=self.folder)

    def apply(self, revision: str | None = None, *, wait: float = 10, dry: bool = False, **consent: Any) -> ApplyResult:
        """Apply."""
        return migrate_apply(
            revision,
            at=self.destination,
            consent=Consent(**consent),
            dry_run=dry,
            wait_seconds=wait,
            postgres_url=self.server.dsn.url,
        )

    def down(self, revision: str | None = None, *, dry: bool = False, **consent: Any) -> ApplyResult:
        """Go back."""
        return migrate_down(
            revision,
            at=self.destination,
            consent=Consent(**consent),
            dry_run=dry,
            postgres_url=self.server.dsn.url,
        )

    def status(self) -> StatusResult:
        """Tell where the database stands."""
        return migrate_status(at=self.destination, postgres_url=self.server.dsn.url)

    @property
    def runs(self) -> tuple[Run, ...]:
        """The recorded runs."""
        return RunTable(self.session).runs()

    @property
    def version(self) -> str | None:
        """What Alembic has recorded."""
        found = self.session.value("SELECT to_regclass('alembic_version') IS NOT NULL")
        return str(self.session.value("SELECT version_num FROM alembic_version")) if found else None

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the command line."""
        place = ["--url", self.session.dsn.url, "--history", str(self.folder)]
        return subprocess.Popen(
            [sys.executable, "-m", "colonnade.cli", "migrate", *arguments, *place],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"COLONNADE_POSTGRES_URL": self.server.dsn.url, "PATH": "/usr/bin:/bin"},
        )
