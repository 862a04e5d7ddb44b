"""The server: an embedded one that ends with us, or one that somebody gave us."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from colonnade.dsn import Dsn
from colonnade.errors import DatabaseError, StatementError, UnsupportedError
from colonnade.postgres.embedded import (
    create_data_folder,
    installation,
    new_folder,
    server_account,
)
from colonnade.postgres.postmaster import Postmaster
from colonnade.postgres.roles import drop_roles, lock_roles, note_roles, role_names, users_of
from colonnade.postgres.session import Session
from colonnade.postgres.stale import drop_stale
from colonnade.postgres.watchdog import Watchdog
from colonnade.sql.identifier import quote

OLDEST_VERSION = 140000
_START_SECONDS = 30
_END_MS = 10_000
_EVERYWHERE = "postgres"

# Nothing on a scratch server outlives it, so nothing is made durable; the planner's own settings
# keep their defaults. Autovacuum would change the statistics under a proof.
_SCRATCH_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "min_wal_size": "32MB",
    "max_wal_size": "128MB",
    "shared_buffers": "64MB",
    "dynamic_shared_memory_type": "mmap",
    "io_method": "sync",
    "max_connections": "50",
    "max_locks_per_transaction": "1024",
    "autovacuum": "off",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}


class Server:
    """A Postgres server to prove things on; a context manager.

    `owned` servers are embedded: only on these do we have the files. `superuser` says what we are.
    """

    def __init__(
        self,
        dsn: Dsn,
        *,
        data_folder: Path | None = None,
        postmaster: Postmaster | None = None,
        watchdog: Watchdog | None = None,
        single_use: bool = False,
    ) -> None:
        """Use a running server; made by `start` and `at`."""
        self.dsn = dsn
        self.data_folder = data_folder
        self._postmaster = postmaster
        self._watchdog = watchdog
        self._single_use = single_use
        self._used_roles: set[str] = set()
        self._promised_roles: tuple[str, ...] = ()
        with Session(dsn) as session:
            self.version = session.server_version
            self.superuser, self._makes_roles = session.execute(
                "SELECT rolsuper, rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
            )[0]

    @classmethod
    def start(
        cls,
        *,
        settings: Mapping[str, str] | None = None,
        data_checksums: bool = False,
        cache: Path | None = None,
        single_use: bool = False,
    ) -> Self:
        """Start an embedded server that is stopped and deleted with our process at the latest.

        `settings` go over the defaults for scratch servers. With a `cache` folder the new cluster is
        copied from an earlier one, which saves most of the time. A `single_use` server is for one run: its
        scratch databases and roles end with it instead of being dropped one by one.
        """
        account = server_account()
        folder = new_folder(account)
        watchdog = Watchdog(folder)
        postmaster: Postmaster | None = None
        try:
            binaries = installation(account, folder)
            data = create_data_folder(
                folder,
                account=account,
                binaries=binaries,
                data_checksums=data_checksums,
                cache=cache,
            )
            postmaster = Postmaster(
                data=data,
                log=folder / "log",
                binaries=binaries,
                account=account,
                settings={
                    **_SCRATCH_SETTINGS,
                    "unix_socket_directories": str(folder),
                    **(settings or {}),
                },
                watchdog=watchdog,
            )
            dsn = Dsn(host=str(folder), user="postgres", database="postgres")
            _wait_until_ready(dsn, postmaster)
            return cls(dsn, data_folder=data, postmaster=postmaster, watchdog=watchdog, single_use=single_use)
        except BaseException:  # Ctrl-C while starting must leave nothing behind either
            if postmaster is not None:
                postmaster.stop()
            watchdog.close()
            raise

    @classmethod
    def at(cls, url: str | Dsn) -> Self:
        """Use a server that somebody else runs; raises UnsupportedError below Postgres 14.

        A transaction pooler is passed by: it keeps neither locks nor settings of a session.
        """
        server = cls((url if isinstance(url, Dsn) else Dsn.parse(url)).direct())
        if server.version < OLDEST_VERSION:
            raise UnsupportedError(
                f"Postgres {server.version // 10000} is too old",
                detail=f'The server at "{server.dsn}" has version {server.version}.',
                hint="Use Postgres 14 or newer, or leave the URL out to use the embedded one.",
            )
        return server

    def __enter__(self) -> Self:
        """Return the server itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop an embedded server and delete its folder."""
        self.close()

    def __repr__(self) -> str:
        """Return where it is, without the password."""
        return f"Server({self.dsn})"

    @property
    def owned(self) -> bool:
        """Whether the server is an embedded one of ours, with its files in reach."""
        return self._postmaster is not None

    @property
    def pid(self) -> int | None:
        """The process id of an embedded server."""
        return self._postmaster.pid if self._postmaster is not None else None

    def close(self) -> None:
        """Stop an embedded server and delete its folder; idempotent, and nothing for others."""
        if self._postmaster is not None:
            self._postmaster.stop()
        if self._watchdog is not None:
            self._watchdog.close()

    def session(self, database: str | None = None) -> Session:
        """Connect to a database, the maintenance database by default."""
        try:
            return Session(self.dsn if database is None else self.dsn.with_database(database))
        except DatabaseError as problem:
            if self._postmaster is None or self._postmaster.running():
                raise
            raise DatabaseError(
                "the embedded Postgres has ended",
                detail=self._postmaster.log_tail(),
                hint="It was killed, ran out of memory or disk, or crashed; run again.",
            ) from problem

    @contextmanager
    def scratch_database(self, *, template: str | None = None, prefix: str = "colonnade_scratch") -> Iterator[Session]:
        """Give a session on a new database, which is dropped afterwards with all its connections.

        On a server of somebody else's, databases that dead runs left there over a day ago go as well.
        """
        with ExitStack() as stack:
            with self.session() as maintenance:
                name = self._new_name(maintenance, prefix)
                stack.enter_context(
                    self._undone(lambda: self._drop_scratch(name), what=f'the scratch database "{name}"')
                )
                self._create_database(maintenance, name, template)
            yield stack.enter_context(self.session(name))

    @contextmanager
    def scratch_copy(self, session: Session) -> Iterator[Session]:
        """Give a session on a copy of the database of `session`, which nobody else may be connected to meanwhile."""
        session.close()
        with self.scratch_database(template=session.dsn.database) as copy:
            session.reconnect()
            yield copy

    def drop_database(self, name: str) -> None:
        """Drop a database and end the connections to it; nothing when it does not exist."""
        with self.session() as session:
            session.execute(f"DROP DATABASE IF EXISTS {quote(name)} WITH (FORCE)")

    def has_role(self, name: str) -> bool:
        """Whether there is such a role, or we may make it."""
        if self._makes_roles:
            return True
        with self.session() as session:
            return name in role_names(session)

    def _drop_scratch(self, name: str) -> None:
        """Drop a scratch database; the roles that are used in it are known to be ours from now on."""
        if not self.owned:
            with self.session() as session:
                self._used_roles |= users_of(session, name)
        self.drop_database(name)

    @contextmanager
    def temporary_roles(self, *, names: Collection[str] = (), made_again: bool = False) -> Iterator[set[str]]:
        """Drop the roles that the block creates, with what they own.

        Roles belong to the whole server, so blocks wait for each other. On an owned server every new
        role goes; on another one only those that did not exist before and are called in `names`, are added to what
        the block is given, or are used in its scratch databases, because others may create roles at the same time.
        `made_again` says that a later block creates the same ones, so that they must go at once even where the server
        does itself.
        """
        with self._meeting_point() as guard:
            lock_roles(guard)
            before = role_names(guard)
            ours = set(names)
            self._used_roles.clear()
            self._promised_roles = tuple(sorted(ours - before))
            undone = self._undone(
                lambda: self._drop_roles(guard, before, ours), what="the roles of this run", at_once=made_again
            )
            with undone:
                yield ours

    @contextmanager
    def repeatable_roles(self, names: Collection[str] = ()) -> Iterator[None]:
        """Drop again the roles that the block makes, so that it can be repeated; to be used within `temporary_roles`.

        On a server that we do not own only those called in `names`: nobody can tell whose another new role is.
        """
        with self.session() as session:
            before = role_names(session)
        yield
        with self.session() as session:
            new = role_names(session) - before
            ours = new if self.owned else new & frozenset(names)
            drop_roles(session, sorted(ours), connect=self.session if self.owned else None)

    def _meeting_point(self) -> Session:
        """Connect to where runs meet: roles belong to the whole server, an advisory lock to one database of it.

        That is the database which every server has, unless we may not enter it.
        """
        try:
            return self.session(_EVERYWHERE)
        except DatabaseError:
            return self.session()

    def _drop_roles(self, guard: Session, before: frozenset[str], ours: Collection[str]) -> None:
        """Drop the new roles, as far as they are ours."""
        new = role_names(guard) - before
        ours = {*ours, *self._used_roles}
        drop_roles(
            guard, sorted(new if self.owned else new & frozenset(ours)), connect=self.session if self.owned else None
        )

    @contextmanager
    def _undone(self, undo: Callable[[], None], *, what: str, at_once: bool = False) -> Iterator[None]:
        """Undo what the block has made; a failure to do so never hides that the server failed before."""
        try:
            yield
        except DatabaseError as problem:
            try:
                self._undo(undo, what, at_once=at_once)
            except DatabaseError:
                if not self.owned:  # what an embedded server held is deleted with it
                    problem.hint = f"{problem.hint} Look whether this is left: {what}.".strip()
            raise
        except BaseException:
            self._undo(undo, what, at_once=at_once)
            raise
        self._undo(undo, what, at_once=at_once)

    def _undo(self, undo: Callable[[], None], what: str, *, at_once: bool) -> None:
        """Undo something; an embedded server that is dead took it along, one for a single use will."""
        if (self._single_use and not at_once) or self._gone():
            return
        try:
            undo()
        except DatabaseError as problem:
            raise DatabaseError(
                f"{what} could not be dropped",
                detail=f"{problem.message}. {problem.detail}".strip(),
                hint="Drop it by hand when the server can be reached again.",
                sqlstate=problem.sqlstate,
            ) from problem

    def _new_name(self, session: Session, prefix: str) -> str:
        """Return the name of a new scratch database, with the time that tells when it is stale."""
        if not self.owned:
            drop_stale(session, prefix)
        return str(
            session.value(
                "SELECT %s || to_char(now() AT TIME ZONE 'UTC', '_YYYYMMDDHH24MISS_')"
                " || substr(md5(gen_random_uuid()::text), 1, 8)",
                (prefix,),
            )
        )

    def _create_database(self, session: Session, name: str, template: str | None) -> None:
        """Make a database."""
        # Copying files is twice as fast as logging pages, where no fsync makes it wait.
        strategy = " STRATEGY file_copy" if self.owned else ""
        try:
            session.execute(f"CREATE DATABASE {quote(name)} TEMPLATE {quote(template or 'template0')}{strategy}")
            if self._promised_roles and not self.owned:
                note_roles(session, name, self._promised_roles)
        except StatementError as problem:
            raise DatabaseError(
                f'no scratch database can be made on "{self.dsn}"',
                detail=f"{problem.message}. {problem.detail}".strip(),
                hint="Connect as a role with CREATEDB, or leave the URL out to use the embedded server.",
                sqlstate=problem.sqlstate,
            ) from problem
        except DatabaseError:
            raise
        except BaseException:
            # Interrupted: the server may still be at it, and would finish after nobody found anything to drop.
            self._end(session.backend_pid)
            raise

    def _end(self, backend_pid: int) -> None:
        """End a connection of ours and wait until it is gone."""
        with self.session() as session:
            session.execute("SELECT pg_terminate_backend(%s, %s)", (backend_pid, _END_MS))

    def _gone(self) -> bool:
        """Whether an embedded server of ours has ended."""
        return self._postmaster is not None and not self._postmaster.running()


def _wait_until_ready(dsn: Dsn, postmaster: Postmaster) -> None:
    """Wait until the server takes connections; raises DatabaseError with its log if it never does."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        socket = Path(dsn.host) / ".s.PGSQL.5432"
        if socket.exists():
            try:
                Session(dsn).close()
            except DatabaseError:
                pass  # still recovering: asked again until the deadline
            else:
                return
        if not postmaster.running():
            break
        time.sleep(0.005)
    raise DatabaseError(
        "the embedded Postgres did not start",
        detail=postmaster.log_tail(),
        hint="Check free memory and disk space, and that the temporary folder can be written.",
    )
