"""What is designed can be created, and the catalog then holds just that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from colonnade.design import Design
from colonnade.design.designer import design
from colonnade.emit.ddl.script import statements, stubs
from colonnade.postgres import Server, Session, introspect
from colonnade.schema import Schema, without_expressions
from colonnade.spec import Spec
from strategies import specs

LAW = settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def shared(server: Server) -> Iterator[Session]:
    """Give one database for the module; each example rolls back."""
    with server.scratch_database() as session:
        yield session


def created(session: Session, designed: Design) -> Schema:
    """Create the design's schema, with stand-ins for external tables, and return what the catalog holds."""
    for statement in (*stubs(designed.schema), *statements(designed.schema, role=designed.application_role)):
        session.execute(statement)
    namespaces = tuple(sorted({table.namespace for table in designed.schema.tables} | {"public"}))
    return introspect(session, namespaces=namespaces)


def comparable(schema: Schema) -> Schema:
    """Return the schema without expressions and without what is only stood in for."""
    owned = tuple(table for table in schema.tables if not table.external)
    return without_expressions(replace(schema, tables=owned))


@LAW
@given(spec=specs())
def test_created_schema_is_the_designed_one(shared: Session, spec: Spec) -> None:
    designed = design(spec)
    external = {(table.namespace, table.name) for table in designed.schema.tables if table.external}
    with shared.rolled_back():
        found = created(shared, designed)
    found = replace(found, tables=tuple(each for each in found.tables if (each.namespace, each.name) not in external))
    assert comparable(found) == comparable(designed.schema)
