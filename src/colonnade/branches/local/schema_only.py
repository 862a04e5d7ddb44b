"""A database with the tables and statistics of another one and none of its rows, which plans as that one does."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from colonnade.branches.local.home import Home
from colonnade.dsn import Dsn
from colonnade.errors import DatabaseError, StatementError
from colonnade.postgres import Session
from colonnade.postgres.scale import DatabaseStatistics, RelationStatistics, export_statistics, restore_statistics
from colonnade.postgres.scale.files import RelationFile

# A page of zeros is one that was added and never written: the server passes over it in a table and may take it in a
# B-tree. Of other indexes the size stays what it is.
_FILES = """
SELECT n.nspname, c.relname, (pg_relation_size(c.oid) / current_setting('block_size')::int)::bigint AS blocks,
  pg_relation_filepath(c.oid) AS path
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am a ON a.oid = c.relam
WHERE (c.relkind IN ('r', 'm') OR (c.relkind = 'i' AND a.amname = 'btree')) AND c.relpersistence = 'p'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
"""
_TO_PSQL = re.compile(r"^\\(?:un)?restrict \w+$\n?", re.MULTILINE)


def copy_schema(home: Home, source: Dsn, target: str) -> None:
    """Fill the new, empty database `target` of our server with what another one has besides rows."""
    script, statistics = _read(home, source)
    with home.connect(target) as session:
        _build(session, script)
    with ThreadPoolExecutor(1) as beside, home.connect(target) as session, home.connect(target) as other:
        sized = beside.submit(_size, other, home.data_folder, statistics.relations)
        with session.transaction():
            restore_statistics(session, statistics)
        sized.result()


def _read(home: Home, source: Dsn) -> tuple[str, DatabaseStatistics]:
    """Return the DDL of a database and its statistics as of one moment, each read while the other is."""
    with ThreadPoolExecutor(1) as beside, Session(source) as session, session.transaction():
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = str(session.value("SELECT pg_export_snapshot()"))
        dumped = beside.submit(_dump, home, source, "--schema-only", f"--snapshot={snapshot}")
        statistics = export_statistics(session, ranges=False)
        return dumped.result(), statistics


def _build(session: Session, script: str) -> None:
    try:
        session.execute_all([script])  # thousands of statements in one message: each by itself waits for its answer
    except StatementError as problem:
        raise DatabaseError(
            "the schema cannot be copied",
            detail=f"{problem.message}. {problem.detail}".strip(),
            hint="It must stand by itself on this server: the same extensions and roles.",
            sqlstate=problem.sqlstate,
        ) from problem


def dump_schema(home: Home, source: Dsn) -> str:
    """Return the DDL of a database as pg_dump writes it."""
    return _dump(home, source, "--schema-only", "--no-owner")


def _dump(home: Home, source: Dsn, *options: str) -> str:
    """Return what pg_dump writes, without its commands to psql, which differ each time."""
    made = subprocess.run(  # noqa: S603 - our own binary, no shell
        [str(home.binaries() / "pg_dump"), *options],
        capture_output=True,
        text=True,
        check=False,
        env=_environment(source),
    )
    if made.returncode:
        raise DatabaseError("the schema cannot be dumped", detail=made.stderr.strip())
    return _TO_PSQL.sub("", made.stdout)


def _environment(dsn: Dsn) -> dict[str, str]:
    """Return the environment in which libpq's programs find a database: no password on a command line."""
    parts = {
        "PGHOST": dsn.host,
        "PGPORT": dsn.port,
        "PGUSER": dsn.user,
        "PGPASSWORD": dsn.password,
        "PGDATABASE": dsn.database,
        **{f"PG{name.upper()}": value for name, value in dsn.options},
    }
    return {**os.environ, **{name: value for name, value in parts.items() if value}}


def _size(session: Session, data_folder: Path, relations: Sequence[RelationStatistics]) -> None:
    """Give the files of empty relations the lengths of the true ones, without writing anything."""
    true = {(each.namespace, each.name): each.blocks for each in relations}
    session.execute("CHECKPOINT")  # what the server has of them in memory is on the disk now, and stays as it is
    for row in session.rows(_FILES):
        blocks = true.get((row["nspname"], row["relname"]), 0)
        if blocks > row["blocks"]:
            RelationFile(data_folder / row["path"], checksums=False).write(blocks=blocks)
