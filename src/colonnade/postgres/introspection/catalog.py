"""Everything that a comparison of databases needs, read in one snapshot."""

from __future__ import annotations

from dataclasses import replace

from colonnade.postgres.introspection.dependencies import DependenciesReading
from colonnade.postgres.introspection.introspect import SchemaReading, refuse_unfinished
from colonnade.postgres.introspection.namespaces import own_namespaces
from colonnade.postgres.introspection.spelling import canonical
from colonnade.postgres.session import Session
from colonnade.schema.collecting import paused_collector
from colonnade.schema.dependencies import Catalog


def read_catalog(session: Session) -> Catalog:
    """Return what every namespace of the database holds, and which object needs which.

    What a schema cannot say is named in it. Raises UnsupportedError for what is not finished, such as an invalid index.
    Works on Postgres 14 and newer.
    """
    namespaces = own_namespaces(session)
    with canonical(session), session.pipeline(), paused_collector():
        reading = SchemaReading(session, namespaces)
        dependencies = DependenciesReading(session)
        schema, peculiarities = reading.result(), reading.peculiarities
        refuse_unfinished(peculiarities.unfinished)
        whole = replace(schema, unsaid=peculiarities.unsaid)
        return Catalog(schema=whole, dependencies=dependencies.result())
