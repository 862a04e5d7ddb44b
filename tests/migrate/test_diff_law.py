"""Laws: the steps between any two schemas make the one into the other, there and back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from colonnade.emit import ddl
from colonnade.migrate import plan
from colonnade.postgres import Server, Session, casts_of, introspect, own_namespaces
from colonnade.postgres.introspection.dependencies import read_dependencies
from colonnade.schema import Schema, own_part
from colonnade.schema.dependencies import Catalog
from colonnade.schema.diff import diff
from colonnade.schema.difference import differences
from migrate_support import without_order
from schema_strategies import roles_of, schemas
from schema_workshop import Workshop

_LAW = settings(
    deadline=None,
    max_examples=settings().max_examples,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def workshop(server: Server) -> Iterator[Workshop]:
    """Give a workshop on the run's server."""
    opened = Workshop(server, cases_per_database=100)
    yield opened
    opened.close()


def build(session: Session, schema: Schema) -> Catalog:
    """Build a schema in the open transaction and return what the catalog says."""
    for statement in ddl.stubs(schema):
        session.execute(statement)
    session.execute_all(ddl.statements(schema))
    return read(session)


def read(session: Session) -> Catalog:
    """Return what the catalog says."""
    return Catalog(schema=read_schema(session), dependencies=read_dependencies(session))


def read_schema(session: Session) -> Schema:
    """Return what the catalog says, without the search for what it could say that a schema cannot.

    That search has tests of its own, and takes as long as all the rest.
    """
    return introspect(session, namespaces=own_namespaces(session), allow_unsupported=True)


def change(session: Session, before: Catalog, after: Catalog) -> None:
    """Run the steps from one schema to the other."""
    for step in plan(diff(before.schema, after.schema), before=before, after=after, casts=casts_of(session)):
        session.execute_all(step.sql)


def ours_differ(wanted: Schema, found: Schema) -> tuple[str, ...]:
    """Return how two schemas differ; what stands in for other products' tables stays where it is."""
    return differences(own_part(wanted), own_part(without_order(found, wanted)))


@pytest.mark.takes_minutes
@_LAW
@given(one=schemas(maximum_tables=3, few_names=True), two=schemas(maximum_tables=3, few_names=True))
def test_the_steps_lead_from_any_schema_to_any_other_and_back(workshop: Workshop, one: Schema, two: Schema) -> None:
    with workshop.case() as session:
        for role in {*roles_of(one), *roles_of(two)}:
            session.execute(ddl.create_role(role))
        with session.rolled_back():
            goal = build(session, two)
        start = build(session, one)
        change(session, start, goal)
        reached = read(session)
        assert ours_differ(goal.schema, reached.schema) == ()
        assert diff(reached.schema, goal.schema) == ()
        change(session, reached, start)
        assert ours_differ(start.schema, read_schema(session)) == ()
