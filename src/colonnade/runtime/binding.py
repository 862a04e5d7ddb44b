"""Settings that end with their transaction, so that a pooler never hands them to somebody else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from colonnade.errors import InputError

_NAME = re.compile(r"[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*", re.IGNORECASE)
PREFIX = "colonnade."
"""What the settings begin with that policies of a design read: `colonnade.user_id`, `colonnade.tenant_id`."""


@lru_cache(maxsize=256)
def set_locally(names: Sequence[str]) -> str:
    """Return one SELECT that sets them all, with parameters v0, v1, …; raises InputError for a name of another form."""
    for name in names:
        if not _NAME.fullmatch(name):
            raise InputError(f'"{name}" is no name of a setting', hint="Write statement_timeout or colonnade.user_id.")
    calls = (f"set_config('{name}', :v{number}, true)" for number, name in enumerate(names))
    return f"SELECT {', '.join(calls)}"
