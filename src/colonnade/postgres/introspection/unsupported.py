"""What exists in a database and cannot be said in a `Schema`."""

from __future__ import annotations

from collections.abc import Collection
from importlib.resources import files

from colonnade.postgres.session import Session


def read_unsupported(session: Session, namespaces: Collection[str]) -> tuple[str, ...]:
    """Return one phrase for each thing that a schema cannot say, sorted."""
    query = _text("unsupported.sql")
    if session.server_version >= 180000:
        query += _text("unsupported_18.sql")
    return tuple(sorted({note for (note,) in session.execute(query, {"namespaces": list(namespaces)})}))


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
