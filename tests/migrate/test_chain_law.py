"""Laws of chains: any column that can be moved is, with its rows, and any stop is followed by the same end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plans import built, is_like, run
from revisions import Revision as Written
from test_chain import made, rows
from test_safe_law import build
from test_written_revisions import without_versions

from colonnade.emit import ddl
from colonnade.errors import UnsupportedError
from colonnade.migrate.expand_contract import chain
from colonnade.migrate.stage import Plan, Revision
from colonnade.postgres import Server, Session, read_catalog
from colonnade.prove.rehearsal.rows import fill
from colonnade.schema import Schema
from colonnade.sql.identifier import quote
from schema_strategies import roles_of, schemas

_FEW = 9
_THOROUGH = settings().max_examples > 1000
_LAW = settings(
    deadline=None,
    max_examples=max(1, settings().max_examples // 500),  # each makes a chain; more by hand
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
BEFORE = """
CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL DEFAULT 'x', n int);
CREATE INDEX ix_t ON t (a);
INSERT INTO t VALUES (1, 'one', 1), (2, 'two', NULL);
"""
AFTER = """
CREATE TABLE t (id int PRIMARY KEY, b text NOT NULL DEFAULT 'x', n bigint);
CREATE INDEX ix_t ON t (b);
"""
UNDER_ANOTHER_NAME = """
CREATE TABLE u (id int PRIMARY KEY, b text NOT NULL DEFAULT 'x', n int, done bool);
CREATE INDEX ix_u ON u (b);
"""


def moved(server: Server, session: Session, schema: Schema, places: st.DataObject) -> tuple[Revision, ...]:
    """Return the chain for a column that can be moved, none where there is no such column."""
    columns = [(table, column) for table in schema.owned_tables for column in table.columns]
    for table, column in places.draw(st.permutations(columns)):
        old = ".".join(quote(each) for each in (table.namespace, table.name, column.name))
        option = f"{old}={quote(table.namespace)}.{quote(table.name)}.moved"
        try:
            return chain(server, session, lambda it: it, read=read_catalog, renames=[option], message="a change")
        except UnsupportedError as problem:
            if "cannot be moved" not in problem.message:
                raise
    return ()


@_LAW
@given(schema=schemas(maximum_tables=1, few_names=True), places=st.data())
def test_any_column_that_can_be_moved_is_moved_and_back_with_its_rows(
    server: Server, schema: Schema, places: st.DataObject
) -> None:
    with server.temporary_roles(made_again=True), server.scratch_database() as session:
        for role in sorted(roles_of(schema)):
            session.execute(ddl.create_role(role))
        start = build(session, schema)
        fill(session, start.schema, 2)
        stored = rows(session)
        revisions = moved(server, session, start.schema, places)  # every leg has been compared with where it leads
        assert stored == rows(session)
        for each in revisions:
            run(session, each.up)
        assert {name: len(found) for name, found in rows(session).items()} == {
            name: len(found) for name, found in stored.items()
        }
        for each in reversed(revisions):
            run(session, each.down)
        assert is_like(session, start)
        assert stored == rows(session)


@_LAW
@given(schema=schemas(maximum_tables=1, few_names=True))
def test_any_table_is_renamed_and_back_with_its_rows(server: Server, schema: Schema) -> None:
    with server.temporary_roles(made_again=True), server.scratch_database() as session:
        for role in sorted(roles_of(schema)):
            session.execute(ddl.create_role(role))
        start = build(session, schema)
        fill(session, start.schema, 2)
        for table in start.schema.owned_tables:
            old, new = (f"{quote(table.namespace)}.{quote(name)}" for name in (table.name, "another name"))
            try:
                revisions = chain(
                    server, session, lambda it: it, read=read_catalog, renames=[f"{old}={new}"], message="a change"
                )
            except UnsupportedError as problem:
                if "row-level security" not in (problem.detail or ""):
                    raise
                continue
            stored = rows(session)[table.identifier]
            for each in revisions[:-1]:
                run(session, each.up)
            shown = session.execute(f"SELECT to_jsonb(t)::text FROM {table.identifier} t")
            assert sorted(text for (text,) in shown) == stored
            run(session, revisions[-1].up)
            for each in reversed(revisions):
                run(session, each.down)
            assert is_like(session, start)
            assert rows(session)[table.identifier] == stored


@pytest.mark.parametrize(
    ("after", "renames", "tried"),
    [(AFTER, ["t.a=t.b"], {1, 2}), (UNDER_ANOTHER_NAME, ["t=u", "u.a=u.b"], {0, 1, 2, 3})],
    ids=["column", "table"],
)
def test_a_chain_goes_on_after_any_stop(
    server: Server, tmp_path: Path, after: str, renames: list[str], tried: set[int]
) -> None:
    with server.scratch_database() as one, server.scratch_database() as two:
        built(one, BEFORE)
        goal = built(two, after)
        one.close()
        with server.scratch_database(template=one.dsn.database) as copy:
            revisions = made(server, copy, goal, renames)
        one.reconnect()
        for number, (there, back) in enumerate(legs(revisions)):
            if _THOROUGH or number in tried:
                written = Written(tmp_path / str(number), there, back)
                one.close()
                assert stops(server, one.dsn.database, written)
                one.reconnect()
            run(one, there)


def legs(revisions: tuple[Revision, ...]) -> Iterator[tuple[Plan, Plan]]:
    """Yield the plans of a chain in the order of the way there and back, each with its opposite."""
    yield from ((each.up, each.down) for each in revisions)
    yield from ((each.down, each.up) for each in reversed(revisions))


def stops(server: Server, template: str, written: Written) -> int:
    """Stop a revision after each of its statements and run it again; return how many statements it has."""
    with server.scratch_database(template=template) as session:
        count = written.upgrade(session)
        session.execute("DROP TABLE alembic_version")
        goal, stored = read_catalog(session), rows(session)
    for statement in range(1, count + 1, 1 if _THOROUGH or count < _FEW else _FEW):
        with server.scratch_database(template=template) as session:
            assert written.upgrade_until(session, statement)
            written.upgrade(session)
            assert is_like(without_versions(session), goal), statement
            assert rows(session) == stored
    return count
