"""How long local branches take: against `cp` of the same files, and of a schema of a thousand tables.

`python benchmarks/branches.py [FOLDER] [GIGABYTES]` makes a home in the folder (a temporary one by default), fills its
default branch, and prints medians of pairs: a branch, then `cp -r` of the files of its parent. Then it makes a
schema-only branch of a database with 1,000 tables, 1,000 indexes and their statistics.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from colonnade.branches import NewBranch, Target
from colonnade.branches.local import Home, LocalProvider
from colonnade.postgres import Session

_PAIRS = 5
_TABLES = 1000
_ROWS_PER_GIGABYTE = 1_070_000  # of 1 kB


def main() -> None:
    """Print the figures, and delete everything."""
    parent = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.gettempdir())
    gigabytes = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    folder = Path(tempfile.mkdtemp(prefix="colonnade-bench-", dir=parent))
    folder.chmod(0o711)
    home = Home(folder)
    try:
        local = LocalProvider(home, clock=lambda: datetime.now(UTC))
        _against_cp(local, home, gigabytes)
        _schema_only(local)
    finally:
        home.stop()
        shutil.rmtree(folder)


def _against_cp(local: LocalProvider, home: Home, gigabytes: float) -> None:
    with Session(local.url("main", Target())) as session:
        session.execute("CREATE TABLE filler AS SELECT 1 AS n, repeat('x', 1) AS filling LIMIT 0")
        session.execute(
            "INSERT INTO filler SELECT n, repeat(md5(n::text), 30) FROM generate_series(1, %s) n",
            (int(_ROWS_PER_GIGABYTE * gigabytes),),
        )
    with home.connect() as session:
        session.execute("CHECKPOINT")
        oid, size = session.execute("SELECT oid, pg_database_size(oid) FROM pg_database WHERE datname = 'neondb'")[0]
    files, copy = home.data_folder / "base" / str(oid), home.folder / "copy"
    pairs = []
    for _ in range(_PAIRS):
        ours = _seconds(lambda: local.create(NewBranch(name="copy")))
        theirs = _seconds(lambda: subprocess.run(["cp", "-r", files, copy], check=True))
        pairs.append((ours, theirs))
        local.delete("copy")
        shutil.rmtree(copy)
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"{size / 1e9:.2f} GB: branch {ours:.2f} s, cp {theirs:.2f} s, ratio {ratio:.2f}")


def _schema_only(local: LocalProvider) -> None:
    with Session(local.url("main", Target())) as session:
        session.execute("DROP TABLE filler")
        for number in range(_TABLES):
            session.execute_all(
                [
                    f"CREATE TABLE t{number} (id bigint PRIMARY KEY, other_id bigint, name text, at timestamptz)",
                    f"INSERT INTO t{number} SELECT n, n % 10, 'n' || n, now() FROM generate_series(1, 50) n",
                ]
            )
            if number:
                session.execute(f"ALTER TABLE t{number} ADD FOREIGN KEY (other_id) REFERENCES t{number - 1} NOT VALID")
        session.execute("ANALYZE")
    names = [f"schema{number}" for number in range(_PAIRS)]
    times = [_seconds(partial(local.create, NewBranch(name=name, content="schema-only"))) for name in names]
    for name in names:  # not in between: ext4 passes over thousands of inodes that have just been freed, for minutes
        local.delete(name)
    print(f"schema-only with statistics, {_TABLES} tables: {statistics.median(times):.2f} s")


def _seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
