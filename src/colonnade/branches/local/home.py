"""The server that stays: its folder, started on demand, found again by the next command, stopped when asked."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

from colonnade.branches.local.orphans import remove_orphans
from colonnade.dsn import Dsn
from colonnade.errors import DatabaseError, InputError
from colonnade.postgres import Session
from colonnade.postgres.embedded import (
    Account,
    create_data_folder,
    installation,
    others_may_enter,
    server_account,
)

_LONGEST_FOLDER = 80  # a socket's path has 104 bytes on macOS, the name of the socket included
_START_SECONDS = 60
_ADDRESS = "127.0.0.1"
_SHARED_FOLDER = 0o711  # what lies in it can be reached by those who may, nothing can be listed
_PRIVATE_FOLDER = 0o700

# What development needs: a crash of the server loses nothing, a crash of the machine may. Copying is what it mostly
# does, and syncing every copied file would take many times as long as copying them.
_SETTINGS = {
    "listen_addresses": _ADDRESS,
    "unix_socket_permissions": "0700",
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "512MB",
    "shared_buffers": "128MB",
    "dynamic_shared_memory_type": "mmap",
    "max_connections": "200",
    "max_locks_per_transaction": "1024",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
_ACCESS = f"""\
# The folder of the socket lets in nobody but us; everybody else comes with a password.
local all postgres trust
local all all scram-sha-256
host all postgres {_ADDRESS}/32 reject
host all all {_ADDRESS}/32 scram-sha-256
"""


class Home:
    """The folder of a server that stays; `connect` starts the server unless it runs."""

    def __init__(self, folder: Path) -> None:
        """Use this folder, which `connect` makes."""
        self.folder = folder.absolute()
        self.data_folder = self.folder / "data"
        if len(os.fsencode(self.folder)) > _LONGEST_FOLDER:
            raise InputError(
                f'"{folder}" is too long for the folder of a server',
                detail=f"A socket in it can have a path of {_LONGEST_FOLDER} bytes at most.",
                hint="Name a shorter one with --home or COLONNADE_HOME.",
            )

    @property
    def address(self) -> tuple[str, str]:
        """Host and port for those who come with a password."""
        return _ADDRESS, str(self._port())

    def connect(self, database: str = "postgres") -> Session:
        """Connect as the superuser; the server is started unless it runs."""
        if not self.running():
            self.start()
        return self.connected(database)

    def connected(self, database: str) -> Session:
        """Connect as the superuser to a server that runs; raises DatabaseError."""
        return Session(self._dsn(database))

    def running(self) -> bool:
        """Whether the server takes connections."""
        if not (self.data_folder / "postmaster.pid").exists():
            return False
        try:
            self.connected("postgres").close()
        except DatabaseError:
            return False
        return True

    def start(self) -> None:
        """Start the server, and make its cluster when it is the first time; nothing when it runs."""
        with self._locked():
            if self.running():
                return
            account = server_account()
            binaries = self.binaries()
            if not self.data_folder.exists():
                self._make_cluster(account, binaries)
            settings = {
                **_SETTINGS,
                "unix_socket_directories": str(self._socket_folder),
                "port": str(self._free_port()),
            }
            self._bury_the_dead()
            options = " ".join(f"-c {quote(f'{name}={value}')}" for name, value in settings.items())  # for a shell
            log = self._socket_folder / "log"
            try:
                account.run(
                    [
                        *(binaries / "pg_ctl", "start", "-w", "-s", "-t", str(_START_SECONDS)),
                        *("-D", self.data_folder, "-l", log, "-o", options),
                    ],
                    cwd=self.data_folder,
                )
            except DatabaseError as problem:
                raise DatabaseError(
                    "the server for branches does not start",
                    detail=_tail(log) or problem.detail,
                    hint=f'Its log is "{log}". Free disk space or memory, then run again.',
                ) from problem
            with self.connected("postgres") as session:
                remove_orphans(session, self.data_folder)

    def stop(self) -> bool:
        """Stop the server, its connections included; tells whether it ran."""
        if not self.data_folder.exists():
            return False
        with self._locked():
            account, control = server_account(), (self.binaries() / "pg_ctl", "-D", self.data_folder)
            self._bury_the_dead()
            try:
                account.run([*control, "status"], cwd=self.data_folder)
            except DatabaseError:
                return False
            account.run([*control, "stop", "-w", "-s", "-m", "fast"], cwd=self.data_folder)
        return True

    def binaries(self) -> Path:
        """Return the folder of the server's programs."""
        return installation(server_account(), self.folder)

    @property
    def _socket_folder(self) -> Path:
        return self.folder / "run"

    def _dsn(self, database: str) -> Dsn:
        return Dsn(host=str(self._socket_folder), port=str(self._port()), user="postgres", database=database)

    def _port(self) -> int:
        """Return the port of the server as it was last started; 0 before the first time."""
        try:
            return int((self.folder / "port").read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return 0

    def _free_port(self) -> int:
        """Return the same port as last time, so that URLs stay, unless somebody else has taken it since."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((_ADDRESS, self._port()))
            except OSError:
                probe.bind((_ADDRESS, 0))
            port = int(probe.getsockname()[1])
        (self.folder / "port").write_text(f"{port}\n", encoding="ascii")
        return port

    def _bury_the_dead(self) -> None:
        """Let the server see whether one that was killed still holds its locks."""
        for lock_file in (self.data_folder / "postmaster.pid", *self._socket_folder.glob(".s.PGSQL.*.lock")):
            _bury(lock_file)

    def _make_cluster(self, account: Account, binaries: Path) -> None:
        """Make the cluster beside its place first: it appears whole or not at all."""
        unfinished = self.folder / "new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=_PRIVATE_FOLDER)
        account.own(unfinished)
        data = create_data_folder(unfinished, account=account, binaries=binaries, data_checksums=False, cache=None)
        (data / "pg_hba.conf").write_text(_ACCESS, encoding="ascii")
        data.rename(self.data_folder)
        unfinished.rmdir()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other commands from starting or stopping the server meanwhile."""
        account = server_account()
        try:
            self.folder.mkdir(mode=_SHARED_FOLDER, parents=True, exist_ok=True)
            if not self._socket_folder.exists():
                self._socket_folder.mkdir(mode=_PRIVATE_FOLDER)
                account.own(self._socket_folder)
            _check_reachable(self.folder, account)
            with (self.folder / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as problem:
            raise DatabaseError(
                f'"{self.folder}" cannot hold the server for branches',
                detail=str(problem),
                hint="Name another folder with --home or COLONNADE_HOME.",
            ) from problem


def _bury(lock_file: Path) -> None:
    """Let the server see that one which was killed is dead, where nobody has reaped it, as in many a container.

    The file itself stays: by it the server makes sure that no process of the dead one is still at the data. The first
    line is who holds it; a server takes over from the process that has it started.
    """
    try:
        first, *others = lock_file.read_text(encoding="ascii").split("\n")
        state = Path(f"/proc/{int(first)}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2]
    except (OSError, ValueError):
        return  # no such file, or no such process: the server knows what that means
    if state.split()[0] == "Z":
        lock_file.write_text("\n".join([str(os.getpid()), *others]), encoding="ascii")


def _check_reachable(folder: Path, account: Account) -> None:
    """Raise InputError for a folder that the server's system user cannot walk into."""
    if account.user_id is not None and not others_may_enter(folder, account):
        raise InputError(
            f'"{folder}" is closed to the system user that the server runs as',
            detail="Postgres does not run as root.",
            hint="Name a folder outside of any home with --home or COLONNADE_HOME, such as /var/lib/colonnade.",
        )


def _tail(log: Path, lines: int = 5) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""
