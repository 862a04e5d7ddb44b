"""A wish to stop is heeded once, where it can be, whatever a library makes of it."""

from __future__ import annotations

import importlib
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from signals import heeding

from colonnade.cli.stopping import STOPPED, UNABLE, Interrupted, was_stopped


def test_an_interruption_that_a_library_puts_in_its_own_words_is_known() -> None:
    with heeding():
        assert not was_stopped()
        with pytest.raises(Interrupted):
            signal.raise_signal(signal.SIGTERM)
        assert was_stopped()


def test_an_error_after_the_wish_to_stop_is_its_consequence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def work(**_: object) -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        except Interrupted as wish:
            message = f"Error building: {wish!r}"
            raise ValueError(message) from None

    command = importlib.import_module("colonnade.cli.main")
    monkeypatch.setattr(command, "app", work)
    with heeding(), pytest.raises(Interrupted):
        command.run()
    assert capsys.readouterr().err == ""


def wait() -> None:
    """Give a signal time to be heeded."""
    for _ in range(200):
        time.sleep(0.01)


def test_a_signal_where_an_exception_is_swallowed_is_heeded_afterwards() -> None:
    class Watched:
        """Something that a callback watches."""

    watched = Watched()
    callback = weakref.ref(watched, lambda _: signal.raise_signal(signal.SIGTERM))
    with heeding():
        del watched
        with pytest.raises(Interrupted):
            wait()
    assert callback() is None


def test_a_signal_waits_until_a_context_is_left() -> None:
    left = []

    @contextmanager
    def context() -> Iterator[None]:
        yield
        signal.raise_signal(signal.SIGTERM)
        time.sleep(0.05)
        left.append(True)

    def work() -> None:
        with context():
            pass
        wait()

    with heeding(), pytest.raises(Interrupted):
        work()
    assert left == [True]


def test_a_signal_waits_until_an_object_has_cleaned_up_after_itself() -> None:
    left = []

    class Holding:
        """Something that lets go of what it holds when nobody needs it."""

        def __del__(self) -> None:
            signal.raise_signal(signal.SIGTERM)
            left.append(True)

    holding = Holding()
    with heeding():
        del holding
        with pytest.raises(Interrupted):
            wait()
    assert left == [True]


HOLDING = """
import signal, sys
from colonnade.cli import main
import colonnade.cli.main as command

def work():
    try:
        yield
    finally:
        print("cleaned up", file=sys.stderr)

def run():
    begun = work()
    next(begun)
    signal.raise_signal(signal.SIGTERM)

command.run = run
main()
"""
LATE = """
import signal
from colonnade.cli import main
import colonnade.cli.main as command

command.run = lambda: None
main()
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.raise_signal(number)
print("ended")
"""


def ran(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)


def test_what_a_stopped_run_holds_is_cleaned_up_before_the_message() -> None:
    result = ran(HOLDING)
    assert result.stderr.splitlines() == ["cleaned up", f"colonnade: {STOPPED}"]
    assert result.returncode == UNABLE


def test_a_signal_after_the_end_changes_nothing() -> None:
    result = ran(LATE)
    assert (result.returncode, result.stdout, result.stderr) == (0, "ended\n", "")


IMPORTED = """
import signal
try:
    signal.raise_signal(signal.SIGTERM)
except BaseException:  # some do, around what is optional
    heeded = True
"""


def test_a_signal_waits_until_a_module_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stopping_imported.py").write_text(IMPORTED, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with heeding():
        module = importlib.import_module("stopping_imported")
        with pytest.raises(Interrupted):
            wait()
    assert not hasattr(module, "heeded")


def test_a_second_signal_does_not_disturb_what_the_first_one_began() -> None:
    with heeding():
        with pytest.raises(Interrupted):
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
