"""What one statement did."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.postgres.session import Notice
from colonnade.schema.names import ObjectName
from colonnade.sql.locks import LockMode


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationLock:
    """A lock on a relation, which is held until the end of the transaction."""

    relation: ObjectName
    mode: LockMode


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedStatement:
    """What a statement did to the relations that were there before it; each tuple is sorted.

    `locks` are the strongest of each relation. `rewritten` tables and materialised views have other files than before,
    `scanned` ones were read row by row, be it to check a rule, to build an index or to find rows. `built` are indexes
    that were filled, new ones too. A statement that is not `transactional` is refused in a transaction block.
    `notices` are those that people see.
    """

    sql: str
    locks: tuple[RelationLock, ...] = ()
    rewritten: tuple[ObjectName, ...] = ()
    scanned: tuple[ObjectName, ...] = ()
    built: tuple[ObjectName, ...] = ()
    transactional: bool = True
    notices: tuple[Notice, ...] = ()

    def lock_on(self, relation: ObjectName) -> LockMode | None:
        """Return the strongest lock that it took on a relation, None for none."""
        return next((lock.mode for lock in self.locks if lock.relation == relation), None)
