"""Changes of tables that are in use, in small stages that make nobody wait for long.

Source: postgresql.org/docs/current/sql-altertable.html (notes), sql-createindex.html (building indexes concurrently)
"""

from colonnade.migrate.safe.sequences import (
    ObservedStep,
    Surroundings,
    is_harmless,
    is_heavy,
    required_column,
    safe_stages,
)

__all__ = [
    "ObservedStep",
    "Surroundings",
    "is_harmless",
    "is_heavy",
    "required_column",
    "safe_stages",
]
