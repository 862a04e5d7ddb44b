"""The relations of a database as they are at a moment, and what happened to them between two moments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from colonnade.postgres.observation.observed import ObservedStatement, RelationLock
from colonnade.postgres.session import Notice, Session
from colonnade.schema.names import ObjectName
from colonnade.sql.locks import LockMode

_RELATIONS = """
SELECT c.oid::bigint, n.nspname, c.relname, c.relkind, coalesce(t.relname, ''), pg_relation_filenode(c.oid)::bigint,
    CASE WHEN c.relkind IN ('r', 'm') THEN {counter}(c.oid) ELSE 0 END
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_index i ON i.indexrelid = c.oid
LEFT JOIN pg_class t ON t.oid = i.indrelid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind <> 'c'
"""
_LOCKS = """
SELECT relation::bigint, mode FROM pg_locks
WHERE locktype = 'relation' AND pid = %s AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_KEYS = "SELECT conname, conrelid::bigint FROM pg_constraint WHERE contype = 'f'"
_KINDS: Mapping[str, Literal["index", "sequence", "view"]] = {
    "i": "index",
    "I": "index",
    "S": "sequence",
    "v": "view",
    "m": "view",
}
_EVENT = re.compile(
    r'(?P<what>rewriting table|verifying table|validating foreign key constraint|building index) "(?P<name>.*?)"'
    r'(?: on table "(?P<table>.*?)"(?: serially| with request for \d+ parallel workers?)?)?$',
    re.DOTALL,
)

Locks = frozenset[tuple[int, LockMode]]
"""Locks by the number of the relation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A relation at a moment; `rows_read` counts the rows that scans have returned so far."""

    name: ObjectName
    file: int | None
    rows_read: int


Moment = Mapping[int, Relation]
"""The relations by number."""


def moment(session: Session, *, committed: bool = False) -> Moment:
    """Return the relations as they are now.

    Rows are counted within the open transaction; those of `committed` ones are what the whole server has counted.
    """
    counter = "pg_stat_get_tuples_returned" if committed else "pg_stat_get_xact_tuples_returned"
    return {
        number: Relation(name=_name(kind, name, table, namespace), file=file, rows_read=rows)
        for number, namespace, name, kind, table, file, rows in session.execute(_RELATIONS.format(counter=counter))
    }


def locks_of(session: Session, backend_pid: int) -> Locks:
    """Return the locks that a backend has, or waits for."""
    return frozenset((number, LockMode.of_catalog(mode)) for number, mode in session.execute(_LOCKS, (backend_pid,)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """What happened between two moments."""

    before: Moment
    after: Moment
    locks: Locks
    keys: tuple[tuple[str, int], ...]
    """Foreign keys by name, each with the number of its table."""

    def observed(self, sql: str, notices: Iterable[Notice], *, transactional: bool) -> ObservedStatement:
        """Return it as what the statement did, which said `notices` meanwhile."""
        said = tuple(notices)
        scanned = {*self._read()}
        for notice in said:
            if notice.severity == "DEBUG" and (event := _EVENT.match(notice.message)):
                scanned |= self._scanned(event)
        return ObservedStatement(
            sql=sql,
            locks=tuple(self._strongest()),
            rewritten=self._names(number for number in self._other_files("table", "view") if number in self.before),
            scanned=self._names(number for number in scanned if number in self.before),
            built=self._names(self._other_files("index")),
            transactional=transactional,
            notices=tuple(notice for notice in said if notice.severity != "DEBUG"),
        )

    def _strongest(self) -> Iterator[RelationLock]:
        modes: dict[int, LockMode] = {}
        for number, mode in self.locks:
            if number not in modes or mode.strength > modes[number].strength:
                modes[number] = mode
        found = [(self.before[number].name, mode) for number, mode in modes.items() if number in self.before]
        yield from (RelationLock(relation=name, mode=mode) for name, mode in sorted(found))

    def _read(self) -> Iterator[int]:
        for number, relation in self.after.items():
            if relation.rows_read > (self.before[number].rows_read if number in self.before else 0):
                yield number

    def _other_files(self, *kinds: str) -> Iterator[int]:
        """Yield what has other files than before, or is new and has any."""
        for number, relation in self.after.items():
            file = self.before[number].file if number in self.before else None
            if relation.file not in (None, file) and relation.name.kind in kinds:
                yield number

    def _scanned(self, event: re.Match[str]) -> set[int]:
        """Return the tables that an event of the server's says were read; only locked ones can have been."""
        if event["what"] == "validating foreign key constraint":
            return {number for name, number in self.keys if name == event["name"] and self._is_locked(number)}
        return {
            number
            for number, relation in self.before.items()
            if relation.name.name == (event["table"] or event["name"])
            and relation.name.kind in ("table", "view")
            and self._is_locked(number)
        }

    def _is_locked(self, number: int) -> bool:
        return any(number == locked for locked, _ in self.locks)

    def _names(self, numbers: Iterable[int]) -> tuple[ObjectName, ...]:
        every = {**self.after, **self.before}
        return tuple(sorted({every[number].name for number in numbers}))


def between(session: Session, before: Moment, after: Moment, locks: Locks) -> Between:
    """Return what happened between two moments, the second of which is now."""
    keys = tuple((name, number) for name, number in session.execute(_KEYS))
    return Between(before=before, after=after, locks=locks, keys=keys)


def _name(kind: str, name: str, table: str, namespace: str) -> ObjectName:
    return ObjectName(kind=_KINDS.get(kind, "table"), name=name, table=table, namespace=namespace)
