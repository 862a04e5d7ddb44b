"""Everything that a comparison of databases needs, read in one snapshot."""

from __future__ import annotations

from colonnade.postgres.introspection.collecting import paused_collector
from colonnade.postgres.introspection.dependencies import read_dependencies
from colonnade.postgres.introspection.introspect import introspect
from colonnade.postgres.introspection.namespaces import own_namespaces
from colonnade.postgres.session import Session
from colonnade.schema.dependencies import Catalog


def read_catalog(session: Session) -> Catalog:
    """Return what every namespace of the database holds, and which object needs which.

    Raises UnsupportedError for what a schema cannot say. Works on Postgres 14 and newer.
    """
    with paused_collector():
        schema = introspect(session, namespaces=own_namespaces(session))
        return Catalog(schema=schema, dependencies=read_dependencies(session))
