"""The value that rules about connections look at: an address and how it is used, and what the server says of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

from colonnade.dsn import Dsn
from colonnade.review.finding import Evidence
from colonnade.runtime.compute import Compute
from colonnade.span import Span

Purpose = Literal["app", "ddl"]
_DRIVER = re.compile(r"postgres(?:ql)?\+(\w+)://")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFacts:
    """What a server says of a connection and of itself.

    `pooled` is whether something answers in its place, `isolated` the tables with row-level security that the role may
    read, `unforced` those of them that it has a share in and that are not forced on their owner, `voided` those of
    which another policy shows it every row. Times are milliseconds; a timeout of 0 is none.
    """

    version: str
    pooled: bool
    encrypted: bool
    role: str
    superuser: bool
    bypasses: bool
    voided: tuple[str, ...]
    member_of: tuple[str, ...]
    owned: tuple[str, ...]
    isolated: tuple[str, ...]
    unforced: tuple[str, ...]
    max_connections: int
    reserved_connections: int
    used_connections: int
    timeouts: tuple[tuple[str, str], ...]
    extensions: tuple[tuple[str, str], ...]
    scheduled_jobs: int
    first_connect_ms: float
    next_connect_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What was seen, without judgement; `url` has no password, `statements` counts those of traces that were given."""

    url: str
    kind: str
    server: ServerFacts
    compute: Compute
    statements: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolUse:
    """How many connections each of our processes opens at most, and keeps how; none where nothing was said.

    With `pre_ping` one that was idle is tried before it is used; one that is older than `recycle_seconds` is replaced.
    Every `keepalive_seconds` something is sent although nobody asked. None is not known.
    """

    size: int = 0
    overflow: int = 0
    processes: int = 1
    pre_ping: bool | None = None
    recycle_seconds: int | None = None
    keepalive_seconds: float | None = None

    @property
    def connections(self) -> int:
        """How many all of them open together."""
        return (self.size + self.overflow) * self.processes


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedConnection:
    """An address and how it is used; `server` where it was reached.

    `setting` is the text that Alembic's configuration has for it, and `place` where; both are empty for an address from
    elsewhere.
    """

    family: ClassVar[str] = "connection"

    dsn: Dsn
    setting: str = ""
    place: Span | None = None
    driver: str = ""
    purpose: Purpose = "app"
    compute: Compute = field(default_factory=Compute)
    pool: PoolUse = field(default_factory=PoolUse)
    server: ServerFacts | None = None
    unseen: tuple[tuple[Evidence, str], ...] = ()

    @classmethod
    def at_url(cls, url: str, *, purpose: Purpose = "app", pool: PoolUse | None = None) -> ReviewedConnection:
        """Return the connection that a URL stands for, with the driver that it names."""
        named = _DRIVER.match(url.strip())
        return cls(dsn=Dsn.parse(url), driver=named[1] if named else "", purpose=purpose, pool=pool or PoolUse())

    @classmethod
    def configured(cls, setting: str, *, place: Span) -> ReviewedConnection:
        """Return the connection of migrations that the text of a setting in Alembic's configuration stands for."""
        found = cls.at_url(setting.replace("%%", "%"), purpose="ddl")
        return replace(found, setting=setting, place=place)

    @property
    def path(self) -> str:
        """The file that it is written in, else the address, without its password."""
        return self.place.path if self.place else str(self.dsn)

    @property
    def evidence(self) -> frozenset[Evidence]:
        """What is known of it."""
        return frozenset({Evidence.source, *([Evidence.live] if self.server else [])})

    @property
    def at(self) -> Span:
        """Where findings stand."""
        return self.place or Span(path=self.path)

    @property
    def pooled(self) -> bool:
        """Whether a transaction pooler is known to be in between."""
        return self.dsn.pooled or (self.server is not None and self.server.pooled)
