"""The system catalogs as values: one module per group of catalogs, a constant number of queries."""

from colonnade.postgres.introspection.introspect import introspect, unsupported
from colonnade.postgres.introspection.namespaces import own_namespaces
from colonnade.postgres.introspection.type_definitions import type_definitions

__all__ = ["introspect", "own_namespaces", "type_definitions", "unsupported"]
