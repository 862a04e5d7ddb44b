"""The commands that review, as a person or a workflow calls them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest

from alembic_workshop import NOTHING_BACK, Project, line_of
from colonnade.cli.main import run
from colonnade.postgres import Server, Session
from colonnade.report import machine, rule_pages
from colonnade.review import all_rules

DOCS = Path(__file__).parents[2] / "docs"
CREATE = "CREATE TABLE orders (id bigint PRIMARY KEY, status text);\n"
DROP = "DROP TABLE orders;\n"


@dataclass(frozen=True)
class Done:
    """What a run of the command line came to."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def colonnade(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Give what runs the command line, in this process: a new one takes seconds to start."""

    def call(*arguments: str, cwd: Path, url: str = "") -> Done:
        monkeypatch.chdir(cwd)
        monkeypatch.setattr(sys, "argv", ["colonnade", *arguments])
        monkeypatch.setenv("COLONNADE_POSTGRES_URL", url)
        with pytest.raises(SystemExit) as left:
            run()
        said = capsys.readouterr()
        return Done(int(left.value.code or 0), said.out, said.err)

    return call


Command = Callable[..., Done]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a folder with two migrations."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "001_create.sql").write_text(CREATE, encoding="utf-8")
    (folder / "002_drop.sql").write_text(DROP, encoding="utf-8")
    return tmp_path


@pytest.fixture
def server_url(server: Server) -> str:
    """Give the URL of the session's server."""
    return server.dsn.url


def test_exit_codes(colonnade: Command, project: Path) -> None:
    assert colonnade("migrate", "lint", "migrations/001_create.sql", "--offline", cwd=project).returncode == 0
    found = colonnade("migrate", "lint", "migrations", "--offline", cwd=project)
    assert found.returncode == 1
    assert "migrations/002_drop.sql:1:1: error PL401 orders: its rows are lost" in found.stdout
    assert colonnade("migrate", "lint", "migrations", "--offline", "--exit-zero", cwd=project).returncode == 0
    for wrong in (["nowhere"], ["migrations", "--since", "x"], ["migrations", "--config", "nowhere.toml"], []):
        done = colonnade("migrate", "lint", *wrong, "--offline", cwd=project)
        assert (done.returncode, done.stdout) == (2, ""), wrong


def test_revisions_by_folder_and_by_id(colonnade: Command, tmp_path: Path) -> None:
    alembic = Project(tmp_path)
    path = alembic.add("a1", '\n\ndef upgrade():\n    op.drop_table("orders")' + NOTHING_BACK)
    for named in (".", "a1"):
        found = colonnade("migrate", "lint", named, "--offline", cwd=tmp_path)
        assert found.returncode == 1
        assert f"migrations/versions/a1.py:{line_of(path, 'drop_')}:1: error PL401 orders" in found.stdout


def test_formats(colonnade: Command, project: Path) -> None:
    outputs = {
        name: colonnade("migrate", "lint", "migrations", "--offline", "--format", name, cwd=project).stdout
        for name in ("json", "sarif", "github", "gitlab")
    }
    value = json.loads(outputs["json"])
    jsonschema.Draft202012Validator(machine.result_schema()).validate(value)
    assert [each["code"] for each in value["findings"]] == ["PL401"]
    result = json.loads(outputs["sarif"])["runs"][0]
    assert [each["ruleId"] for each in result["results"]] == ["PL401"]
    assert [each["id"] for each in result["tool"]["driver"]["rules"]] == ["PL401"]
    assert outputs["github"] == (
        "::error file=migrations/002_drop.sql,line=1,col=1,title=PL401 table-drop::orders: its rows are lost\n"
    )
    assert [each["check_name"] for each in json.loads(outputs["gitlab"])] == ["PL401"]


def test_configuration_and_baseline(colonnade: Command, project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.colonnade.lint]\nignore = ["PL401"]\n', encoding="utf-8")
    assert colonnade("migrate", "lint", "migrations", "--offline", cwd=project).returncode == 0
    assert (
        colonnade("migrate", "lint", "migrations", "--offline", "--select", "PL401,PL402", cwd=project).returncode == 0
    )
    (project / "pyproject.toml").write_text('[tool.colonnade.lint]\nignore = ["PL9"]\n', encoding="utf-8")
    unknown = colonnade("migrate", "lint", "migrations/001_create.sql", "--offline", cwd=project)
    assert (unknown.returncode, "CO003" in unknown.stdout) == (1, True)
    (project / "pyproject.toml").write_text("[tool.colonnade.lint]\nmood = 1\n", encoding="utf-8")
    assert colonnade("migrate", "lint", "migrations", "--offline", cwd=project).returncode == 2


def test_faults_of_the_schema_and_an_old_one(colonnade: Command, project: Path, server_url: str) -> None:
    (project / "migrations" / "002_drop.sql").write_text("CREATE TABLE notes (id bigint);\n", encoding="utf-8")
    record = ("migrate", "lint", "migrations", "--record-baseline", "old.json")
    first = colonnade(*record, cwd=project, url=server_url)
    assert (first.returncode, "SC102 notes" in first.stdout) == (1, True)
    again = colonnade("migrate", "lint", "migrations", "--baseline", "old.json", cwd=project, url=server_url)
    assert (again.returncode, "1 in the baseline" in again.stdout) == (0, True)


def test_sorts_of_a_spec_by_the_collation_of_a_database(
    colonnade: Command, project: Path, server_url: str, database: Session
) -> None:
    (project / "app.spec.yaml").write_text(
        "colonnade: 1\nname: app\nentities:\n  Order:\n    fields:\n      status: text(1..20)\n"
        "      note: text(1..99)\n"
        "access:\n  - {list: Order, sort: [note, status], page: offset(20)}\n",
        encoding="utf-8",
    )
    (project / "migrations/002_drop.sql").write_text("ALTER TABLE orders ADD note text;\n", encoding="utf-8")
    (project / "migrations/003_rename.sql").write_text('ALTER TABLE orders RENAME TO "order";\n', encoding="utf-8")
    lint = ("migrate", "lint", "migrations", "--select", "NE203", "--ignore", "PL,NE3,CO")
    found = colonnade(*lint, "--database", database.url, "--patterns", "app.spec.yaml", cwd=project, url=server_url)
    assert found.returncode == 0
    assert (
        "migrations/002_drop.sql:1:1: note NE203 orders.note: capitals are sorted before small letters" in found.stdout
    )
    assert "Sorted by in list-order (app.spec.yaml:9); the collation is C.UTF-8." in found.stdout
    assert found.stdout.count("NE203") == 1
    without = colonnade(*lint, cwd=project, url=server_url)
    assert "not run (no access pattern is known: --patterns reads a spec): NE203" in without.stdout
    wrong = colonnade(*lint, "--patterns", "migrations/001_create.sql", cwd=project, url=server_url)
    assert (wrong.returncode, wrong.stdout) == (2, "")


@pytest.mark.parametrize(
    ("sql", "line", "says"),
    [
        (
            'CREATE TABLE t (name text COLLATE "en-x-icu");\n',
            1,
            'collation "en-x-icu" for encoding "UTF8" does not exist',
        ),
        (
            'CREATE TABLE t (name text COLLATE "unicode");\nCREATE INDEX t_name ON t (name);\n',
            2,
            "ICU is not supported in this build",
        ),
    ],
)
def test_collation_that_the_embedded_server_lacks(
    colonnade: Command, project: Path, server_url: str, sql: str, line: int, says: str
) -> None:
    (project / "alone.sql").write_text(sql, encoding="utf-8")
    found = colonnade("migrate", "lint", "alone.sql", cwd=project, url=server_url)
    assert f"alone.sql:{line}:1: error PL310 {says}" in found.stdout
    assert "hint: The server is built without ICU, as the embedded one is: set COLONNADE_POSTGRES_URL" in found.stdout


def test_alone_without_a_base_and_with_one(colonnade: Command, project: Path, server_url: str) -> None:
    (project / "alone.sql").write_text("ALTER TABLE orders DROP COLUMN status;\n", encoding="utf-8")
    (project / "base.sql").write_text(CREATE, encoding="utf-8")
    alone = colonnade("migrate", "lint", "alone.sql", cwd=project, url=server_url)
    assert (alone.returncode, "error PL402 orders.status" in alone.stdout) == (1, True)
    assert 'line 1: relation "orders" does not exist; name what was there before with --base' in alone.stdout
    based = colonnade("migrate", "lint", "alone.sql", "--base", "base.sql", cwd=project, url=server_url)
    assert (based.returncode, "alone.sql:1:1: error PL402 orders.status" in based.stdout) == (1, True)


def test_syntax_error_is_told_with_its_place(colonnade: Command, project: Path) -> None:
    (project / "migrations" / "003_wrong.sql").write_text("SELECT 1;\nALTER TABEL x;\n", encoding="utf-8")
    done = colonnade("migrate", "lint", "migrations", "--offline", cwd=project)
    assert done.returncode == 2
    assert "003_wrong.sql:2" in done.stderr


def test_rules_and_explain(colonnade: Command, tmp_path: Path) -> None:
    listed = colonnade("rules", cwd=tmp_path)
    assert [line[:5] for line in listed.stdout.splitlines()] == [rule.code for rule in all_rules()]
    page = colonnade("explain", "table-drop", cwd=tmp_path)
    assert page.stdout.startswith("PL401 table-drop (error)")
    assert "Use instead:" in page.stdout
    assert colonnade("explain", "PL999", cwd=tmp_path).returncode == 2


def test_page_of_all_rules_is_up_to_date() -> None:
    assert (DOCS / "rules.md").read_text(encoding="utf-8") == rule_pages.rules_markdown(all_rules()), (
        "run: colonnade rules --format markdown > docs/rules.md"
    )
