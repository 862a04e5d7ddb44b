"""Laws: what is built from a schema is read back as that schema, whatever it is called."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from colonnade.emit import ddl
from colonnade.postgres import Server, introspect
from colonnade.schema import Column, Schema, Table, without_expressions
from colonnade.schema.difference import differences
from identifier_strategies import IDENTIFIERS
from schema_strategies import EXTENSIONS, namespaces_of, roles_of, schemas
from schema_workshop import Workshop

_LAW = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)


def build(workshop: Workshop, schema: Schema) -> Schema:
    """Return what the catalog says once the schema is built; then it is gone again."""
    with workshop.case() as session:
        for role in roles_of(schema):
            session.execute(ddl.create_role(role))
        for statement in ddl.stubs(schema):
            session.execute(statement)
        session.script(ddl.script(schema))
        return introspect(session, namespaces=namespaces_of(schema))


@pytest.fixture(scope="module")
def workshop(server: Server) -> Iterator[Workshop]:
    """Give a workshop on the run's server."""
    opened = Workshop(server, cases_per_database=300)
    yield opened
    opened.close()


@settings(_LAW, max_examples=settings().max_examples // 8)  # the law of diff builds and reads many more
@given(schema=schemas())
def test_what_is_built_is_read_back(workshop: Workshop, schema: Schema) -> None:
    found = build(workshop, schema)
    assert differences(without_expressions(schema), without_expressions(found)) == ()
    assert without_expressions(found) == without_expressions(schema)
    # In Postgres's own spelling nothing is left to respell: building and reading is the identity.
    again = build(workshop, found)
    assert differences(found, again) == ()
    assert again == found


@_LAW
@given(name=IDENTIFIERS, column=IDENTIFIERS)
def test_any_identifier_survives_quoting(workshop: Workshop, name: str, column: str) -> None:
    schema = Schema(tables=(Table(name=name, columns=(Column(name=column, type="text"),)),), extensions=EXTENSIONS)
    assert build(workshop, schema) == schema


@settings(_LAW, max_examples=settings().max_examples // 5)
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_any_comment_survives_quoting(workshop: Workshop, text: str) -> None:
    table = Table(name="t", columns=(Column(name="c", type="text", comment=text),), comment=text)
    schema = Schema(tables=(table,), extensions=EXTENSIONS)
    assert build(workshop, schema) == schema
