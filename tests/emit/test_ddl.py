"""The script: readable, in an order that runs, and the same every time."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from colonnade.emit import ddl
from colonnade.errors import StatementError
from colonnade.postgres import Server, Session, introspect
from colonnade.schema import (
    Check,
    Column,
    Domain,
    EnumType,
    ForeignKey,
    Function,
    Grant,
    Index,
    IndexKey,
    Namespace,
    Policy,
    PrimaryKey,
    Schema,
    Table,
    Trigger,
    Unique,
    View,
)

_KEY = Column(name="id", type="bigint", not_null=True, identity="ALWAYS")


def _table(name: str, *columns: Column, **others: object) -> Table:
    table = Table(name=name, columns=(_KEY, *columns), primary_key=PrimaryKey(name=f"pk_{name}", columns=("id",)))
    return replace(table, **others)  # type: ignore[arg-type]  # any attribute of a table


def _reference(name: str, to: str, *, column: str = "") -> ForeignKey:
    return ForeignKey(
        name=name, columns=(column or f"{to}_id",), referenced_table=to, referenced_columns=("id",), on_delete="CASCADE"
    )


BOARD = Schema(
    namespaces=(
        Namespace(
            name="public",
            grants=(
                Grant(role="board_app", privileges=("USAGE",)),
                Grant(role="public", privileges=("USAGE",)),
            ),
        ),
    ),
    enum_types=(EnumType(name="priority", values=("low", "high")),),
    functions=(
        Function(
            name="set_updated_at",
            arguments="",
            returns="trigger",
            language="plpgsql",
            configuration=(("search_path", ""),),
            body="\nBEGIN\n    NEW.updated_at := now();\n    RETURN NEW;\nEND\n",
        ),
    ),
    tables=(
        _table(
            "tasks",
            Column(name="user_id", type="bigint", not_null=True),
            Column(name="updated_at", type="timestamp with time zone", not_null=True, default="now()"),
            Column(name="priority", type="priority", not_null=True, default="'low'"),
            Column(name="title", type="text", not_null=True, comment="What is to be done."),
            checks=(Check(name="ck_tasks_title_length", expression="char_length(title) BETWEEN 1 AND 200"),),
            foreign_keys=(_reference("fk_tasks_user_id_users", "users", column="user_id"),),
            indexes=(
                Index(
                    name="ix_tasks_user_id_updated_at",
                    keys=(IndexKey(column="user_id"), IndexKey(column="updated_at", descending=True)),
                    predicate="priority = 'high'",
                ),
            ),
            triggers=(
                Trigger(name="tasks_set_updated_at", timing="BEFORE", events=("UPDATE",), function="set_updated_at"),
            ),
            policies=(
                Policy(name="tasks_isolation", roles=("board_app",), using="user_id = 1", with_check="user_id = 1"),
            ),
            grants=(Grant(role="board_app", privileges=("DELETE", "INSERT", "SELECT", "UPDATE")),),
            row_security=True,
            force_row_security=True,
        ),
        _table("users"),
    ),
)

BOARD_SCRIPT = """\
-- The whole schema, for an empty database. All or nothing:
--   psql -X -v ON_ERROR_STOP=1 --single-transaction -f schema.sql

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'board_app') THEN
        BEGIN
            CREATE ROLE board_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;  -- another session was faster
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'board_app' AND (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION USING MESSAGE = 'role "board_app" bypasses row-level security';
    END IF;
END
$$;

CREATE TYPE priority AS ENUM ('low', 'high');

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY,
    CONSTRAINT pk_users PRIMARY KEY (id)
);

CREATE TABLE tasks (
    id         bigint                   GENERATED ALWAYS AS IDENTITY,
    user_id    bigint                   NOT NULL,
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    priority   priority                 NOT NULL DEFAULT 'low',
    title      text                     NOT NULL,
    CONSTRAINT pk_tasks PRIMARY KEY (id),
    CONSTRAINT ck_tasks_title_length CHECK (char_length(title) BETWEEN 1 AND 200),
    CONSTRAINT fk_tasks_user_id_users FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_tasks_user_id_updated_at ON tasks (user_id, updated_at DESC) WHERE priority = 'high';

CREATE FUNCTION set_updated_at() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = ''
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TRIGGER tasks_set_updated_at
    BEFORE UPDATE ON tasks
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- Row-level security

ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks FORCE ROW LEVEL SECURITY;
CREATE POLICY tasks_isolation ON tasks
    FOR ALL TO board_app
    USING (user_id = 1)
    WITH CHECK (user_id = 1);

-- Privileges

GRANT USAGE ON SCHEMA public TO board_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON tasks TO board_app;

-- Comments

COMMENT ON COLUMN tasks.title IS 'What is to be done.';
"""


def _build(session: Session, schema: Schema) -> Schema:
    session.script(ddl.script(schema))
    return introspect(session)


def test_script_reads_as_written_by_hand() -> None:
    assert ddl.script(BOARD, role="board_app") == BOARD_SCRIPT


def test_script_and_statements_say_the_same() -> None:
    script = ddl.script(BOARD, role="board_app")
    assert all(f"{statement};" in script for statement in ddl.statements(BOARD, role="board_app"))


def test_script_runs_through_psql_in_one_transaction(
    server: Server, psql: str, database: Session, tmp_path: Path
) -> None:
    path = tmp_path / "schema.sql"
    path.write_text(ddl.script(BOARD, role="board_app"), encoding="utf-8")
    with server.temporary_roles(names=["board_app"]):
        command = [psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "--single-transaction", "-f", str(path), database.url]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stderr) == (0, "")
        assert [table.name for table in introspect(database).tables] == ["tasks", "users"]


def test_role_that_exists_is_used_again(server: Server, database: Session) -> None:
    with server.temporary_roles(names=["again"]):
        database.execute(ddl.create_role("again"))
        database.execute(ddl.create_role("again"))
        found = "SELECT rolcanlogin, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = 'again'"
        assert database.execute(found) == [(False, False, False)]


def test_role_that_bypasses_row_security_is_refused(server: Server, database: Session) -> None:
    with server.temporary_roles(names=["mighty"]):
        database.execute("CREATE ROLE mighty BYPASSRLS")
        with pytest.raises(StatementError, match='role "mighty" bypasses row-level security'):
            database.execute(ddl.create_role("mighty"))


def test_tables_that_reference_each_other_are_created(database: Session) -> None:
    schema = Schema(
        tables=(
            _table("a", Column(name="b_id", type="bigint"), foreign_keys=(_reference("fk_a", "b"),)),
            _table("b", Column(name="a_id", type="bigint"), foreign_keys=(_reference("fk_b", "a"),)),
        )
    )
    assert _build(database, schema) == schema


def test_table_that_references_its_own_unique_index_is_created(database: Session) -> None:
    key = ForeignKey(name="fk", columns=("parent",), referenced_table="a", referenced_columns=("code",))
    schema = Schema(
        tables=(
            _table(
                "a",
                Column(name="code", type="text"),
                Column(name="parent", type="text"),
                foreign_keys=(key,),
                indexes=(Index(name="ux", keys=(IndexKey(column="code"),), unique=True),),
            ),
        )
    )
    assert _build(database, schema) == schema


def test_equal_unique_constraints_are_both_kept(database: Session) -> None:
    uniques = (Unique(name="k1", columns=("id",)), Unique(name="k2", columns=("id",)))
    schema = Schema(tables=(_table("a", uniques=uniques),))
    assert _build(database, schema) == schema


def test_long_index_stands_on_several_lines() -> None:
    keys = tuple(IndexKey(column=name) for name in ("first_long_column", "second_long_column", "third_long_column"))
    index = Index(name="ix_with_a_name_of_its_own", keys=keys, unique=True, predicate="deleted_at IS NULL")
    assert ddl.create_index(_table("a"), index) == (
        "CREATE UNIQUE INDEX ix_with_a_name_of_its_own\n"
        "    ON a (first_long_column, second_long_column, third_long_column)\n"
        "    WHERE deleted_at IS NULL"
    )


def test_long_condition_stands_on_several_lines() -> None:
    condition = (
        "user_id = 1 AND created_at BETWEEN '2024-01-01' AND '2025-01-01' AND (title = ' AND ' OR title IS NULL)"
        " OR archived"
    )
    policy = Policy(name="p", using=condition)
    assert ddl.create_policy(_table("a"), policy) == (
        "CREATE POLICY p ON a\n"
        "    FOR ALL TO PUBLIC\n"
        "    USING (user_id = 1\n"
        "        AND created_at BETWEEN '2024-01-01' AND '2025-01-01'\n"
        "        AND (title = ' AND ' OR title IS NULL)\n"
        "        OR archived)"
    )


def test_function_that_a_check_calls_comes_before_the_table(database: Session) -> None:
    schema = Schema(
        functions=(
            Function(
                name="is_even",
                arguments="number bigint",
                returns="boolean",
                language="sql",
                volatility="IMMUTABLE",
                body="SELECT number % 2 = 0",
            ),
        ),
        tables=(_table("a", checks=(Check(name="k", expression="is_even(id)"),)),),
    )
    assert _build(database, schema) == schema


def test_function_that_reads_a_table_comes_after_it(database: Session) -> None:
    schema = Schema(
        functions=(
            Function(name="first", arguments="", returns="bigint", language="sql", body="SELECT min(id) FROM zebra"),
        ),
        tables=(_table("zebra"),),
    )
    assert _build(database, schema) == schema


def test_domain_and_views_come_after_what_they_stand_on(database: Session) -> None:
    schema = Schema(
        domains=(Domain(name="a", base_type="z"), Domain(name="z", base_type="integer")),
        tables=(_table("t", Column(name="a", type="a")),),
        views=(
            View(name="first", definition="SELECT id FROM second"),
            View(name="second", definition="SELECT id FROM t"),
        ),
    )
    found = _build(database, schema)
    assert [view.name for view in found.views] == ["first", "second"]


def test_index_of_a_materialised_view_comes_after_it_and_after_the_function_that_it_calls(database: Session) -> None:
    index = Index(name="i", keys=(IndexKey(expression="z(id)"),), unique=True, comment="x")
    z = Function(
        name="z", arguments="bigint", returns="bigint", language="sql", body="SELECT $1", volatility="IMMUTABLE"
    )
    schema = Schema(
        tables=(_table("t"),),
        functions=(z,),
        views=(View(name="m", definition="SELECT id\n   FROM t", materialized=True, indexes=(index,)),),
    )
    made = ddl.statements(schema)
    assert [each.split("(")[0].split(" AS")[0].split("\n")[0] for each in made[1:]] == [
        "CREATE FUNCTION z",
        "CREATE MATERIALIZED VIEW m",
        "CREATE UNIQUE INDEX i ON m ",
        "COMMENT ON INDEX i IS 'x'",
    ]
    database.execute_all(made)
    assert introspect(database).views == schema.views


def test_trigger_of_a_view_comes_after_it_and_after_its_function(database: Session) -> None:
    trigger = Trigger(name="g", timing="INSTEAD OF", events=("INSERT", "DELETE"), function="z", comment="x")
    z = Function(name="z", arguments="", returns="trigger", language="plpgsql", body="BEGIN RETURN NEW; END")
    view = View(name="a", definition="SELECT id\n   FROM t", triggers=(trigger,))
    schema = Schema(tables=(_table("t"),), functions=(z,), views=(view,))
    made = ddl.statements(schema)
    assert made[-2:] == (
        "CREATE TRIGGER g\n    INSTEAD OF INSERT OR DELETE ON a\n    FOR EACH ROW EXECUTE FUNCTION z()",
        "COMMENT ON TRIGGER g ON a IS 'x'",
    )
    database.execute_all(made)
    assert introspect(database).views == schema.views


def test_body_that_holds_dollar_quotes_is_kept(database: Session) -> None:
    body = "\nBEGIN\n    EXECUTE $$SELECT '$body_1$'$$; -- $"
    function = Function(
        name="f", arguments="", returns="void", language="plpgsql", body=f"{body}\nEND\n--$", comment="$$"
    )
    assert _build(database, Schema(functions=(function,))).functions == (function,)


def test_default_that_the_grammar_does_not_take_bare_is_put_in_parentheses(database: Session) -> None:
    column = Column(name="c", type="boolean", default="1 IN (1, 2) AND NOT false")
    found = _build(database, Schema(tables=(_table("a", column),)))
    assert found.table("a").column("c").default == "((1 = ANY (ARRAY[1, 2])) AND (NOT false))"


def test_stubs_stand_in_for_external_tables(database: Session) -> None:
    users = Table(
        name="users",
        namespace="auth",
        columns=(Column(name="id", type="uuid", not_null=True),),
        primary_key=PrimaryKey(name="users_pkey", columns=("id",)),
        external=True,
    )
    key = ForeignKey(
        name="fk",
        columns=("user_id",),
        referenced_table="users",
        referenced_namespace="auth",
        referenced_columns=("id",),
    )
    schema = Schema(tables=(users, _table("t", Column(name="user_id", type="uuid"), foreign_keys=(key,))))
    assert "auth" not in "".join(line for line in ddl.statements(schema) if "REFERENCES" not in line)
    for statement in ddl.stubs(schema):
        database.execute(statement)
    assert _build(database, schema) == schema


def test_script_leaves_the_table_of_another_product_as_it_is_and_stands_in_for_a_missing_one(database: Session) -> None:
    names = ('a"user', "$$\n\f;")
    others = tuple(
        Table(
            name=name,
            namespace="auth",
            columns=(Column(name="id", type="text", not_null=True),),
            primary_key=PrimaryKey(name=f"{name}_pkey", columns=("id",)),
            external=True,
        )
        for name in names
    )
    columns = [Column(name=f"user_{number}", type="text") for number, _ in enumerate(names)]
    keys = tuple(
        ForeignKey(
            name=f"fk_{number}",
            columns=(f"user_{number}",),
            referenced_table=name,
            referenced_namespace="auth",
            referenced_columns=("id",),
        )
        for number, name in enumerate(names)
    )
    schema = Schema(tables=(*sorted(others, key=lambda table: table.name), _table("t", *columns, foreign_keys=keys)))
    database.script('CREATE SCHEMA auth; CREATE TABLE auth."a""user" (id text PRIMARY KEY, mail text)')
    database.script(ddl.script(schema))
    own, made = (introspect(database, namespaces=("auth",)).table(name, namespace="auth") for name in names)
    assert not own.external
    assert [column.name for column in own.columns] == ["id", "mail"]
    assert (own.comment, made) == (None, others[1])


@pytest.mark.parametrize("word", ["values", "between", "row", "coalesce", "user", "Ünïcode", 'a"b', "a.b"])
def test_function_of_any_name_is_created_and_called(database: Session, word: str) -> None:
    database.script(
        ddl.script(
            Schema(
                functions=(
                    Function(
                        name=word, arguments="", returns="trigger", language="plpgsql", body="BEGIN RETURN NEW; END"
                    ),
                )
            )
        )
    )
    assert [function.name for function in introspect(database).functions] == [word]
