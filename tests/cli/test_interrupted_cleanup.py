"""A signal at any line of what makes scratch databases and roles leaves none of them behind."""

from __future__ import annotations

import contextlib
import gc
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any

import pytest
from signals import heeding

from colonnade.cli.stopping import Interrupted
from colonnade.postgres import Server, roles, server

PARTS = 2
STEP = 2  # every line takes a minute, and nothing that must be undone is a single one
MODULES = {server.__file__, roles.__file__, contextlib.__file__}
ROLE, OTHER = ROLES = ("interrupted_app", "interrupted_other")


@contextmanager
def signal_at_line(number: int) -> Iterator[Callable[[], int]]:
    """Send the signal at the n-th line that is run in the modules; give the lines that were run so far."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        nonlocal count
        if frame.f_code.co_filename not in MODULES:
            return None
        if event == "line":
            count += 1
            if count == number:
                sys.settrace(None)
                heed = signal.getsignal(signal.SIGTERM)
                assert callable(heed)
                heed(signal.SIGTERM, frame)
        return trace

    tracing = sys.gettrace()
    with heeding():
        sys.settrace(trace)
        try:
            yield lambda: count
        finally:
            sys.settrace(tracing)


def work(given: Server) -> None:
    """Use what a proof uses: a role, a database, and a copy of it."""
    with ExitStack() as stack:
        stack.enter_context(given.temporary_roles(names=ROLES))
        session = stack.enter_context(given.scratch_database())
        session.script(f"CREATE ROLE {ROLE}; CREATE TABLE a (id int); GRANT SELECT ON a TO {ROLE}")
        with given.repeatable_roles({OTHER}):
            session.execute(f"CREATE ROLE {OTHER}")
        stack.enter_context(given.scratch_copy(session))


def lines_of_the_work(given: Server) -> int:
    """Return how many lines the work runs when nothing stops it."""
    with signal_at_line(0) as lines:
        work(given)
        return lines()


@pytest.fixture(scope="module")
def given() -> Iterator[Server]:
    """An embedded server as if somebody else ran it."""
    with Server.start() as embedded:
        yield Server.at(embedded.dsn.url)


def left(given: Server) -> set[str]:
    with given.session() as session:
        databases = session.execute("SELECT datname FROM pg_database WHERE datname LIKE 'colonnade%'")
        made = session.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'interrupted%'")
    return {name for (name,) in [*databases, *made]}


@pytest.mark.filterwarnings("ignore:.*was deleted while still open:ResourceWarning")  # which closes it
@pytest.mark.parametrize("part", range(PARTS))
def test_a_signal_at_any_line_leaves_nothing_behind(given: Server, part: int) -> None:
    lines = lines_of_the_work(given)
    assert left(given) == set()
    for number in range(1 + part, lines + 1, STEP * PARTS):
        with signal_at_line(number), contextlib.suppress(Interrupted):
            work(given)
        gc.collect()  # while the warnings are those of this test
        assert left(given) == set(), number
