"""Any two sources are compared alike; what a source does not speak of is left alone, and listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from existing_schemas import HEROES, left_behind, written

from colonnade import api
from colonnade.errors import InputError, StatementError, UnsupportedError
from colonnade.postgres import Server
from colonnade.report.changes import diff_as_json
from colonnade.schema import Namespace, Table
from colonnade.schema.changes import Drop

EXAMPLES = Path(__file__).parents[2] / "examples"
LIBRARY = EXAMPLES / "library" / "generated"
BEFORE = "CREATE TABLE t (id int PRIMARY KEY, title text NOT NULL, x int);"
AFTER = "CREATE TABLE t (id int PRIMARY KEY, title varchar(80) NOT NULL, y int); CREATE INDEX ix ON t (title);"
OTHERS = """
CREATE TABLE team (id serial PRIMARY KEY, name text NOT NULL) WITH (fillfactor = 70);
CREATE INDEX ix_team_name ON team (name);
CREATE TABLE hero (id serial PRIMARY KEY, name varchar NOT NULL, team_id int REFERENCES team (id));
CREATE INDEX stale ON hero (name);
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
CREATE SCHEMA reports;
CREATE SEQUENCE tickets;
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE EXTENSION pg_trgm;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touched BEFORE UPDATE ON team FOR EACH ROW EXECUTE FUNCTION touch();
CREATE POLICY everybody ON team USING (true);
ALTER TABLE team ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON team TO public;
CREATE STATISTICS together ON id, name FROM team;
CREATE VIEW reports.names AS SELECT name FROM team;
CREATE TABLE forgotten (id int PRIMARY KEY);
"""
NOTES = """\
colonnade: 1
name: notes
identity: better-auth
isolation: user
entities:
  Note:
    owner: user
    fields: {title: text(1..80)!}
"""

Diff = Callable[..., api.DiffResult]


@pytest.fixture
def diff(server: Server) -> Iterator[Diff]:
    """Give the verb on the run's server, on which it may leave nothing behind."""
    before = left_behind(server)

    def on_server(*sources: str | Path, renames: tuple[str, ...] = ()) -> api.DiffResult:
        one, two = map(str, sources)
        return api.diff(one, two, renames=renames, postgres_url=server.dsn.url)

    yield on_server
    assert left_behind(server) == before


def kinds(result: api.DiffResult) -> list[str]:
    """Return what the changes are called."""
    return sorted({type(step.change).__name__ for step in result.steps})


def test_scripts(diff: Diff, tmp_path: Path) -> None:
    result = diff(written(tmp_path, "a.sql", BEFORE), written(tmp_path, "b.sql", AFTER))
    assert kinds(result) == ["AlterColumnType", "Create", "Drop"]
    assert [step.loses for step in result.steps if step.loses] == ["the values of t.x"]
    assert [each.option for each in result.proposals] == ["public.t.x=public.t.y"]
    assert result.left_alone == ()


def test_nothing_becomes_a_design_and_a_design_nothing(diff: Diff) -> None:
    made = diff("empty", LIBRARY)
    assert kinds(made)[0] == "Create"
    assert not [step for step in made.steps if step.loses]
    gone = diff(LIBRARY, "empty")
    assert {type(step.change).__name__ for step in gone.steps} <= {"Drop", "RevokePrivileges", "SetColumnDefault"}


def test_a_spec_is_its_design_and_its_models(diff: Diff) -> None:
    """What was written from a spec differs in nothing from it."""
    assert diff(EXAMPLES / "library" / "openapi.yaml", LIBRARY).steps == ()
    assert diff(LIBRARY, LIBRARY / "schema.sql").steps == ()
    assert diff(LIBRARY, LIBRARY / "models").steps == ()


def test_a_role_and_a_table_of_another_product_are_made_where_they_are_missing(
    diff: Diff, server: Server, tmp_path: Path
) -> None:
    goal = written(tmp_path, "notes.spec.yaml", NOTES)
    made = diff("empty", goal)
    assert {"NameRole", "StandIn"} <= {*kinds(made)}
    with server.scratch_database() as empty, server.scratch_database() as used:
        used.script('CREATE TABLE "user" (id text PRIMARY KEY, email text NOT NULL)')
        for session in (empty, used):
            session.script(made.sql, atomic=False)
        left = [diff(session.url, goal).steps for session in (empty, used)]
        assert used.value('SELECT count(email) FROM "user"') == 0
    with server.session() as session:
        session.execute("DROP ROLE notes_app")
    assert left == [(), ()]


def test_what_either_source_takes_from_another_product_stays_in_both(diff: Diff, tmp_path: Path) -> None:
    elsewhere = "{user: external, table: users, namespace: auth, key: text}"
    goal = written(tmp_path, "notes.spec.yaml", NOTES.replace("better-auth", elsewhere))
    mails = written(tmp_path, "mails.sql", "CREATE SCHEMA auth; CREATE TABLE auth.mails (id int)")
    assert dropped(diff(mails, goal)) == ["mails"]
    users = "CREATE SCHEMA auth; CREATE TABLE auth.users (id text PRIMARY KEY, mail text)"
    theirs = written(tmp_path, "theirs.sql", users)
    assert {"StandIn", "Drop"}.isdisjoint(kinds(diff(theirs, goal)))
    assert dropped(diff(goal, theirs)) == ["notes"]


def dropped(result: api.DiffResult) -> list[str]:
    """Return the tables and namespaces that go."""
    gone = [step.change.value for step in result.steps if isinstance(step.change, Drop)]
    return [each.name for each in gone if isinstance(each, Namespace | Table)]


def test_a_script_of_ours_says_itself_what_is_not_ours(diff: Diff, tmp_path: Path) -> None:
    goal = written(tmp_path, "notes.spec.yaml", NOTES)
    api.design([Path(goal)], out=tmp_path / "notes", prove=False)
    assert diff(tmp_path / "notes" / "schema.sql", tmp_path / "notes" / "models").steps == ()
    assert diff(tmp_path / "notes" / "models", tmp_path / "notes" / "schema.sql").steps == ()


def test_a_database_is_only_read(diff: Diff, server: Server, tmp_path: Path) -> None:
    with server.scratch_database() as session:
        session.script(BEFORE + "INSERT INTO t VALUES (1, 'a', 2);")
        result = diff(session.url, written(tmp_path, "b.sql", AFTER), renames=("public.t.x=public.t.y",))
        assert session.execute("SELECT * FROM t") == [(1, "a", 2)]
        assert [step.loses for step in result.steps if step.loses] == []
        session.script(result.sql, atomic=False)
        assert session.execute("SELECT id, title, y FROM t") == [(1, "a", 2)]
        assert diff(session.url, written(tmp_path, "b.sql", AFTER)).steps == ()


def test_what_models_do_not_manage_is_left_alone_and_listed(diff: Diff, server: Server, tmp_path: Path) -> None:
    models = written(tmp_path, "heroes.py", HEROES)
    with server.scratch_database() as session:
        session.script(OTHERS)
        result = diff(session.url, models)
        session.script(result.sql, atomic=False)
        after = diff(session.url, models)
    assert {f"{each.kind} {each}" for each in result.left_alone} == {
        "table alembic_version",
        "schema reports",
        "sequence tickets",
        "domain positive",
        "extension pg_trgm",
        "function touch()",
        "trigger team.touched",
        "policy team.everybody",
        "statistics team.together",
        "view reports.names",
    }
    assert after.steps == ()
    assert after.left_alone == result.left_alone
    said = "\n".join(statement for step in result.steps for statement in step.sql)
    assert "DROP TABLE forgotten" in said
    assert "DROP INDEX stale" in said
    for kept in ("fillfactor", "ROW LEVEL SECURITY", "REVOKE", "touch", "together"):
        assert kept not in said
    assert "-- left alone: trigger team.touched" in result.sql


UNSAID = """
CREATE TABLE hero (id serial PRIMARY KEY, name varchar NOT NULL);
ALTER TABLE hero REPLICA IDENTITY FULL;
CREATE UNLOGGED TABLE forgotten (id int PRIMARY KEY);
CREATE PUBLICATION heroes FOR TABLE hero;
"""
IDENTITY, UNLOGGED = "replica identity of public.hero", "unlogged storage of public.forgotten"
PUBLICATION = "publication heroes"


def test_what_no_schema_can_say_is_left_alone_by_models_and_listed(diff: Diff, server: Server, tmp_path: Path) -> None:
    models = written(tmp_path, "heroes.py", HEROES)
    script = diff(written(tmp_path, "a.sql", UNSAID), models)
    assert script.unsaid == (PUBLICATION, IDENTITY)  # the unlogged table goes, since the models have none like it
    assert f"-- left alone: {IDENTITY}" in script.sql
    with server.scratch_database() as session:
        session.script(UNSAID)
        assert diff(session.url, models).unsaid == script.unsaid
        session.script(script.sql, atomic=False)
        after = diff(session.url, models)
    assert (after.steps, after.unsaid) == ((), script.unsaid)


def test_what_no_schema_can_say_is_left_alone_where_both_have_it(diff: Diff, tmp_path: Path) -> None:
    more = f"{UNSAID} ALTER TABLE hero ADD COLUMN age int;"
    before, after = written(tmp_path, "a.sql", UNSAID), written(tmp_path, "b.sql", more)
    result = diff(before, after)
    assert kinds(result) == ["Create"]
    assert result.unsaid == (PUBLICATION, IDENTITY, UNLOGGED)
    without = written(tmp_path, "c.sql", more.replace("UNLOGGED", ""))
    for one, two, sign in ((before, without, "-"), (without, before, "+")):
        with pytest.raises(UnsupportedError, match="beyond what a schema can say") as caught:
            diff(one, two)
        assert caught.value.detail == f"{sign} {UNLOGGED}."


def test_what_is_not_finished_is_never_passed_over(diff: Diff, server: Server, tmp_path: Path) -> None:
    with server.scratch_database() as session:
        session.script("CREATE TABLE hero (id serial PRIMARY KEY, name varchar)")
        session.script("INSERT INTO hero (name) VALUES ('a'), ('a')")
        with pytest.raises(StatementError, match="could not create unique index"):
            session.execute("CREATE UNIQUE INDEX CONCURRENTLY twice ON hero (name)")
        with pytest.raises(UnsupportedError) as caught:
            diff(session.url, written(tmp_path, "heroes.py", HEROES))
    assert caught.value.detail == "invalid index public.twice."
    assert "drop" in caught.value.hint


def test_a_view_that_is_left_alone_is_made_anew_where_its_column_changes(
    diff: Diff, server: Server, tmp_path: Path
) -> None:
    models = written(tmp_path, "heroes.py", HEROES)
    with server.scratch_database() as session:
        session.script(OTHERS)
        session.script("DROP VIEW reports.names; ALTER TABLE team ALTER name TYPE varchar(90)")
        session.script(
            "CREATE MATERIALIZED VIEW reports.names AS SELECT name FROM team; CREATE INDEX i ON reports.names (name);"
            "CREATE VIEW reports.seen AS SELECT name FROM team;"
            "CREATE TRIGGER store INSTEAD OF INSERT ON reports.seen FOR EACH ROW EXECUTE FUNCTION touch()"
        )
        result = diff(session.url, models)
        session.script(result.sql, atomic=False)
        assert session.execute("INSERT INTO reports.seen VALUES ('x') RETURNING name") == [("x",)]
        assert session.value("SELECT to_regclass('reports.i')::text") == "reports.i"
    assert {str(each) for each in result.left_alone if each.namespace == "reports"} == {"reports.names", "reports.seen"}


def test_triggers_of_a_view_are_left_alone_where_the_models_make_none(
    diff: Diff, server: Server, tmp_path: Path
) -> None:
    made = "CREATE VIEW names AS SELECT name FROM team"
    listener = f'sa.event.listen(SQLModel.metadata, "after_create", sa.DDL("{made}"))'
    models = written(tmp_path, "heroes.py", f"import sqlalchemy as sa\n{HEROES}\n{listener}\n")
    with server.scratch_database() as session:
        session.script(diff(session.url, models).sql, atomic=False)
        session.script(
            "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
            "CREATE TRIGGER store INSTEAD OF INSERT ON names FOR EACH ROW EXECUTE FUNCTION touch()"
        )
        result = diff(session.url, models)
    assert result.steps == ()
    assert {f"{each.kind} {each}" for each in result.left_alone} == {"function touch()", "trigger names.store"}


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        ("public.t.x", "is no rename"),
        ("public.t.gone=public.t.y", "there is no"),
        ("public.t.x=public.u.x", "would move a column"),
        ("public.t=other.t", "would move a table"),
    ],
)
def test_renames_that_cannot_be(diff: Diff, tmp_path: Path, option: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        diff(written(tmp_path, "a.sql", BEFORE), "empty", renames=(option,))


def test_renames_follow_each_other(diff: Diff, tmp_path: Path) -> None:
    goal = "CREATE TABLE u (id int CONSTRAINT t_pkey PRIMARY KEY, title text NOT NULL, y int);"
    names = ("public.t=public.u", "public.u.x=public.u.y")
    result = diff(written(tmp_path, "a.sql", BEFORE), written(tmp_path, "b.sql", goal), renames=names)
    assert not [step for step in result.steps if step.loses]


def test_a_value_of_an_enum_that_is_renamed_keeps_its_rows(diff: Diff, server: Server, tmp_path: Path) -> None:
    goal = written(tmp_path, "b.sql", "CREATE TYPE e AS ENUM ('a', 'new', 'c'); CREATE TABLE t (x e);")
    with server.scratch_database() as session:
        session.script("CREATE TYPE e AS ENUM ('a', 'Old one', 'c'); CREATE TABLE t (x e)")
        session.execute("INSERT INTO t VALUES ('Old one')")
        (proposal,) = diff(session.url, goal).proposals
        session.script(diff(session.url, goal, renames=(proposal.option,)).sql, atomic=False)
        assert session.value("SELECT x::text FROM t") == "new"


@pytest.mark.parametrize(
    ("source", "problem"), [("missing.sql", "there is no"), ("mysql://localhost/x", '"mysql" is no Postgres')]
)
def test_what_is_no_source(diff: Diff, source: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        diff(source, "empty")


def test_what_a_schema_cannot_say_is_named(diff: Diff, tmp_path: Path) -> None:
    script = written(
        tmp_path, "a.sql", "CREATE TABLE t (x int); CREATE OPERATOR === (RIGHTARG = int, FUNCTION = int4um)"
    )
    with pytest.raises(UnsupportedError) as raised:
        diff(script, "empty")
    assert "===" in raised.value.detail


def test_two_values_of_a_script_in_one_result(diff: Diff, tmp_path: Path) -> None:
    """Values of an enum are added in a transaction of their own, and the rest waits for them."""
    before = "CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (x e);"
    after = "CREATE TYPE e AS ENUM ('b', 'a'); CREATE TABLE t (x e DEFAULT 'b');"
    result = diff(written(tmp_path, "a.sql", before), written(tmp_path, "b.sql", after))
    shown = diff_as_json(
        result.steps,
        result.proposals,
        result.left_alone,
        unsaid=result.unsaid,
        before="a",
        after="b",
        sql=result.sql,
        elapsed_ms=1,
    )
    assert [change["transactional"] for change in shown["changes"]] == [False, True]
    assert result.sql.index("ADD VALUE") < result.sql.index("BEGIN;")
