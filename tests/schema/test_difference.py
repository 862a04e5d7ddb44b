"""Differences in words: each names the object, and what it was and is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from colonnade.schema import (
    Check,
    Column,
    EnumType,
    ForeignKey,
    Grant,
    Index,
    IndexKey,
    Policy,
    PrimaryKey,
    Schema,
    Table,
    View,
)
from colonnade.schema.difference import differences
from schema_strategies import schemas

_TITLE = Column(name="title", type="text", not_null=True)
_TASKS = Table(
    name="tasks",
    columns=(Column(name="id", type="bigint", not_null=True), _TITLE),
    primary_key=PrimaryKey(name="pk_tasks", columns=("id",)),
    indexes=(Index(name="ix_title", keys=(IndexKey(column="title"),)),),
    grants=(Grant(role="app", privileges=("SELECT",)),),
)
_COUNTS = View(name="counts", definition="SELECT count(*) AS tasks FROM tasks", materialized=True)
_BEFORE = Schema(tables=(_TASKS,), views=(_COUNTS,))
_KEY = ForeignKey(name="fk", columns=("id",), referenced_table="users", referenced_columns=("id",))

CASES: list[tuple[Schema, tuple[str, ...]]] = [
    (_BEFORE, ()),
    (Schema(), ("table tasks: missing", "view counts: missing")),
    (
        replace(_BEFORE, views=(replace(_COUNTS, indexes=(Index(name="i", keys=(IndexKey(column="tasks"),)),)),)),
        ("index i of view counts: added",),
    ),
    (replace(_BEFORE, enum_types=(EnumType(name="size", values=("s",)),)), ("type size: added",)),
    (
        replace(_BEFORE, tables=(replace(_TASKS, columns=(_TASKS.columns[0], replace(_TITLE, type="integer"))),)),
        ("column tasks.title: type: text, now integer",),
    ),
    (
        replace(
            _BEFORE,
            tables=(replace(_TASKS, columns=(_TASKS.columns[0], replace(_TITLE, default="''", not_null=False))),),
        ),
        ("column tasks.title: not null: yes, now no", "column tasks.title: default: none, now ''"),
    ),
    (
        replace(_BEFORE, tables=(replace(_TASKS, columns=_TASKS.columns[::-1]),)),
        ("table tasks: order of its columns: (id, title), now (title, id)",),
    ),
    (
        replace(_BEFORE, tables=(replace(_TASKS, primary_key=PrimaryKey(name="pk_tasks", columns=("title",))),)),
        ("table tasks: primary key: columns: (id), now (title)",),
    ),
    (
        replace(_BEFORE, tables=(replace(_TASKS, primary_key=None),)),
        ("table tasks: primary key: name pk_tasks columns (id), now none",),
    ),
    (replace(_BEFORE, tables=(replace(_TASKS, foreign_keys=(_KEY,)),)), ("foreign key fk of table tasks: added",)),
    (
        replace(_BEFORE, tables=(replace(_TASKS, checks=(Check(name="Ck 1", expression="true"),)),)),
        ('check constraint "Ck 1" of table tasks: added',),
    ),
    (
        replace(
            _BEFORE,
            tables=(
                replace(_TASKS, indexes=(Index(name="ix_title", keys=(IndexKey(column="title", descending=True),)),)),
            ),
        ),
        ("index ix_title of table tasks: keys: (column title), now (column title descending yes)",),
    ),
    (
        replace(_BEFORE, tables=(replace(_TASKS, grants=(Grant(role="app", privileges=("INSERT", "SELECT")),)),)),
        ("grant to app on table tasks: privileges: (SELECT), now (INSERT, SELECT)",),
    ),
    (
        replace(_BEFORE, tables=(replace(_TASKS, row_security=True, policies=(Policy(name="p", using="true"),)),)),
        ("policy p of table tasks: added", "table tasks: row security: no, now yes"),
    ),
]


@pytest.mark.parametrize(("after", "said"), CASES)
def test_difference_is_said(after: Schema, said: tuple[str, ...]) -> None:
    assert differences(_BEFORE, after) == said


@settings(max_examples=75, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=schemas(maximum_tables=2), after=schemas(maximum_tables=2))
def test_nothing_is_said_of_equals_and_something_of_others(before: Schema, after: Schema) -> None:
    assert differences(before, before) == ()
    assert bool(differences(before, after)) == (before != after)
