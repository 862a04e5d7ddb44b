"""A wish to stop is heeded though a library has wrapped it."""

from __future__ import annotations

import pytest

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
