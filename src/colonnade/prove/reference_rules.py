"""Experiments on references: what a foreign key refuses, and what it does when the referenced row goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from colonnade.errors import ProofError
from colonnade.prove import statements
from colonnade.prove.bench import FILLED, Bench, needs, sharing
from colonnade.prove.experiments import Experiment, Question, Way
from colonnade.prove.rows import Row
from colonnade.prove.statements import value_expression
from colonnade.prove.values import series, value_kind
from colonnade.prove.worlds import RowName, is_required, name_of, referenced
from colonnade.schema import ForeignKey, Table
from colonnade.sql.identifier import quote

_MISSING_NUMBER = 9_999
_MISSING_KEY = 999_999
_MISSING_SMALL = 32_000
_FOREIGN_KEY = ("23503",)
# Since Postgres 18 RESTRICT has a state of its own.
_RESTRICT = ("23001", "23503")
_DEEDS = {
    "CASCADE": "deletes the rows that refer to it",
    "SET NULL": "empties the reference to it",
    "SET DEFAULT": "resets the reference to its default",
    "RESTRICT": "is refused while a row refers to it",
    "NO ACTION": "is refused while a row refers to it",
}


def reference_rules(bench: Bench) -> Iterator[Experiment]:
    """Yield the experiments on every foreign key of the table."""
    for key in bench.table.foreign_keys:
        try:
            yield from list(_Reference(bench, key).experiments())
        except ProofError as problem:
            claim = bench.claim(key.name, "rejects", f"{key.name} lets nothing refer to a row that does not exist")
            yield Experiment(claim=claim, impossible=problem.message)


class _Reference:
    """One foreign key, a fresh referencing row, and a fresh referenced row."""

    def __init__(self, bench: Bench, key: ForeignKey) -> None:
        self._bench = bench
        self._key = key
        self._names = bench.names(key.name)
        self._target: Table = bench.factory.worlds.tables[referenced(key)]
        self._fill = {} if is_required(bench.table, key) else {key.name: FILLED}
        self._row = bench.row(fill=self._fill)
        self._others = tuple(each.name for each in sharing(bench.table, key))

    def experiments(self) -> Iterator[Experiment]:
        """Yield: a reference to nothing is refused, one to a row accepted, and what a deletion does."""
        bench, key = self._bench, self._key
        said = f"{', '.join(key.columns)} -> {key.referenced_table}({', '.join(key.referenced_columns)})"
        remedy = f"Declare {key.name} as FOREIGN KEY ({said}) ON DELETE {key.on_delete}."
        yield Experiment(
            claim=bench.claim(key.name, "rejects", f"a reference {said} to a row that does not exist is rejected"),
            questions=(self._dangling(),),
            needs=needs(self._row),
            remedy=remedy,
        )
        absent = [] if is_required(bench.table, key) else [self._row.changed(dict.fromkeys(key.columns))]
        yield Experiment(
            claim=bench.claim(key.name, "accepts", f"a reference {said} to an existing row is accepted"),
            questions=tuple(bench.accepted(each.insert(), names=self._names) for each in (self._row, *absent)),
            needs=needs(self._row),
            remedy=remedy,
        )
        parent = bench.row_of(self._target)
        deed = _DEEDS[key.on_delete]
        yield Experiment(
            claim=bench.claim(key.name, "on-delete", f"deleting a row of {key.referenced_table} {deed}"),
            questions=tuple(self._deletion(parent)),
            needs=(*needs(parent), *self._needs_of_child(parent)),
            remedy=remedy,
        )

    def _dangling(self) -> Question:
        """Ask about a row that refers to nothing, changing one column after the other."""
        inserts = [self._row.changed({name: self._missing(name)}).insert() for name in self._key.columns]
        dropped = [way for each in inserts for way in self._bench.without(self._others, each)]
        return self._bench.rejected(*inserts, *dropped, sqlstates=_FOREIGN_KEY, names=self._names)

    def _missing(self, name: str) -> str | None:
        """Return a value that no row is made with."""
        kind = value_kind(self._bench.table.column(name).type, self._bench.factory.schema)
        if kind is None:
            return None
        if kind.family == "integer":
            return str(_MISSING_SMALL if kind.bits == 16 else _MISSING_KEY)
        return series(kind, _MISSING_NUMBER, label="missing")

    def _child(self, parent: Row) -> Row:
        """Return a row that refers to the parent by this key, and by others only where columns are shared."""
        key = self._key
        child = self._bench.row(int(self._is_self_reference), fill={key.name: parent.number})
        # In a table that has room for a few rows only, another row stands for one of the parent's number.
        pairs = zip(key.columns, key.referenced_columns, strict=True)
        wanted = {ours: parent.values[theirs] for ours, theirs in pairs if theirs in parent.values}
        return replace(child.changed(wanted), references={**child.references, key.name: parent.name})

    @property
    def _is_self_reference(self) -> bool:
        return name_of(self._target) == name_of(self._bench.table)

    def _needs_of_child(self, parent: Row) -> tuple[RowName, ...]:
        return tuple(name for name in needs(self._child(parent)) if name != parent.name)

    def _deletion(self, parent: Row) -> Iterator[Question]:
        """Ask what becomes of the referencing row, or whether the deletion is refused."""
        bench, key = self._bench, self._key
        child = self._child(parent)
        script = [parent.insert(), child.insert(), statements.delete(self._target, parent.key)]
        if key.on_delete in {"RESTRICT", "NO ACTION"}:
            states = _RESTRICT if key.on_delete == "RESTRICT" else _FOREIGN_KEY
            refused, passed = ";\n".join(script), ";\n".join((script[0], script[2]))
            yield bench.rejected(refused, *self._freely(refused), sqlstates=states, names=self._names)
            yield bench.accepted(passed, *self._freely(passed), rows=1, names=self._names)
            return
        rows, left = self._left(child)
        passed = ";\n".join((*script, left))
        yield bench.accepted(passed, *self._freely(passed), rows=rows, names=self._names)

    def _freely(self, script: str) -> Iterator[Way]:
        """Yield ways past what else could refuse a deletion: other references, triggers on either side, keys."""
        yield from self._bench.without(self._others, script)
        tables = {table.identifier: table for table in (self._target, self._bench.table) if table.triggers}
        disabled = [f"ALTER TABLE {identifier} DISABLE TRIGGER USER" for identifier in tables]
        names = ", ".join(table.name for table in tables.values())
        if tables:
            yield Way(sql=";\n".join([*disabled, script]), note=f"with the triggers of {names} disabled")
        yield from self._bench.without(self._unneeded_keys(), ";\n".join([*disabled, script]))

    def _unneeded_keys(self) -> list[str]:
        """Return the referencing table's keys that no reference rests on."""
        table = self._bench.table
        wanted = {
            key.referenced_columns
            for each in self._bench.factory.schema.tables
            for key in each.foreign_keys
            if referenced(key) == name_of(table)
        }
        own = table.primary_key.columns if table.primary_key else ()
        return [key.name for key in self._bench.keys if key.columns not in {*wanted, own}]

    def _left(self, child: Row) -> tuple[int, str]:
        """Return how many rows are left after the deletion, and the query that finds them."""
        key, table = self._key, self._bench.table
        if key.on_delete == "CASCADE":
            return 0, statements.select(table, child.key)
        columns = key.on_delete_columns or key.columns
        identity = {name: text for name, text in child.key.items() if name not in columns}
        if key.on_delete == "SET NULL":
            return 1, statements.select(table, identity | dict.fromkeys(columns))
        defaults = " AND ".join(
            f"{quote(name)} IS NOT DISTINCT FROM {table.column(name).default or value_expression(None, '')}"
            for name in columns
        )
        return 1, statements.select(table, identity, extra=defaults)
