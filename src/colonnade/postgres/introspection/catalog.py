"""Everything that a comparison of databases needs, read in one snapshot."""

from __future__ import annotations

from colonnade.postgres.introspection.dependencies import DependenciesReading
from colonnade.postgres.introspection.introspect import SchemaReading
from colonnade.postgres.introspection.namespaces import own_namespaces
from colonnade.postgres.introspection.spelling import canonical
from colonnade.postgres.session import Session
from colonnade.schema.collecting import paused_collector
from colonnade.schema.dependencies import Catalog


def read_catalog(session: Session) -> Catalog:
    """Return what every namespace of the database holds, and which object needs which.

    Raises UnsupportedError for what a schema cannot say. Works on Postgres 14 and newer.
    """
    namespaces = own_namespaces(session)
    with canonical(session), session.pipeline(), paused_collector():
        schema = SchemaReading(session, namespaces, refuses=True)
        dependencies = DependenciesReading(session)
        return Catalog(schema=schema.result(), dependencies=dependencies.result())
