"""Tables that migrations keep for themselves in a database: they are no part of anybody's schema."""

ALEMBIC_VERSIONS = "alembic_version"
"""Where Alembic says at which revision a database stands."""

RUNS_NAMESPACE = "colonnade"
RUNS_TABLE = "migration_runs"
"""Where Colonnade records what it has applied."""
