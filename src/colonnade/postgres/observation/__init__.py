"""What statements really do to relations: the locks they take, what they rewrite, what they read row by row."""

from colonnade.postgres.observation.observe import observe
from colonnade.postgres.observation.observed import ObservedStatement, RelationLock

__all__ = ["ObservedStatement", "RelationLock", "observe"]
