"""How the engines of trials are made."""

from __future__ import annotations

from typing import Any

from sqlalchemy.pool import NullPool

# Statements are few of a kind, so that preparing them only costs; but every table has its own, which come again in
# another trial and are not compiled once more.
ENGINE_OPTIONS: dict[str, Any] = {
    "poolclass": NullPool,
    "connect_args": {"prepare_threshold": None},
    "query_cache_size": 20_000,
}
