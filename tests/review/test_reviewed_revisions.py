"""Alembic's revisions under review: findings at their lines, whatever built the statements."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from alembic_workshop import ASYNC_ENV, HEAD, NOTHING_BACK, Project, line_of
from colonnade import api
from colonnade.errors import InputError
from colonnade.postgres import Server
from colonnade.review import Finding, all_rules, rule_of
from colonnade.review.finding import Evidence

ORDERS = """
def upgrade():
    op.create_table("orders", sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("status", sa.Text))
    op.bulk_insert(sa.table("orders", sa.column("id"), sa.column("status")), [{"id": 1, "status": "50%"}])


def downgrade():
    op.drop_table("orders")
"""
HAZARDS = '''
irreversible = "the values of status are not kept"


def helper(table):
    op.get_bind().execute(sa.text(f"UPDATE {table} SET status = :new WHERE status LIKE '5%'"), {"new": "it's"})


def upgrade():
    for column in ("a", "b"):
        op.add_column("orders", sa.Column(column, sa.Text))
    helper("orders")
    with op.get_context().autocommit_block():
        op.execute("SET LOCAL lock_timeout = '1s'")
        op.create_index("j", "orders", ["a"], postgresql_concurrently=True, if_not_exists=True)
    op.execute(
        """
        DO $$ BEGIN
          EXECUTE format('ALTER TABLE %I DROP COLUMN status', 'orders');
        END $$
        """
    )  # colonnade: ignore[PL409] a and b hold something else


def downgrade():
    op.drop_column("orders", "a")
'''


def lint(server: Server, *paths: Path, offline: bool = False, since: str | None = None) -> tuple[Finding, ...]:
    """Review on the session's server; notes are left out."""
    url = None if offline else server.dsn.url
    result = api.migrate_lint(paths, offline=offline, since=since, postgres_url=url)
    return tuple(each for each in result.review.findings if each.severity != "note")


def lines(findings: tuple[Finding, ...]) -> set[tuple[str, str, int]]:
    """Return code, file and line of each finding."""
    return {(each.code, Path(each.at.path).name, each.at.line) for each in findings}


def test_helpers_loops_blocks_and_autocommit_blocks_are_seen(server: Server, tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.add("a1", ORDERS)
    path = project.add("b2", HAZARDS)
    found = lines(lint(server, path))
    in_helper = line_of(path, "op.get_bind()")
    assert found == {
        ("PL205", "b2.py", in_helper),
        ("PL601", "b2.py", in_helper),
        ("PL202", "b2.py", line_of(path, "SET LOCAL")),
        ("PL301", "b2.py", line_of(path, "if_not_exists")),
        ("PL402", "b2.py", line_of(path, "DO $$") - 2),
    }


def test_asynchronous_environment_in_a_transaction_for_each_revision(server: Server, tmp_path: Path) -> None:
    project = Project(tmp_path, env=ASYNC_ENV)
    project.add("a1", ORDERS)
    path = project.add("b2", '\n\ndef upgrade():\n    op.create_index("i", "orders", ["status"])' + NOTHING_BACK)
    result = api.migrate_lint([tmp_path], postgres_url=server.dsn.url)
    assert lines(result.review.findings) == {
        ("SC206", "a1.py", line_of(path.with_name("a1.py"), "create_table")),
        ("PL101", "b2.py", line_of(path, "create_index")),
        ("PL204", "b2.py", line_of(path, "create_index")),
        ("PL306", "b2.py", line_of(path, "def downgrade")),
    }  # and no PL201, because env.py sets a lock_timeout


def test_without_a_server_only_what_the_text_tells(server: Server, tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.add("a1", ORDERS)
    path = project.add("b2", HAZARDS.replace("helper(", "print(", 1).replace('    helper("orders")\n', ""))
    result = api.migrate_lint([path], offline=True)
    found = {each.code for each in result.review.findings if each.severity != "note"}
    assert {"PL202", "PL301"} <= found
    partly = {each.code for each in result.review.not_run if "puts together" in each.reason}
    left = {each.code for each in result.review.not_run if "puts together" not in each.reason}
    assert "PL402" in partly
    needy = [rule for rule in all_rules() if rule.default and rule.needs & {Evidence.observed, Evidence.catalog}]
    assert left >= {rule.code for rule in needy}
    assert not left & found


INI = """[alembic]
script_location = migrations
# colonnade: ignore[NE105] the image has one driver only
sqlalchemy.url = postgresql://owner:p%40ss@ep-a-b-12345678-pooler.eu-central-1.aws.neon.tech/app

[second]
sqlalchemy.url: postgresql://owner:%(PASSWORD)s@db.example/app

[third]
;sqlalchemy.url = postgresql://owner@db.example/app
SQLAlchemy.URL=postgresql+asyncpg://owner@db.example/app?sslmode=require

[fourth]
sqlalchemy.url = postgresql://owner:pass@localhost:port/dbname

[template]
sqlalchemy.url = driver://user:pass@localhost/dbname
"""


def test_addresses_in_alembics_configuration_are_judged_with_the_whole_history(server: Server, tmp_path: Path) -> None:
    project = Project(tmp_path)
    path = project.add("a1", "\n\ndef upgrade():\n    pass" + NOTHING_BACK)
    (tmp_path / "alembic.ini").write_text(INI, encoding="utf-8")
    for offline in (True, False):
        result = api.migrate_lint([tmp_path], offline=offline, postgres_url=server.dsn.url)
        assert lines(result.review.findings) == {
            ("NE104", "alembic.ini", 4),
            ("NE101", "alembic.ini", 4),
            ("NE103", "alembic.ini", 11),
        }
        assert result.review.suppressed == 1
        assert [Path(each).name for each in result.migrations] == ["a1.py"]
        left = {each.code for each in result.review.not_run if "colonnade doctor" in each.reason}
        assert left == {"NE202", "NE204", "RL105"}
        unread = {each.reason for each in result.review.not_run if each.code == "NE101"}
        assert unread == {
            "the address in alembic.ini cannot be read: connection URL has a malformed host",
            "the address in alembic.ini is put together from other settings",
        }
    assert lines(api.migrate_lint([path], postgres_url=server.dsn.url).review.findings) == set()


def test_models_are_seen_wherever_a_revision_imports_them(server: Server, tmp_path: Path) -> None:
    project = Project(tmp_path)
    (tmp_path / "shop.py").write_text("", encoding="utf-8")
    body = "\n\ndef upgrade():\n    try:\n        from shop import __name__\n    finally:\n        import shop\n"
    path = project.add("a1", body + NOTHING_BACK)
    found = {each for each in lines(lint(server, path)) if each[0] == "PL307"}
    assert found == {("PL307", "a1.py", line_of(path, "from shop")), ("PL307", "a1.py", line_of(path, "import shop"))}


def test_revision_that_raises_is_an_error_with_its_place(server: Server, tmp_path: Path) -> None:
    project = Project(tmp_path)
    path = project.add("a1", "\n\ndef upgrade():\n    raise ValueError('no such thing')" + NOTHING_BACK)
    with pytest.raises(InputError) as caught:
        lint(server, tmp_path)
    assert caught.value.at is not None
    assert (Path(caught.value.at.path).name, caught.value.at.line) == (path.name, line_of(path, "raise"))
    assert "no such thing" in str(caught.value)


def test_refused_statement_is_a_finding_at_its_line(server: Server, tmp_path: Path) -> None:
    project = Project(tmp_path)
    path = project.add("a1", '\n\ndef upgrade():\n    op.execute("ALTER TABLE nowhere ADD x int")' + NOTHING_BACK)
    assert lines(lint(server, tmp_path)) == {("PL310", "a1.py", line_of(path, "nowhere"))}


def example_project(text: str, folder: Path) -> Path:
    """Write a project in which the example of a manual page follows a released revision, and return the project."""
    project = Project(folder)
    (folder / "app_models.py").write_text("STATES = ('a', 'b')\n", encoding="utf-8")
    project.add("base0", '\n\ndef upgrade():\n    op.execute("SELECT 1")' + NOTHING_BACK)
    states = '\n    op.execute("CREATE TABLE states (name text)")\n\n\ndef downgrade():\n    op.drop_table("states")\n'
    project.add(
        "base1",
        ORDERS.split("\n\n\ndef downgrade", maxsplit=1)[0]
        + "\n"
        + states.replace("op.drop", 'op.drop_table("orders")\n    op.drop'),
    )
    released = '\n\ndef upgrade():\n    op.execute("SELECT 1")\n\n\ndef downgrade():\n    op.execute("SELECT 1")\n'
    path = project.add("change", released)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "released")
    head = HEAD.format(name="change", down="base1")
    path.write_text(f"{head}# changed\n{text}", encoding="utf-8")
    return path


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder."""
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("code", [rule.code for rule in all_rules() if "```python" in rule.manual().text])
def test_examples_of_manual_pages_in_python(server: Server, tmp_path: Path, code: str) -> None:
    rule = rule_of(code)
    page = rule.manual()
    assert page.example is not None
    assert page.use_instead is not None
    for name, text, fires in (("one", page.example.text, True), ("two", page.use_instead.text, False)):
        (tmp_path / name).mkdir()
        path = example_project(text, tmp_path / name)
        offline = Evidence.observed not in rule.needs
        assert (code in {each.code for each in lint(server, path, since="HEAD", offline=offline)}) is fires


def test_heads_of_labelled_branches_do_not_diverge(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.add("a1", ORDERS)
    body = '\n\ndef upgrade():\n    op.execute("SELECT 1")' + NOTHING_BACK
    project.add("b2", body)
    project.add("c3", 'branch_labels = ("reports",)\n' + body, down="a1")
    found = api.migrate_lint([tmp_path], offline=True).review.findings
    assert [each.code for each in found if each.severity != "note"] == []


def test_since_bounds_what_is_reviewed(server: Server, tmp_path: Path) -> None:
    for name in ("001_a.sql", "002_b.sql"):
        (tmp_path / name).write_text(
            f"CREATE TABLE {name[4]} (id bigint);\nDROP TABLE {name[4]};\nBEGIN;\n", encoding="utf-8"
        )
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "001_a.sql")
    git(tmp_path, "-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "one")
    result = api.migrate_lint([tmp_path], since="HEAD", offline=True)
    assert [Path(each).name for each in result.migrations] == ["002_b.sql"]
    with pytest.raises(InputError, match="git cannot say"):
        api.migrate_lint([tmp_path], since="nowhere", offline=True)


def test_revision_in_another_encoding_has_its_place(server: Server, tmp_path: Path) -> None:
    path = Project(tmp_path).add("a1", ORDERS)
    path.write_bytes(b"# -*- coding: latin-1 -*-\n" + path.read_bytes() + b"\n# caf\xe9\n")
    last = path.read_bytes().count(b"\n")
    for offline in (True, False):
        with pytest.raises(InputError, match="byte 0xE9 is not UTF-8") as caught:
            lint(server, path, offline=offline)
        assert str(caught.value.at) == f"{path}:{last}:1"
