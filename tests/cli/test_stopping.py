"""A wish to stop is heeded though a library has wrapped it."""

from __future__ import annotations

import importlib
import signal
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from signals import heeding

from colonnade.cli.stopping import Interrupted, was_stopped


class _Named:
    """A member whose naming is interrupted."""

    def __set_name__(self, owner: type, name: str) -> None:
        raise Interrupted(15)


def test_an_interruption_that_python_wraps_is_found() -> None:
    with pytest.raises((RuntimeError, Interrupted)) as caught:
        type("Owner", (), {"member": _Named()})
    assert was_stopped(caught.value)


def test_another_error_is_no_wish_to_stop() -> None:
    assert not was_stopped(ValueError("x"))


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
