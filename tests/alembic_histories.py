"""Alembic histories for tests: an environment as people have it, and revisions from what they run."""

from __future__ import annotations

from pathlib import Path

_ENV = """
from alembic import context
from sqlalchemy import create_engine

engine = create_engine(context.config.get_main_option("sqlalchemy.url"))
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
_INI = "[alembic]\nscript_location = migrations\nsqlalchemy.url = postgresql+psycopg://nowhere.invalid/app\n"


def history(folder: Path, *revisions: tuple[str, str]) -> Path:
    """Write a history, each revision with the bodies of its two functions, and return its alembic.ini."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "migrations" / "env.py").write_text(_ENV, encoding="utf-8")
    (folder / "alembic.ini").write_text(_INI, encoding="utf-8")
    for number, (up, down) in enumerate(revisions, start=1):
        write_revision(versions, f"r{number}", f"r{number - 1}" if number > 1 else None, up, down)
    return folder / "alembic.ini"


def write_revision(versions: Path, name: str, after: str | None, up: str, down: str) -> None:
    """Write one revision."""
    lines = ["from alembic import op", "", f'revision = "{name}"', f"down_revision = {after!r}", ""]
    for function, body in (("upgrade", up), ("downgrade", down)):
        lines += ["", f"def {function}():", *(f"    {line}" for line in (body or "pass").splitlines())]
    (versions / f"{name}.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
