"""A wish to stop is heeded once, where it can be, whatever a library makes of it."""

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
