"""A server that is given by its URL: our embedded one stands in, so that this is tried everywhere."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import given_servers
import pytest
from given_servers import ROLES, Given, with_roles

from colonnade.postgres import Server


@pytest.fixture(scope="module")
def given() -> Iterator[Given]:
    """Give a server of its own: what is left behind on it is counted."""
    with Server.start() as started, with_roles(started.dsn) as found:
        yield found


@pytest.mark.parametrize("kind", ROLES)
def test_design_is_proved_as_far_as_the_role_may(given: Given, kind: str, tmp_path: Path) -> None:
    given_servers.check_design(given, kind, tmp_path)


@pytest.mark.parametrize("kind", ROLES)
def test_script_and_models_are_proved(given: Given, kind: str, tmp_path: Path) -> None:
    given_servers.check_script_and_models(given, kind, tmp_path)


@pytest.mark.parametrize("kind", ROLES)
def test_folder_is_proved(given: Given, kind: str, tmp_path: Path) -> None:
    given_servers.check_folder(given, kind, tmp_path)


def test_examples_are_proved(given: Given, tmp_path: Path) -> None:
    given_servers.check_examples(given, "creator", tmp_path)


def test_two_runs_at_once_both_succeed(given: Given, tmp_path: Path) -> None:
    given_servers.check_two_at_once(given, "creator", tmp_path)


@pytest.mark.parametrize("after", [0.0, 0.15, 0.6])
def test_interrupted_run_leaves_nothing(given: Given, tmp_path: Path, after: float) -> None:
    given_servers.check_interrupt(given, "creator", tmp_path, number=signal.SIGTERM, after=after)
