"""Settings that end with their transaction, so that a pooler never hands them to somebody else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from sqlalchemy import TextClause, text
from sqlalchemy.engine import Connection

from colonnade.errors import InputError

_NAME = re.compile(r"[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*", re.IGNORECASE)
PREFIX = "colonnade."
"""What the settings begin with that policies of a design read: `colonnade.user_id`, `colonnade.tenant_id`."""


def set_locally(connection: Connection, settings: Mapping[str, str]) -> None:
    """Make settings that end with the open transaction, in one round trip; raises InputError for what is no name."""
    connection.execute(
        statement(tuple(settings)), {f"v{number}": value for number, value in enumerate(settings.values())}
    )


@lru_cache(maxsize=256)
def statement(names: tuple[str, ...]) -> TextClause:
    """Return one SELECT that sets them all, with parameters v0, v1, …; made once: reading it takes time."""
    for name in names:
        if not _NAME.fullmatch(name):
            raise InputError(f'"{name}" is no name of a setting', hint="Write statement_timeout or colonnade.user_id.")
    calls = (f"set_config('{name}', :v{number}, true)" for number, name in enumerate(names))
    return text(f"SELECT {', '.join(calls)}")
