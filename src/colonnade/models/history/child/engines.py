"""Every engine that env.py makes leads to the scratch database, however it is made and whatever it is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy
import sqlalchemy.engine
import sqlalchemy.engine.create
import sqlalchemy.ext.asyncio.engine
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

_KEPT = frozenset(("echo", "execution_options", "isolation_level", "_is_async"))


def lead_engines_to(url: str, *, opening: Iterable[str] = ()) -> None:
    """Let each engine from now on connect to the URL; what env.py would connect to is never reached.

    Every connection begins with the statements of `opening`, which commit.
    """
    original = sqlalchemy.engine.create.create_engine
    host = sqlalchemy.make_url(url)

    def create_engine(_: Any, **options: Any) -> Engine:
        kept = {name: value for name, value in options.items() if name in _KEPT}
        return original(url, poolclass=NullPool, **kept)

    for module in (sqlalchemy, sqlalchemy.engine, sqlalchemy.engine.create):
        module.create_engine = create_engine  # type: ignore[attr-defined]
    sqlalchemy.ext.asyncio.engine._create_engine = create_engine  # type: ignore[attr-defined, assignment] # noqa: SLF001 - no other way

    @event.listens_for(Engine, "do_connect")
    def _refuse_others(_: Any, __: Any, arguments: list[Any], parameters: dict[str, Any]) -> None:
        """Refuse to connect with an engine that was made before, or by other means."""
        wanted = host.database, host.query.get("host", host.host)
        given = parameters.get("dbname", parameters.get("database")), parameters.get("host")
        if arguments or given != wanted:
            msg = "env.py connects to a database of its own"
            raise RuntimeError(msg)

    @event.listens_for(Engine, "connect")
    def _open(connection: Any, _: Any) -> None:
        """Run what every connection begins with."""
        cursor = connection.cursor()
        for statement in opening:
            cursor.execute(statement)
        cursor.close()
        connection.commit()
