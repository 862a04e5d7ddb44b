"""Progress stands on stderr only: a live line on a terminal that is gone afterwards, plain lines elsewhere."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from colonnade.cli.progress import steps

SPEC = """
colonnade: 1
name: zoo
entities:
  Animal:
    fields: {name: 'text(1..40)!'}
access:
  - {list: Animal, sort: [name], page: cursor(20)}
"""
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


class Terminal:
    """A terminal that a command writes its progress to, and that keeps what it saw."""

    def __init__(self) -> None:
        self._ours, self.theirs = pty.openpty()

    def seen(self) -> str:
        """Return everything that was written, once nobody writes any more."""
        os.close(self.theirs)
        parts = []
        while True:
            try:
                part = os.read(self._ours, 65536)
            except OSError:  # Linux says so when the other end is closed
                break
            if not part:
                break
            parts.append(part)
        os.close(self._ours)
        return b"".join(parts).decode()


def start(terminal: Terminal, spec: Path, out: Path, **environment: str) -> subprocess.Popen[str]:
    """Start a run whose progress goes to the terminal and whose result to a pipe."""
    plain = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")}
    return subprocess.Popen(
        [sys.executable, "-m", "colonnade.cli", "design", str(spec), "--out", str(out), "--no-prove"],
        stdout=subprocess.PIPE,
        stderr=terminal.theirs,
        text=True,
        env={**plain, "TERM": "xterm", **environment},
    )


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """Lend a small spec."""
    path = tmp_path / "zoo.spec.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def test_terminal_is_as_it_was_afterwards(spec: Path, tmp_path: Path) -> None:
    terminal = Terminal()
    with start(terminal, spec, tmp_path / "out") as process:
        output, _ = process.communicate(timeout=60)
    seen = terminal.seen()
    assert process.returncode == 0, seen
    assert seen.count(HIDE) == seen.count(SHOW) == 1
    assert seen.index(HIDE) < seen.index("designing zoo") < seen.index(SHOW)
    assert seen.rstrip("\r\n").endswith("\x1b[2K")  # the live line is wiped
    assert "\x1b" not in output
    assert "designing" not in output


def test_stopped_run_shows_the_cursor_again(tmp_path: Path) -> None:
    waiting = tmp_path / "waiting.spec.yaml"
    os.mkfifo(waiting)
    terminal = Terminal()
    with (
        start(terminal, waiting, tmp_path / "out") as process,
        waiting.open("w", encoding="utf-8"),  # opens once the command reads it, which then waits for more
    ):
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    seen = terminal.seen()
    assert process.returncode == 2
    assert seen.count(HIDE) == seen.count(SHOW) == 1
    assert seen.index(SHOW) < seen.index("colonnade: stopped")


@pytest.mark.parametrize("variable", [{"NO_COLOR": "1"}, {"CI": "true"}, {"TERM": "dumb"}])
def test_plain_lines_where_they_are_asked_for(variable: dict[str, str], spec: Path, tmp_path: Path) -> None:
    terminal = Terminal()
    with start(terminal, spec, tmp_path / "out", **variable) as process:
        process.communicate(timeout=60)
    seen = terminal.seen()
    assert "\x1b" not in seen
    assert [line[9:] for line in seen.splitlines()][-1] == "designing zoo"


def test_machine_that_reads_the_result_is_told_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with steps(quiet=True) as progress:
        progress("reading")
    with steps(quiet=False) as progress:
        progress("designing [b]zoo[/b]")
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.endswith(" s  designing [b]zoo[/b]\n")
    assert "reading" not in told.err
