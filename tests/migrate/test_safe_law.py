"""Law: the stages of a plan make any schema into any other, and back."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from plans import is_like, planned, run

from colonnade.emit import ddl
from colonnade.postgres import Server, Session, read_catalog
from colonnade.schema import Schema
from colonnade.schema.dependencies import Catalog
from schema_strategies import EXTENSIONS, roles_of, schemas

_LAW = settings(
    deadline=None,
    max_examples=max(1, settings().max_examples // 100),  # each makes four databases; more by hand
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)


def build(session: Session, schema: Schema) -> Catalog:
    """Build a schema in an empty database."""
    for extension in EXTENSIONS:
        session.execute(ddl.create_extension(extension))
    for statement in ddl.stubs(schema):
        session.execute(statement)
    session.script(ddl.script(schema), atomic=False)
    return read_catalog(session)


@_LAW
@given(one=schemas(maximum_tables=3, few_names=True), two=schemas(maximum_tables=3, few_names=True))
def test_a_plan_leads_from_any_schema_to_any_other_and_back(server: Server, one: Schema, two: Schema) -> None:
    with server.temporary_roles(made_again=True), server.scratch_database() as first, server.scratch_database() as last:
        for role in sorted({*roles_of(one), *roles_of(two)}):
            first.execute(ddl.create_role(role))
        start, goal = build(first, one), build(last, two)
        up = planned(server, first, goal)
        assert run(first, up) == sum(not stage.done for stage in up.stages)
        assert is_like(first, goal)
        planned(server, first, start)
        assert is_like(first, start)
