"""A PgBouncer of the system in front of a test server, and a wire that can be cut or slowed."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from colonnade.postgres.embedded import Account, new_folder, server_account
from colonnade.postgres.watchdog import Watchdog

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
_CONFIGURATION = """
[databases]
* = host={host} pool_size={pool_size}
[pgbouncer]
listen_addr = {address}
listen_port = {port}
unix_socket_dir = {folder}
unix_socket_mode = 0777
auth_type = trust
auth_file = {folder}/users
pool_mode = {mode}
server_round_robin = {round_robin}
max_client_conn = {clients}
server_login_retry = 0
server_idle_timeout = 0
query_wait_timeout = 5
ignore_startup_parameters = extra_float_digits
pidfile =
{more}
"""


class Pooler:
    """PgBouncer, else in transaction mode, for the users that it is told of."""

    def __init__(
        self,
        server_folder: str,
        *,
        users: Sequence[str] = ("postgres",),
        pool_size: int = 5,
        clients: int = 200,
        mode: str = "transaction",
        round_robin: bool = False,
        address: str = "",
        port: int = 6432,
        more: str = "",
    ) -> None:
        """Start it, on a socket and on `address` if there is one."""
        assert PROGRAM is not None
        self._server_folder = server_folder
        self._account: Account = server_account()
        self.folder = new_folder(self._account)
        self._watchdog = Watchdog(self.folder)
        self._configuration = self.folder / "pgbouncer.ini"
        text = _CONFIGURATION.format(
            host=server_folder,
            folder=self.folder,
            pool_size=pool_size,
            clients=clients,
            mode=mode,
            round_robin=int(round_robin),
            address=address,
            port=port,
            more=more,
        )
        self._socket = self.folder / f".s.PGSQL.{port}"
        self._configuration.write_text(text)
        (self.folder / "users").write_text("".join(f'"{user}" ""\n' for user in users))
        for path in (self._configuration, self.folder / "users", self.folder):
            self._account.own(path)
        self._process = self._run()

    @property
    def host(self) -> str:
        """The folder of its socket; the port is 6432."""
        return str(self.folder)

    def restart(self) -> None:
        """End it with all its connections, and start another one."""
        self.stop()
        self._process = self._run()

    def lead_to(self, server_folder: str) -> None:
        """Restart it before another server, as one does after a failover."""
        text = self._configuration.read_text()
        self._configuration.write_text(text.replace(self._server_folder, server_folder))
        self._server_folder = server_folder
        self.restart()

    def stop(self) -> None:
        """End it with all its connections."""
        self._process.kill()
        self._process.wait()
        self._watchdog.forget()
        self._socket.unlink(missing_ok=True)

    def close(self) -> None:
        """End it and remove its folder."""
        self.stop()
        self._watchdog.close()

    def _run(self) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as output:
            process = subprocess.Popen(
                [str(PROGRAM), str(self._configuration)],
                user=self._account.user_id,
                group=self._account.group_id,
                extra_groups=None if self._account.user_id is None else [],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self._watchdog.watch(process.pid)
        end = time.monotonic() + 10
        while not self._socket.exists():
            assert process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < end, (self.folder / "log").read_text()
            time.sleep(0.005)
        return process


class Wire:
    """A TCP port that leads to a socket: it can be cut, refuse for a while, and lose the answer to COMMIT."""

    def __init__(self, target: Path) -> None:
        """Listen on a free port of this machine."""
        self.target = target
        self.lose_commit = False
        self.accept_after = 0.0
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._ready = threading.Event()
        self.port = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        assert self._ready.wait(5)

    def cut(self) -> None:
        """Break every connection."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(5)

    def close(self) -> None:
        """Break every connection and stop to listen."""
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._client, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if time.monotonic() < self.accept_after:
            writer.transport.abort()
            return
        try:
            inner_reader, inner_writer = await asyncio.open_unix_connection(str(self.target))
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, inner_writer}
        committing: list[bool] = []
        there = self._carry(reader, inner_writer, committing, request=True)
        back = self._carry(inner_reader, writer, committing, request=False)
        await asyncio.gather(there, back)
        self._writers -= {writer, inner_writer}

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, committing: list[bool], *, request: bool
    ) -> None:
        try:
            while data := await reader.read(65536):
                if request and self.lose_commit and b"COMMIT" in data:
                    committing.append(True)
                if not request and committing and b"COMMIT\x00" in data:
                    self.lose_commit = False  # the server has committed, and nobody hears of it
                    await self._cut()
                    return
                writer.write(data)
                await writer.drain()
        except (ConnectionError, OSError, asyncio.CancelledError):
            pass  # the other side is told by closing
        finally:
            writer.transport.abort() if request is False else writer.close()


@contextmanager
def wire(target: Path) -> Iterator[Wire]:
    """Give a wire to a socket."""
    made = Wire(target)
    try:
        yield made
    finally:
        made.close()
