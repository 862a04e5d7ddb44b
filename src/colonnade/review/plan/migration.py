"""What rules about a change look at: the statements of one migration, in order, with what is known of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Self, TypeVar

from colonnade.errors import StatementError
from colonnade.postgres.observation import ObservedStatement
from colonnade.review.finding import Evidence
from colonnade.review.plan.acts import Act, Create, Name
from colonnade.review.plan.revision import Revision
from colonnade.schema import Index, Schema, Table
from colonnade.schema.names import ObjectName
from colonnade.span import Span
from colonnade.sql.locks import LockMode
from colonnade.sql.script import ScriptStatement

Key = tuple[str, str]
"""Namespace and name of a relation."""

_RELATIONS = ("table", "view")

SomeAct = TypeVar("SomeAct", bound=Act)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What a statement really did to the tables and views that were there before it.

    `locks` is the strongest mode that it took of each and did not have before. `rewritten` ones were written anew,
    `scanned` ones read row by row, be it to check a rule; `indexed` ones have an index that it built.
    """

    locks: Mapping[Key, LockMode]
    rewritten: frozenset[Key] = frozenset()
    scanned: frozenset[Key] = frozenset()
    indexed: frozenset[Key] = frozenset()

    @classmethod
    def of(cls, seen: ObservedStatement) -> Self:
        """Return what rules ask of an observation."""
        return cls(
            locks={_key(lock.relation): lock.mode for lock in seen.locks if lock.relation.kind in _RELATIONS},
            rewritten=frozenset(_key(name) for name in seen.rewritten),
            scanned=frozenset(_key(name) for name in seen.scanned),
            indexed=frozenset((name.namespace, name.table) for name in seen.built),
        )

    def blocks(self, table: Key) -> bool:
        """Tell whether writers of the table wait for it."""
        return table in self.locks and self.locks[table].blocks_writes

    @property
    def blocked(self) -> frozenset[Key]:
        """The relations whose writers wait for it."""
        return frozenset(table for table in self.locks if self.blocks(table))

    @property
    def worked(self) -> frozenset[Key]:
        """The tables all of whose rows it read or wrote."""
        return self.rewritten | self.scanned | self.indexed


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement as it is sent to the server.

    `transaction` numbers the transaction that it runs in, None for one that commits by itself; above 0 are those that
    the migration begins, the others are its runner's. `own` statements are written in the migration, the others are its
    runner's. `at` is where it begins; `written_out` says that its lines are those of the file. A timeout of 0 is none.
    `before` and `after` are the schema around it, where it was run; `refused` is what the server said, if it did;
    `untried` says why it was not run. `unless` is a query of the migration that has it passed over where it says yes.
    """

    sql: str
    at: Span
    acts: tuple[Act, ...] = ()
    transaction: int | None = None
    own: bool = True
    written_out: bool = True
    lock_timeout_ms: int = 0
    statement_timeout_ms: int = 0
    before: Schema | None = None
    after: Schema | None = None
    observed: Observed | None = None
    refused: StatementError | None = None
    untried: str = ""
    unless: ScriptStatement | None = None

    def place(self, act: Act) -> Span:
        """Return where an act of the statement is written."""
        if not self.written_out:
            return self.at
        lines = self.sql[: act.offset].count("\n")
        return Span(path=self.at.path, line=self.at.line + lines, quote=self.sql.split("\n")[lines].strip()[:80])


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSort:
    """A known statement (`pattern` and where it is declared) that sorts by a column which holds people's text."""

    namespace: str
    table: str
    column: str
    pattern: str
    at: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is known of the database that the migration is for, and of the statements that run there.

    `rows` are volumes by qualified name, `size_bytes` what they take; up to `small_rows` a table is small. `names` are
    roles and the like that every environment has, `settings` those that are a role's own. `collation` is what text is
    sorted by where a column says nothing, empty where it is not known.
    """

    neon: bool = False
    rows: Mapping[str, int]
    small_rows: int
    names: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()
    extensions: frozenset[str] = frozenset()
    size_bytes: Mapping[str, int] = field(default_factory=dict)
    collation: str = ""
    sorts: tuple[KnownSort, ...] = ()

    def rows_of(self, table: Key) -> int | None:
        """Return the volume of a table, None where it is not known."""
        namespace, name = table
        return self.rows.get(f"{namespace}.{name}", self.rows.get(name))

    def is_small(self, table: Key) -> bool:
        """Tell whether a table is known to be small."""
        rows = self.rows_of(table)
        return rows is not None and rows <= self.small_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A file or revision with the statements that it runs.

    `before` and `after` are the schema around it where it was run, None where it was not. `revision` is what its
    history says of it, None for a plain file. `stops` are the statements after which a second run of it, from its
    beginning, does not reach its end, with what happens then.
    """

    family: ClassVar[str] = "plan"

    path: str
    name: str
    statements: tuple[Statement, ...]
    target: Target
    evidence: frozenset[Evidence]
    unseen: tuple[tuple[Evidence, str], ...] = ()
    before: Schema | None = None
    after: Schema | None = None
    revision: Revision | None = None
    stops: tuple[tuple[Statement, str], ...] = ()

    def each(self, kind: type[SomeAct]) -> Iterator[tuple[Statement, SomeAct]]:
        """Yield the acts of a kind, each with its statement."""
        for statement in self.statements:
            for act in statement.acts:
                if isinstance(act, kind):
                    yield statement, act

    def earlier(self, than: Statement) -> Iterator[Statement]:
        """Yield the statements before one."""
        for statement in self.statements:
            if statement is than:
                return
            yield statement

    def later(self, than: Statement) -> Iterator[Statement]:
        """Yield the statements after one."""
        found = False
        for statement in self.statements:
            if found:
                yield statement
            found = found or statement is than

    @property
    def created(self) -> frozenset[Key]:
        """What the migration itself creates, by namespace and name."""
        return frozenset(act.name.key for _, act in self.each(Create))

    def is_existing(self, name: Name | Key) -> bool:
        """Tell whether a relation was there before the migration."""
        key = self.key(name)
        if self.before is None:
            return key not in self.created
        tables = {(each.namespace, each.name) for each in self.before.tables}
        views = {(each.namespace, each.name) for each in self.before.views}
        return key in tables | views or self.partition_parent(key) is not None

    def is_small(self, name: Name | Key) -> bool:
        """Tell whether a table is known to be small."""
        return self.target.is_small(self.key(name))

    def is_empty(self, name: Name | Key) -> bool:
        """Tell whether a table is known to have no rows."""
        return self.target.rows_of(self.key(name)) == 0

    def concerns(self, name: Name | Key) -> bool:
        """Tell whether a lock or a rewrite of a table matters: it was there before, and is not small."""
        return self.is_existing(name) and not self.is_small(name)

    def key(self, name: Name | Key) -> Key:
        """Return namespace and name; a name without namespace is looked for in every one of them."""
        if isinstance(name, tuple):
            return name
        if name.namespace or self.before is None or self.table(name.key) is not None:
            return name.key
        found = [table for table in self.before.tables if table.name == name.name]
        return (found[0].namespace, found[0].name) if len(found) == 1 else name.key

    def table(self, key: Key) -> Table | None:
        """Return a table as it was before the migration."""
        return _table(self.before, key)

    def partition_parent(self, key: Key) -> Table | None:
        """Return the table that a partition belonged to before the migration."""
        for table in self.before.tables if self.before else ():
            if table.namespace == key[0] and any(each.name == key[1] for each in table.partitions):
                return table
        return None

    def index(self, name: Name, schema: Schema | None) -> tuple[Table, Index] | None:
        """Return an index that no constraint owns, and its table."""
        for table in schema.tables if schema else ():
            for index in table.indexes:
                if index.name == name.name and table.namespace == (name.namespace or table.namespace):
                    return table, index
        return None


def _key(name: ObjectName) -> Key:
    return name.namespace, name.name


def _table(schema: Schema | None, key: Key) -> Table | None:
    return None if schema is None else schema.find_table(key[1], namespace=key[0])


def shown(key: Key) -> str:
    """Return a relation as people say it."""
    return str(Name(*key))
