"""What a database should look like at two revisions: the history run on scratch databases, where that can be done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from colonnade.api.applying.runnable import RunnableHistory
from colonnade.errors import ColonnadeError, InputError
from colonnade.migrate import sentence
from colonnade.migrate.runs.way import BASE, Step
from colonnade.models.history import RanStatement
from colonnade.postgres import Server, Session, introspect, own_namespaces, unsupported
from colonnade.schema import Extension, Schema, Table
from colonnade.schema import changes as c
from colonnade.schema.diff import diff
from colonnade.schema.members import object_name
from colonnade.schema.own import ALEMBIC_VERSIONS

_INVALID_INDEXES = """
SELECT n.nspname, t.relname, c.relname
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE NOT i.indisvalid
"""
_INVALID = """
SELECT format('index %s is invalid', indexrelid::regclass) FROM pg_index WHERE NOT indisvalid
UNION ALL
SELECT format('constraint %s of %s is not validated', quote_ident(conname), conrelid::regclass)
FROM pg_constraint WHERE NOT convalidated AND conrelid <> 0
ORDER BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A database as it is: its schema, without what keeps the versions or is invalid, and what it cannot say."""

    schema: Schema
    unsaid: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the schema."""
        return self.schema.fingerprint


def found_in(session: Session) -> Found:
    """Read a database in a snapshot that ends at once: whoever builds an index concurrently waits for open ones."""
    with session.rolled_back():
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        namespaces = own_namespaces(session)
        schema = introspect(session, namespaces=namespaces, allow_unsupported=True)
        unsaid = unsupported(session, namespaces=namespaces)
        invalid = frozenset(session.execute(_INVALID_INDEXES))
    tables = (_without_invalid(table, invalid) for table in schema.tables if table.name != ALEMBIC_VERSIONS)
    return Found(schema=replace(schema, tables=tuple(tables)), unsaid=unsaid)


def _without_invalid(table: Table, invalid: frozenset[tuple[str, ...]]) -> Table:
    """Return the table with the indexes that serve anybody: one that a stopped build has left is none."""
    kept = tuple(each for each in table.indexes if (table.namespace, table.name, each.name) not in invalid)
    return replace(table, indexes=kept)


def left_over(session: Session) -> tuple[str, ...]:
    """Return the invalid indexes and the constraints that were never validated."""
    return tuple(text for (text,) in session.execute(_INVALID))


def differences(found: Schema, wanted: Schema) -> tuple[str, ...]:
    """Return what makes the one like the other, a line for each change.

    An extension that only the database has is none: platforms put some of their own into every database.
    """
    return _lines(_changes(found, wanted))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a database has of a way, what it does not have, and what differs beside that, a line for each change."""

    done: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()


def parted(before: Schema, found: Schema, after: Schema) -> Parts:
    """Return what a database has of the way between two schemas.

    A constraint that the way makes and that was never validated is there, and its validation is missing.
    """
    way, left = _changes(before, after), _changes(found, after)
    made = {object_name(each.value, each.table) for each in way if isinstance(each, c.Create)}
    whole, still = _lines(way), _lines(left)
    unchecked = _lines(
        each
        for each in left
        if isinstance(each, c.ValidateConstraint) and object_name(each.constraint, each.table) in made
    )
    missing = tuple(line for line in whole if line in still) + unchecked
    return Parts(
        done=tuple(line for line in whole if line not in still),
        missing=missing,
        besides=tuple(line for line in still if line not in missing),
    )


def _changes(found: Schema, wanted: Schema) -> tuple[c.Change, ...]:
    return tuple(each for each in diff(found, wanted) if not _is_platform(each))


def _lines(changes: Iterable[c.Change]) -> tuple[str, ...]:
    return tuple(line for each in changes for line in sentence(each).splitlines())


def _is_platform(change: c.Change) -> bool:
    return isinstance(change, c.Drop) and isinstance(change.value, Extension)


class Expectations:
    """The schemas to which a history leads on an empty database, each built when it is first asked for."""

    def __init__(self, history: RunnableHistory, server: Callable[[], Server]) -> None:
        """Build nothing yet."""
        self._history = history
        self._server = server
        self._known: dict[str, Schema] = {}
        self.reason = ""

    def at(self, *revisions: str) -> tuple[Schema | None, ...]:
        """Return the schema at each revision, which come one after the other; None, with a reason, where it fails."""
        missing = [each for each in revisions if each not in self._known]
        if missing and not self.reason:
            try:
                self._build(revisions)
            except ColonnadeError as problem:
                self.reason = f"{problem.at}: {problem.message}" if problem.at else problem.message
        return tuple(self._known.get(each) for each in revisions)

    def statements(self, start: str, steps: Iterable[tuple[Step, str]], *, forwards: bool) -> tuple[RanStatement, ...]:
        """Return what steps send, each with where it leads to; raises ColonnadeError where that cannot be tried."""
        found: list[RanStatement] = []
        server = self._server()
        with server.temporary_roles(), server.scratch_database() as session:
            if start != BASE:
                self._history.replay(session.dsn, BASE, start)
            for step, target in steps:
                report = self._history.run(session.dsn, step, target, forwards=forwards)
                if report.failure is not None:
                    raise InputError(report.failure.message, detail=report.failure.detail)
                found += report.statements
        return tuple(found)

    def _build(self, revisions: Iterable[str]) -> None:
        server = self._server()
        with server.temporary_roles(), server.scratch_database() as session:
            place = BASE
            for revision in revisions:
                if revision != place:
                    self._history.replay(session.dsn, place, revision)
                    place = revision
                self._known[revision] = found_in(session).schema
