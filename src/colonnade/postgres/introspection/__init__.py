"""The system catalogs as values: one module per group of catalogs, a constant number of queries."""

from colonnade.postgres.introspection.introspect import introspect, unsupported

__all__ = ["introspect", "unsupported"]
