"""Alembic environments written into a folder, revision by revision."""

from __future__ import annotations

from pathlib import Path

INI = "[alembic]\nscript_location = %(here)s/migrations\nprepend_sys_path = .\n"
ENV = """
from alembic import context
from sqlalchemy import create_engine

URL = "postgresql+psycopg://nobody@production.invalid/app"

if context.is_offline_mode():
    context.configure(url=URL, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(URL, connect_args={"connect_timeout": 1}).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
"""
ASYNC_ENV = """
import asyncio

from alembic import context
from sqlalchemy.ext.asyncio import async_engine_from_config
from sqlalchemy import pool


def run(connection):
    connection.exec_driver_sql("SET lock_timeout = '2s'")
    connection.commit()
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


async def main():
    settings = {"sqlalchemy.url": "postgresql+asyncpg://nobody@production.invalid/app"}
    engine = async_engine_from_config(settings, prefix="sqlalchemy.", poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


asyncio.run(main())
"""
HEAD = '''"""{name}"""

import sqlalchemy as sa
from alembic import op

revision = "{name}"
down_revision = {down!r}
'''
NOTHING_BACK = "\n\ndef downgrade():\n    pass\n"


class Project:
    """A folder with an Alembic environment; each revision follows the one before it."""

    def __init__(self, folder: Path, *, env: str = ENV) -> None:
        """Write the environment."""
        self.folder = folder
        self.versions = folder / "migrations" / "versions"
        self.versions.mkdir(parents=True)
        (folder / "alembic.ini").write_text(INI, encoding="utf-8")
        (folder / "migrations" / "env.py").write_text(env, encoding="utf-8")
        self._last: str | None = None

    def add(self, name: str, body: str, *, down: str | None = None) -> Path:
        """Write a revision and return its file; `body` follows the head of the file."""
        path = self.versions / f"{name}.py"
        path.write_text(HEAD.format(name=name, down=down or self._last) + body, encoding="utf-8")
        self._last = name
        return path


def line_of(path: Path, text: str) -> int:
    """Return the line of a file that holds a text, counted from 1."""
    return next(
        number for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1) if text in line
    )
