"""Sessions that know their engines: the primary, its replicas, and whether writes need a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session as AnySession
from sqlalchemy.orm import sessionmaker
from sqlmodel import Session

from colonnade.runtime.observing import OBSERVER, Observer
from colonnade.runtime.tracking import STRICT, track

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker
    from sqlmodel.ext.asyncio.session import AsyncSession

_POLICY = "colonnade_policy"
_ROUTE = "colonnade_route"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What holds for the sessions of a factory.

    `strict`: what is not in a transaction of ours runs READ ONLY, so that the server refuses every write, also one that
    a function makes. `replica_wait_seconds` is how long a replica is waited for before the primary is read.
    """

    strict: bool = True
    replica_wait_seconds: float = 0.5
    observer: Observer = OBSERVER


@dataclass(frozen=True, slots=True)
class _Engines:
    primary: Engine
    outside: Engine
    replicas: tuple[Engine, ...]


DEFAULT = Policy(strict=False)
_ENGINES = "colonnade_engines"


class RoutedSession(Session):
    """A session of SQLModel whose transactions choose their engine."""

    def get_bind(self, mapper: Any = None, **arguments: Any) -> Engine | Connection:
        """Return the engine of the open transaction, else the one for what is outside of any."""
        if arguments.get("bind") is None and (engines := self.info.get(_ENGINES)):
            route = self.info.get(_ROUTE)
            return route if isinstance(route, Engine) else engines.outside
        return super().get_bind(mapper, **arguments)


def sessions(
    engine: Engine, *, replicas: Sequence[Engine] = (), policy: Policy | None = None, **options: Any
) -> sessionmaker[Session]:
    """Return what makes sessions on an engine; `options` are those of SQLModel's `Session`."""
    info = _info(engine, replicas, policy or Policy(), options)
    return sessionmaker(engine, class_=RoutedSession, info=info, **options)


def async_sessions(
    engine: AsyncEngine, *, replicas: Sequence[AsyncEngine] = (), policy: Policy | None = None, **options: Any
) -> async_sessionmaker[AsyncSession]:
    """Return what makes sessions for asyncio; objects stay readable after a commit, since they cannot load lazily."""
    from sqlalchemy.ext.asyncio import async_sessionmaker
    from sqlmodel.ext.asyncio.session import AsyncSession

    info = _info(engine.sync_engine, [each.sync_engine for each in replicas], policy or Policy(), options)
    chosen = {"expire_on_commit": False, **options}
    return async_sessionmaker(engine, class_=AsyncSession, sync_session_class=RoutedSession, info=info, **chosen)


def policy_of(session: AnySession) -> Policy:
    """Return what holds for a session; nothing is asked of one that was made elsewhere."""
    found = session.info.get(_POLICY)
    return found if isinstance(found, Policy) else DEFAULT


def is_ours(session: AnySession) -> bool:
    """Whether a factory of ours has made a session, and so tracks its engines."""
    return _ENGINES in session.info


def replicas_of(session: AnySession) -> tuple[Engine, ...]:
    """Return the replicas that a session may read."""
    found = session.info.get(_ENGINES)
    return found.replicas if isinstance(found, _Engines) else ()


def route(session: AnySession, replica: Engine | None = None) -> None:
    """Send what follows to a replica, else to the primary, until `unroute`."""
    found = session.info.get(_ENGINES)
    if isinstance(found, _Engines):
        session.info[_ROUTE] = replica or found.primary


def unroute(session: AnySession) -> None:
    """Send what follows to where it goes outside of transactions."""
    session.info.pop(_ROUTE, None)


def _info(engine: Engine, replicas: Sequence[Engine], policy: Policy, options: dict[str, Any]) -> dict[str, Any]:
    for each in (engine, *replicas):
        track(each)
    outside = engine.execution_options(postgresql_readonly=True, **{STRICT: True}) if policy.strict else engine
    # A connection once asked for READ ONLY goes back as READ WRITE, which a standby refuses: it is always asked for.
    standing = tuple(each.execution_options(postgresql_readonly=True) for each in replicas)
    engines = _Engines(engine, outside, standing)
    return {**options.pop("info", {}), _POLICY: policy, _ENGINES: engines}
