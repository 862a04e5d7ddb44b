"""What Colonnade and Alembic leave in a database: no part of anybody's schema."""

ALEMBIC_VERSIONS = "alembic_version"
"""Where Alembic says at which revision a database stands."""

RUNS_NAMESPACE = "colonnade"
RUNS_TABLE = "migration_runs"
"""Where Colonnade records what it has applied."""

STAND_IN = "Stands in for a table of another product."
"""The comment on a table that a script of ours has made because that product had not."""
