"""One running server process of ours."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from colonnade.errors import DatabaseError
from colonnade.postgres.embedded import Account
from colonnade.postgres.watchdog import Watchdog

_STOP_SECONDS = 15


class Postmaster:
    """A server process; it ends with `stop` or, through the watchdog, with our process."""

    def __init__(
        self,
        *,
        data: Path,
        log: Path,
        binaries: Path,
        account: Account,
        settings: Mapping[str, str],
        watchdog: Watchdog,
    ) -> None:
        """Start the process; it is not ready for connections yet."""
        self._log = log
        self._watchdog = watchdog
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [str(binaries / "postgres"), "-D", str(data), *options]
        try:
            with log.open("wb") as output:
                self._process = subprocess.Popen(  # noqa: S603 - our own binary, no shell
                    command,
                    cwd=data,
                    user=account.user_id,
                    group=account.group_id,
                    extra_groups=None if account.user_id is None else [],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
        except OSError as problem:
            raise DatabaseError("the embedded Postgres cannot be run", detail=str(problem)) from problem
        watchdog.watch(self._process.pid)

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self._process.pid

    def running(self) -> bool:
        """Whether the process is alive."""
        if self._process.poll() is None:
            return True
        self._watchdog.forget()
        return False

    def log_tail(self, lines: int = 8) -> str:
        """The last lines that the server wrote."""
        if not self._log.exists():
            return ""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self) -> None:
        """Stop the server at once, without a checkpoint; idempotent."""
        if not self.running():
            return
        self._process.send_signal(signal.SIGQUIT)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._watchdog.forget()
