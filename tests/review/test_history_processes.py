"""The processes that record histories: started early, and asked when there is something to ask."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alembic_workshop import ENV, NOTHING_BACK, Project, line_of
from colonnade import api
from colonnade.api.history_processes import history_processes
from colonnade.models.history.process import DEFAULT_MEMORY_BYTES

DROP = '\n\ndef upgrade():\n    op.drop_table("orders")' + NOTHING_BACK
NOTES = (
    "import os\nfrom pathlib import Path\n\nPath(__file__).with_name('ran').write_text(os.environ['DATABASE_URL'])\n"
)


def drops(*paths: Path) -> list[tuple[str, int]]:
    """Return file and line of each dropped table, found in the process that was started early and without one."""
    with history_processes(paths) as histories:
        reviews = [
            api.migrate_lint(paths, offline=True, histories=each).review for each in (histories, histories, None)
        ]
    assert reviews[0] == reviews[1] == reviews[2]
    return [(Path(each.at.path).name, each.at.line) for each in reviews[0].findings if each.code == "PL401"]


def test_what_was_started_early_finds_the_same_as_what_was_not(tmp_path: Path) -> None:
    one, two = Project(tmp_path / "one", env=NOTES + ENV), Project(tmp_path / "two")
    first, second = one.add("a1", DROP), two.add("b1", DROP)
    (tmp_path / "c1.sql").write_text("DROP TABLE orders;\n", encoding="utf-8")
    found = drops(one.folder, tmp_path / "c1.sql", second)
    assert found == [("c1.sql", 1), ("a1.py", line_of(first, "drop_")), ("b1.py", line_of(second, "drop_"))]


def test_nothing_of_the_users_is_run_before_somebody_asks(tmp_path: Path) -> None:
    project = Project(tmp_path, env=NOTES + ENV)
    project.add("a1", DROP)
    command = [sys.executable, "-m", "colonnade.models.history.child", str(DEFAULT_MEMORY_BYTES)]
    done = subprocess.run(command, cwd=project.folder, input=b"", capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")
    assert not (project.folder / "migrations" / "ran").exists()
    api.migrate_lint([project.folder], offline=True)
    assert (project.folder / "migrations" / "ran").exists()
