"""`migrate rehearse --branch`: also tried on a branch with its rows, of which nothing is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_workshop import Project
from branches_support import run
from colonnade.api import migrate_rehearse
from colonnade.branches.local import Home, LocalProvider
from colonnade.errors import InputError
from colonnade.postgres import Server
from colonnade.prove.rehearsal import Rehearsal

CREATE = "CREATE TABLE rehearsed (id bigint PRIMARY KEY, name text)"


@pytest.fixture(autouse=True)
def _servers(server: Server, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let rehearsals and branches run on the servers of the tests."""
    monkeypatch.setenv("COLONNADE_POSTGRES_URL", server.dsn.url)
    monkeypatch.setenv("COLONNADE_HOME", str(home.folder))


def rehearsed(folder: Path, up: str, down: str) -> Rehearsal:
    """Rehearse the second of two revisions, also on a branch of main, which stands at the first."""
    project = Project(folder)
    project.add("r1", f"\n\ndef upgrade():\n    op.execute({CREATE!r})\n\n\ndef downgrade():\n    pass\n")
    project.add("r2", f"\n\ndef upgrade():\n    op.execute({up!r})\n\n\ndef downgrade():\n    op.execute({down!r})\n")
    path = folder / "alembic.ini"
    return migrate_rehearse(path, rows=0, stops=False, branch="local:main").rehearsal


@pytest.fixture
def main(local: LocalProvider) -> LocalProvider:
    """Give a provider whose default branch holds what the first revision makes, with rows that are not unique."""
    run(
        local,
        "main",
        "DROP TABLE IF EXISTS rehearsed, alembic_version",
        CREATE,
        "INSERT INTO rehearsed VALUES (1, 'same'), (2, 'same')",
        "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
        "INSERT INTO alembic_version VALUES ('r1')",
    )
    return local


def test_what_only_the_rows_of_a_branch_refute(main: LocalProvider, tmp_path: Path) -> None:
    try:
        found = rehearsed(tmp_path, "ALTER TABLE rehearsed ADD UNIQUE (name)", "SELECT 1")
    finally:
        run(main, "main", "DROP TABLE rehearsed, alembic_version")
    verdicts = {each.claim.id: each for each in found.evidence}
    assert verdicts["migration/up/runs"].verdict == "proved"
    assert verdicts["migration/branch/up"].verdict == "refuted"
    assert "could not create unique index" in verdicts["migration/branch/up"].observed
    assert [each.name for each in main.branches()] == ["main"]


def test_a_sound_revision_is_proved_there_and_back(main: LocalProvider, tmp_path: Path) -> None:
    try:
        found = rehearsed(
            tmp_path, "ALTER TABLE rehearsed ADD COLUMN done boolean", "ALTER TABLE rehearsed DROP COLUMN done"
        )
    finally:
        run(main, "main", "DROP TABLE rehearsed, alembic_version")
    branch = [each for each in found.evidence if each.claim.id.startswith("migration/branch/")]
    assert [(each.claim.id.rpartition("/")[2], each.verdict) for each in branch] == [
        (name, "proved") for name in ("up", "valid", "down", "restores", "again", "same")
    ]
    assert [each.name for each in main.branches()] == ["main"]


def test_a_place_that_is_no_branch_is_told(local: LocalProvider, tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.add("r1", "\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n")
    with pytest.raises(InputError, match='there is no provider "elsewhere"'):
        migrate_rehearse(tmp_path / "alembic.ini", rows=0, stops=False, branch="elsewhere:main")
