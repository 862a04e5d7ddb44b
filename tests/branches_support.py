"""Homes for local branches, a clock, and statements in branches."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from colonnade.branches import BranchProvider, Target, find
from colonnade.branches.local import LocalProvider
from colonnade.postgres import Session


class Clock:
    """A clock that a test may set forward."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


def new_home_folder() -> Path:
    """Return a new folder with a short path, into which the server's system user may walk."""
    folder = Path(tempfile.mkdtemp(prefix="colonnade-home-", dir="/dev/shm" if Path("/dev/shm").is_dir() else "/tmp"))
    folder.chmod(0o711)
    return folder


def run(provider: BranchProvider, name: str, *statements: str) -> None:
    """Run statements in a branch, as somebody who has its URL."""
    with Session(provider.url(name, Target())) as session:
        for statement in statements:
            session.execute(statement)


def rows(provider: BranchProvider, name: str, query: str) -> list[tuple[Any, ...]]:
    """Return what a query gives in a branch."""
    with Session(provider.url(name, Target())) as session:
        return session.execute(query)


def clean(provider: LocalProvider) -> None:
    """Delete every branch but the default one."""
    with provider.session() as session:
        session.execute("UPDATE branch SET is_protected = false, parent_id = NULL")
    for branch in provider.branches():
        if not branch.default:
            provider.delete(branch.id)
    assert [each.default for each in provider.branches()] == [True]
    assert find(provider.branches(), "main").default
