"""Every engine that env.py makes leads to the scratch database, however it is made and whatever it is told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy
import sqlalchemy.engine
import sqlalchemy.engine.create
import sqlalchemy.ext.asyncio.engine
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

_SPECIAL, _ESCAPED = re.compile(r"([\\\s])"), r"\\\1"
_ROLE = re.compile(r"(?:-c\s*|--)(?:role|session_authorization)=\S*")
_KEPT = frozenset(("echo", "execution_options", "isolation_level", "_is_async"))


def lead_engines_to(url: str, *, opening: Iterable[str] = ()) -> None:
    """Let each engine from now on connect to the URL; what env.py would connect to is never reached.

    Every connection begins with the statements of `opening`, which commit. The settings that env.py gives a session
    with `connect_args` are kept, since a `search_path` says where tables are made; how and as whom it connects is not.
    """
    original = sqlalchemy.engine.create.create_engine
    host = sqlalchemy.make_url(url)

    def create_engine(_: Any, **options: Any) -> Engine:
        kept = {name: value for name, value in options.items() if name in _KEPT}
        settings = _settings(options.get("connect_args", {}))
        given = " ".join((str(host.query.get("options", "")), *settings)).strip()
        return original(url, poolclass=NullPool, connect_args={"options": given} if given else {}, **kept)

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


def _settings(arguments: Mapping[str, Any]) -> list[str]:
    """Return the settings of a session as options of libpq, whichever driver they were meant for."""
    of_libpq, of_asyncpg = arguments.get("options"), arguments.get("server_settings") or {}
    named = (f"-c {name}={_SPECIAL.sub(_ESCAPED, str(value))}" for name, value in of_asyncpg.items())
    return [_ROLE.sub("", each) for each in (str(of_libpq or ""), *named)]
