"""What Colonnade itself keeps in a database, which is no part of anybody's schema."""

RUNS_NAMESPACE = "colonnade"
RUNS_TABLE = "migration_runs"
