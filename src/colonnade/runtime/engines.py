"""Engines for any Postgres, and for Neon as Neon wants it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool

from colonnade.dsn import Dsn
from colonnade.errors import InputError
from colonnade.runtime.acquisition import connect_patiently
from colonnade.runtime.arguments import Driver, asyncpg_arguments, checked, psycopg_arguments
from colonnade.runtime.binding import set_locally, statement
from colonnade.runtime.compute import Compute
from colonnade.runtime.observing import OBSERVER, Observer
from colonnade.runtime.retry import Retry
from colonnade.runtime.tracking import track

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

Purpose = Literal["app", "job", "session", "ddl"]
_DRIVERS = {"psycopg": "psycopg", "psycopg_async": "psycopg", "asyncpg": "asyncpg"}
_SETTING_OPTION = re.compile(r"(?:^|\s)(?:-c|--)\s*[a-z_]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connecting:
    """How an engine connects.

    `purpose`: an *app* has a pool behind the pooler, a *job* (one shot, serverless function) no pool of its own, a
    *session* keeps state that a pooler would lose (LISTEN, advisory locks), *ddl* is for migrations; these two go to
    the server directly. On Neon a URL of the other kind is refused, or converted where `convert` says so.
    `through_pooler` tells of a transaction pooler that is not Neon's. `settings` hold in every transaction.
    """

    purpose: Purpose = "app"
    through_pooler: bool | None = None
    convert: bool = False
    compute: Compute = field(default_factory=Compute)
    retry: Retry = field(default_factory=Retry)
    settings: Mapping[str, str] = field(default_factory=dict)
    observer: Observer = OBSERVER


def engine(url: str | Dsn, *, connecting: Connecting | None = None, **options: Any) -> Engine:
    """Return an engine over psycopg; `options` go to SQLAlchemy's `create_engine` and win.

    Raises InputError for a URL that is not Postgres', has unknown parameters, or does not fit the purpose.
    """
    wanted = connecting or Connecting()
    target = _target(url, wanted, driver="psycopg")
    made = create_engine(_shown(target, "psycopg"), **_arguments(target, wanted, "psycopg", options))
    return _prepared(made, wanted)


def async_engine(
    url: str | Dsn, *, driver: Driver = "psycopg", connecting: Connecting | None = None, **options: Any
) -> AsyncEngine:
    """Return an engine for asyncio over psycopg or asyncpg; otherwise like `engine`. Needs `colonnade[async]`."""
    from sqlalchemy.ext.asyncio import create_async_engine

    wanted = connecting or Connecting()
    target = _target(url, wanted, driver=driver)
    made = create_async_engine(_shown(target, driver), **_arguments(target, wanted, driver, options))
    _prepared(made.sync_engine, wanted)
    return made


def _target(url: str | Dsn, wanted: Connecting, *, driver: Driver) -> Dsn:
    """Return where to connect to."""
    if isinstance(url, str):
        named = re.match(r"\w+\+(\w+)://", url.strip())
        if named and _DRIVERS.get(named[1]) != driver:
            raise InputError(
                f'the URL names the driver "{named[1]}", and this engine uses {driver}',
                hint="Leave the driver out of the URL, or name it with driver=.",
            )
    dsn = url if isinstance(url, Dsn) else Dsn.parse(url)
    dsn = checked(_fitting(dsn, wanted))
    if _pooled(dsn, wanted) and _SETTING_OPTION.search(dsn.option("options")):
        raise InputError(
            "settings in the URL's options do not pass a pooler",
            detail="PgBouncer refuses them as an unsupported startup parameter.",
            hint="Hand them over as settings=, which are set in each transaction, or ALTER ROLE … SET them.",
        )
    return dsn


def _fitting(dsn: Dsn, wanted: Connecting) -> Dsn:
    """Return the connection string for a purpose: the pooler keeps no session, the server few connections."""
    pooled = _pooled(dsn, wanted)
    direct_only = wanted.purpose in {"ddl", "session"}
    if direct_only and pooled:
        if wanted.convert and dsn.pooled:
            return dsn.direct()
        raise InputError(
            f'"{wanted.purpose}" cannot go through a transaction pooler',
            detail="Locks, settings and prepared statements of a session are lost or left to somebody else there.",
            hint=f"Use the direct host: {dsn.direct().host}" if dsn.pooled else "Use the server's own address.",
        )
    if not direct_only and dsn.neon and not pooled:
        if wanted.convert:
            return dsn.through_pooler()
        raise InputError(
            f'"{wanted.purpose}" goes through the pooler on Neon',
            detail="A compute accepts few direct connections: about 100 in its smallest size.",
            hint=f'Use the pooled host: {dsn.through_pooler().host}, or purpose="session" for what needs a session.',
        )
    return dsn


def _pooled(dsn: Dsn, wanted: Connecting) -> bool:
    return dsn.pooled if wanted.through_pooler is None else wanted.through_pooler


def _shown(dsn: Dsn, driver: Driver) -> URL:
    """Return the URL that the engine shows; what it connects with stands in the arguments."""
    plain = "," not in dsn.host and not dsn.host.startswith(("/", "@"))
    return URL.create(
        f"postgresql+{driver}",
        username=dsn.user or None,
        host=(dsn.host or None) if plain else None,
        port=int(dsn.port) if plain and dsn.port else None,
        database=dsn.database or None,
    )


def _arguments(dsn: Dsn, wanted: Connecting, driver: Driver, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `create_engine`."""
    arguments = asyncpg_arguments if driver == "asyncpg" else psycopg_arguments
    connect = {**arguments(dsn, through_pooler=_pooled(dsn, wanted)), **options.get("connect_args", {})}
    pool: dict[str, Any] = {}
    if "poolclass" not in options:
        pool = wanted.compute.pool_options() if wanted.purpose == "app" else {"poolclass": NullPool}
    return {**pool, **options, "connect_args": connect}


def _prepared(made: Engine, wanted: Connecting) -> Engine:
    connect_patiently(made, wanted.retry, wanted.observer)
    track(made)
    if wanted.settings:
        settings = dict(wanted.settings)
        statement(tuple(settings))  # a name of another form is told at once

        def settle(connection: Connection) -> None:
            set_locally(connection, settings)

        event.listen(made, "begin", settle)
    return made
