"""A tiny process that outlives ours, to stop a server and delete its folder however we die."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

# Waits for the end of its standard input, whose only writer is our process. The last line read is
# the process to stop, empty when there is none. The pid cannot be somebody else's: nobody but us
# reaps the server, and we say so before we do. An orphaned initdb may still write while the folder
# is deleted, so that takes several tries.
_SCRIPT = """
pid=
while read -r line; do pid=$line; done
tries=0
if [ -n "$pid" ]; then
    kill -QUIT "$pid" 2>/dev/null
    while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 400 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
fi
tries=0
while rm -rf -- "$1" 2>/dev/null; [ -e "$1" ] && [ "$tries" -lt 50 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
"""


class Watchdog:
    """Deletes `folder` when it is closed or when our process ends, SIGKILL included."""

    def __init__(self, folder: Path) -> None:
        """Start it in a session of its own, where no Ctrl-C reaches it."""
        self._folder = folder
        self._process = subprocess.Popen(  # noqa: S603 - a fixed script
            ["/bin/sh", "-c", _SCRIPT, "colonnade-watchdog", str(folder)],
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def watch(self, pid: int) -> None:
        """Have this process stopped before the folder is deleted."""
        self._write(str(pid))

    def forget(self) -> None:
        """Have no process stopped any more."""
        self._write("")

    def close(self) -> None:
        """Delete the folder and end the watchdog; idempotent."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        self._process.wait()
        if self._folder.exists():  # somebody killed the watchdog
            shutil.rmtree(self._folder, ignore_errors=True)

    def _write(self, line: str) -> None:
        """Write one line; a watchdog that somebody killed is made up for by `close`."""
        pipe = self._process.stdin
        if pipe is None or pipe.closed or self._process.poll() is not None:
            return
        try:
            pipe.write(f"{line}\n".encode())
            pipe.flush()
        except BrokenPipeError:
            self._process.wait()
