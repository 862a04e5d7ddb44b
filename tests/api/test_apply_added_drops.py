"""Drops that somebody adds to a file of ours: they are losses, beside what the file itself drops and says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from colonnade.api import Consent, Destination, migrate_apply, migrate_down, migrate_new
from colonnade.api.change_results import ApplyResult
from colonnade.postgres import Server, Session

TEAMS = "CREATE TABLE teams (id bigint PRIMARY KEY);"
BEFORE = f"{TEAMS} CREATE TABLE users (id bigint PRIMARY KEY, number int NOT NULL);"
AFTER = BEFORE.replace("number int", "number bigint")  # by way of a second column: the first one is dropped
SETTING = "SET row_security = off;\n"


class History:
    """A history that is applied to a database."""

    def __init__(self, server: Server, database: Session, folder: Path, *, sql: bool) -> None:
        """Make the folder."""
        self._folder, self._sql, self._url = folder, sql, server.dsn.url
        (folder / "history").mkdir()
        self._at = Destination(url=database.dsn.url, history=folder / "history")

    def new(self, goal: str) -> Path:
        """Add what leads to a schema, and return its file."""
        models = self._folder / "goal.sql"
        models.write_text(goal, encoding="utf-8")
        files = migrate_new(
            "a change", models=str(models), history=self._folder / "history", sql=self._sql, postgres_url=self._url
        ).files
        return next(path for path in files if path.name.endswith(("a_change.up.sql", "a_change.py")))

    def apply(self) -> ApplyResult:
        """Go to the head."""
        return migrate_apply(at=self._at, consent=Consent(), postgres_url=self._url)

    def down(self) -> ApplyResult:
        """Go back by one."""
        return migrate_down("-1", at=self._at, consent=Consent(), postgres_url=self._url)


@contextmanager
def added(path: Path, statement: str, *, after: str) -> Iterator[None]:
    """Let a file have a statement more for a while."""
    text = path.read_text(encoding="utf-8")
    assert after in text
    path.write_text(text.replace(after, f"{after}{statement}\n"), encoding="utf-8")
    yield
    path.write_text(text, encoding="utf-8")


def only_loss(result: ApplyResult) -> tuple[str, ...]:
    """Return what is lost, which is all that speaks against the run."""
    assert [each.kind for each in result.refusals] == ["loss"]
    return result.steps[0].loses


def test_drops_that_are_added_to_files_of_sql_are_losses(server: Server, database: Session, tmp_path: Path) -> None:
    history = History(server, database, tmp_path, sql=True)
    history.new(BEFORE)
    assert history.apply().ended == "succeeded"
    path = history.new(AFTER)
    assert "This drops column users.number." in path.read_text(encoding="utf-8")
    with added(path, "DROP TABLE teams;", after=SETTING):
        assert only_loss(history.apply()) == ("table teams",)
    with added(path, "DROP TYPE mood CASCADE; TRUNCATE teams;", after=SETTING):
        assert only_loss(history.apply()) == ("columns of type mood", "rows of teams")
    assert history.apply().ended == "succeeded"
    back = path.with_name(path.name.replace(".up.", ".down."))
    with added(back, "DELETE FROM teams;", after=SETTING):
        assert only_loss(history.down()) == ("rows of teams",)
    assert history.down().ended == "succeeded"


def test_drops_that_are_added_to_a_revision_are_losses(server: Server, database: Session, tmp_path: Path) -> None:
    history = History(server, database, tmp_path, sql=False)
    path = history.new(BEFORE)
    with added(path, '    op.execute("DROP TABLE teams")', after="def upgrade() -> None:\n"):
        assert only_loss(history.apply()) == ("table teams",)  # the way back says that it drops it, not this one
