"""Lint of a thousand migrations without a server: an Alembic history and a folder of SQL files, as whole processes.

Alembic itself, which only prints the history, is measured in turns with them: machines differ more than programs do.
Let everything be compiled, the environment too where PYTHONDONTWRITEBYTECODE is set: python -m compileall -q src

python -m benchmarks.lint_speed [--migrations 1000] [--repeat 5]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ENVIRONMENT = """\
from alembic import context

context.configure(url="postgresql://", literal_binds=True)
with context.begin_transaction():
    context.run_migrations()
"""
REVISION = '''\
"""Table {number}."""

import sqlalchemy as sa
from alembic import op

revision = "{number:04}"
down_revision = {previous}
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "table_{number}",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
    )
    op.create_index("ix_table_{number}_name", "table_{number}", ["name"])
    op.add_column("table_{number}", sa.Column("note", sa.Text()))


def downgrade() -> None:
    op.drop_table("table_{number}")
'''
SCRIPT = """\
CREATE TABLE table_{number} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);
CREATE INDEX ix_table_{number}_name ON table_{number} (name);
ALTER TABLE table_{number} ADD COLUMN note text;
"""


def write_history(folder: Path, migrations: int) -> Path:
    """Write an Alembic history, and return what lint is given."""
    scripts = folder / "migrations"
    (scripts / "versions").mkdir(parents=True)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n", encoding="utf-8")
    (scripts / "env.py").write_text(ENVIRONMENT, encoding="utf-8")
    for number in range(migrations):
        previous = f'"{number - 1:04}"' if number else "None"
        text = REVISION.format(number=number, previous=previous)
        (scripts / "versions" / f"{number:04}_table.py").write_text(text, encoding="utf-8")
    return scripts


def write_scripts(folder: Path, migrations: int) -> Path:
    """Write SQL files, and return what lint is given."""
    folder.mkdir()
    for number in range(migrations):
        (folder / f"{number:04}_table.sql").write_text(SCRIPT.format(number=number), encoding="utf-8")
    return folder


def lint(path: Path) -> list[str]:
    """Return the command that reviews what is at a path."""
    return [sys.executable, "-m", "colonnade.cli", "migrate", "lint", "--offline", str(path)]


def seconds_of(command: list[str]) -> float:
    """Return how long the whole process takes, start and imports included."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Write both kinds, run each command in turn, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--migrations", type=int, default=1000)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        history = Path(place) / "alembic"
        commands = {
            "Alembic revisions": lint(write_history(history, options.migrations)),
            "SQL files": lint(write_scripts(Path(place) / "sql", options.migrations)),
            "Alembic revisions, printed by Alembic": [
                *(sys.executable, "-m", "alembic", "-c", str(history / "alembic.ini"), "upgrade", "head", "--sql")
            ],
        }
        found: dict[str, list[float]] = {kind: [] for kind in commands}
        for _ in range(options.repeat):
            for kind, command in commands.items():
                found[kind].append(seconds_of(command))
    for kind, times in found.items():
        print(f"{options.migrations} {kind}: {statistics.median(times):.2f} s, median of {options.repeat}")


if __name__ == "__main__":
    main()
