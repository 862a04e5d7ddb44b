"""Claims about building: proved of a design, refuted of one that says something else than its script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from colonnade.design import Bindings, Design
from colonnade.emit import ddl
from colonnade.postgres import Server, Session
from colonnade.prove.builds import prove_models, prove_script, read_back
from colonnade.schema import Check, Column, ForeignKey, PrimaryKey, Schema, Table
from colonnade.spec import Spec

_USERS = Table(
    name="user",
    columns=(Column(name="id", type="text", not_null=True),),
    primary_key=PrimaryKey(name="user_pkey", columns=("id",)),
    external=True,
)
_TASKS = Table(
    name="tasks",
    columns=(
        Column(name="id", type="bigint", not_null=True, identity="ALWAYS"),
        Column(name="user_id", type="text", not_null=True),
        Column(name="title", type="text", not_null=True),
    ),
    primary_key=PrimaryKey(name="pk_tasks", columns=("id",)),
    checks=(Check(name="ck_tasks_title", expression="char_length(title) BETWEEN 1 AND 200"),),
    foreign_keys=(
        ForeignKey(name="fk_tasks_user", columns=("user_id",), referenced_table="user", referenced_columns=("id",)),
    ),
)


def _design(*tables: Table) -> Design:
    return Design(
        name="board",
        spec=Spec(name="board"),
        schema=Schema(tables=tuple(sorted(tables, key=lambda table: table.name))),
        bindings=Bindings(),
        decisions=(),
    )


_DESIGN = _design(_USERS, _TASKS)
_SCRIPT = ddl.script(_DESIGN.schema)


@pytest.fixture
def other(server: Server) -> Iterator[Session]:
    """Give a second empty database."""
    with server.scratch_database() as session:
        yield session


def test_script_that_builds_the_design_is_proved(database: Session) -> None:
    runs, catalog = prove_script(_DESIGN, _SCRIPT, database)
    assert (runs.verdict, runs.observed) == ("proved", "2 statements ran")
    assert (catalog.verdict, catalog.observed) == (
        "proved",
        "1 tables, 3 columns, 3 constraints, 0 indexes, all as designed",
    )


def test_what_the_script_builds_stays(database: Session) -> None:
    prove_script(_DESIGN, _SCRIPT, database)
    assert [table.name for table in read_back(_DESIGN.schema, database).tables] == ["tasks"]


def test_script_that_the_server_refuses_is_refuted_and_its_catalog_not_run(database: Session) -> None:
    runs, catalog = prove_script(_DESIGN, "CREATE TABLE tasks (\n    id nonsense\n)", database)
    assert (runs.verdict, runs.sqlstate) == ("refuted", "42704")
    assert "schema.sql:2" in runs.observed
    assert catalog.verdict == "not_run"


def test_script_that_builds_something_else_is_refuted_by_name(database: Session) -> None:
    script = _SCRIPT.replace("title   text", "title   integer").replace("char_length(title)", "title")
    _, catalog = prove_script(_DESIGN, script, database)
    assert catalog.verdict == "refuted"
    assert catalog.details == ("column tasks.title: type: text, now integer",)


def test_spelling_of_an_expression_is_no_difference(database: Session) -> None:
    script = _SCRIPT.replace("char_length(title) BETWEEN 1 AND 200", "length(title) > 0")
    _, catalog = prove_script(_DESIGN, script, database)
    assert catalog.verdict == "proved"


def test_object_that_a_schema_cannot_say_is_refuted(database: Session) -> None:
    _, catalog = prove_script(_DESIGN, f"{_SCRIPT}; CREATE RULE r AS ON INSERT TO tasks DO ALSO NOTHING", database)
    assert catalog.verdict == "refuted"
    assert "rule r of public.tasks" in catalog.observed


def test_models_that_build_the_same_are_proved(database: Session, other: Session) -> None:
    prove_script(_DESIGN, _SCRIPT, database)
    other.script(_SCRIPT)
    (evidence,) = prove_models(_DESIGN, script_session=database, models_session=other)
    assert evidence.verdict == "proved"


def test_models_that_spell_a_check_otherwise_are_refuted(database: Session, other: Session) -> None:
    prove_script(_DESIGN, _SCRIPT, database)
    other.script(_SCRIPT.replace("BETWEEN 1 AND 200", "BETWEEN 1 AND 201"))
    (evidence,) = prove_models(_DESIGN, script_session=database, models_session=other)
    assert evidence.verdict == "refuted"
    assert evidence.details[0].startswith("check constraint ck_tasks_title of table tasks: expression: ")


def test_table_that_is_missing_is_named(database: Session) -> None:
    design = replace(_DESIGN, schema=_design(_USERS, _TASKS, replace(_TASKS, name="lost", checks=())).schema)
    _, catalog = prove_script(design, _SCRIPT, database)
    assert catalog.details == ("table lost: missing",)


def test_time_is_taken_from_the_clock(database: Session) -> None:
    ticks = iter((0.0, 0.25, 1.0, 1.5))
    runs, catalog = prove_script(_DESIGN, _SCRIPT, database, clock=lambda: next(ticks))
    assert (runs.elapsed_ms, catalog.elapsed_ms) == (250.0, 500.0)
