"""The system catalogs as values: one module per group of catalogs, a constant number of queries."""

from colonnade.postgres.introspection.casts import CastContext, casts_of
from colonnade.postgres.introspection.catalog import read_catalog
from colonnade.postgres.introspection.introspect import introspect, unsupported
from colonnade.postgres.introspection.namespaces import own_namespaces

__all__ = [
    "CastContext",
    "casts_of",
    "introspect",
    "own_namespaces",
    "read_catalog",
    "unsupported",
]
