"""A database with the tables and statistics of another one and none of its rows, which plans as that one does."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from colonnade.branches.local.home import Home
from colonnade.dsn import Dsn
from colonnade.errors import DatabaseError, StatementError
from colonnade.postgres import Session
from colonnade.postgres.scale.files import RelationFile

# A page of zeros is one that was added and never written: the server passes over it in a table and may take it in a
# B-tree. Of other indexes the size stays what it is.
_SIZES = """
SELECT n.nspname, c.relname, (pg_relation_size(c.oid) / current_setting('block_size')::int)::bigint AS blocks,
  pg_relation_filepath(c.oid) AS path
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am a ON a.oid = c.relam
WHERE (c.relkind IN ('r', 'm') OR (c.relkind = 'i' AND a.amname = 'btree')) AND c.relpersistence = 'p'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
"""
_TO_PSQL = re.compile(r"^\\(?:un)?restrict \w+$\n?", re.MULTILINE)


def copy_schema(home: Home, source: Dsn, target: str) -> None:
    """Fill the new, empty database `target` of our server with what another one has besides rows."""
    script = _dump(home, source, "--no-data", "--statistics")
    with home.connect(target) as session:
        try:
            session.execute_all([script])  # ten thousand statements in one message: each by itself waits for its answer
        except StatementError as problem:
            raise DatabaseError(
                "the schema cannot be copied",
                detail=f"{problem.message}. {problem.detail}".strip(),
                hint="It must stand by itself on this server: the same extensions and roles.",
                sqlstate=problem.sqlstate,
            ) from problem
        with Session(source) as original:
            _size(session, home.data_folder, _sizes(original))


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


def _sizes(original: Session) -> dict[tuple[str, str], int]:
    return {(row["nspname"], row["relname"]): row["blocks"] for row in original.rows(_SIZES)}


def _size(session: Session, data_folder: Path, sizes: dict[tuple[str, str], int]) -> None:
    """Give the files of empty relations the lengths of the true ones, without writing anything."""
    session.execute("CHECKPOINT")  # what the server has of them in memory is on the disk now, and stays as it is
    for row in session.rows(_SIZES):
        blocks = sizes.get((row["nspname"], row["relname"]), 0)
        if blocks > row["blocks"]:
            RelationFile(data_folder / row["path"], checksums=False).write(blocks=blocks)
