"""Rows that a schema accepts: any number for each table, each different, always the same ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from colonnade.errors import ProofError
from colonnade.postgres import Session
from colonnade.prove import statements
from colonnade.prove.candidates import Candidate, neighbours
from colonnade.prove.conditions import mentioned
from colonnade.prove.order import in_order
from colonnade.prove.server_values import ServerValues
from colonnade.prove.solution import Component
from colonnade.prove.table_plan import TablePlan, plan_table
from colonnade.prove.trials import Trial
from colonnade.prove.values import python_value, series, value_kind
from colonnade.prove.worlds import RowName, TableName, Worlds, name_of, referenced
from colonnade.schema import Column, ForeignKey, Schema, Table

_KEY_SPACE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An acceptable row.

    `values` are in Postgres's input form, None for NULL, in the table's order; columns that are left to
    their default or generated are absent, identity columns are not. `references` say which rows must be
    there first, by the name of the foreign key.
    """

    table: Table
    number: int
    values: Mapping[str, str | None]
    references: Mapping[str, RowName] = field(default_factory=dict)

    @property
    def name(self) -> RowName:
        """The row's own name."""
        return RowName(table=name_of(self.table), number=self.number)

    @property
    def key(self) -> Mapping[str, str | None]:
        """The values that identify the row: of its primary key, of everything when there is none."""
        key = self.table.primary_key
        return {name: self.values[name] for name in key.columns} if key else self.values

    def changed(self, changes: Mapping[str, str | None]) -> Row:
        """Return the row with other values."""
        merged = {**self.values, **changes}
        ordered = {column.name: merged[column.name] for column in self.table.columns if column.name in merged}
        return replace(self, values=ordered)

    def insert(self) -> str:
        """Return the INSERT of the row."""
        return statements.insert(self.table, self.values)


class RowFactory:
    """Makes rows that keep every rule of a schema, whatever the shape of its conditions.

    Values for the columns of a CHECK are found by letting the server judge candidates, so the schema must have
    been built in the session's database. Row n of a table refers to rows of world n, see `Worlds`. The same
    schema gives the same rows.
    """

    def __init__(self, schema: Schema, session: Session) -> None:
        """Take a schema and a session on a database that has its types and functions."""
        self.schema = schema
        self.session = session
        self.worlds = Worlds(schema)
        self._plans: dict[TableName, TablePlan | ProofError] = {}
        self._solving: list[TableName] = []
        self._of_types: dict[tuple[str, int], str | None] = {}
        self._rows: dict[tuple[TableName, int, tuple[tuple[str, int], ...]], Row] = {}
        self._places = {name: place for place, name in enumerate(sorted(self.worlds.tables), start=1)}

    def row(self, table: Table, number: int = 1, *, fill: Mapping[str, int] | None = None) -> Row:
        """Return the row of a table with this number, counted from 1.

        References that may be absent are, unless a condition wants them or `fill` gives, by the name of
        the foreign key, the number of the row to refer to. Raises ProofError when no tried combination of
        values keeps every rule.
        """
        wanted = (name_of(table), number, tuple(sorted((fill or {}).items())))
        if wanted not in self._rows:
            self._rows[wanted] = self._make(table, number, fill or {})
        return self._rows[wanted]

    def _make(self, table: Table, number: int, fill: Mapping[str, int]) -> Row:
        plan = self.plan(table)
        values = {
            column.name: self.value(table, column.name, number)
            for column in table.columns
            if column.generated is None and column.name not in plan.left_to_default
        }
        offsets = {name: chosen.reference for name, chosen in plan.row(number).items()}
        row = Row(table=table, number=number, values=values)
        row = replace(row, references=self._references(row, offsets))
        for key in table.foreign_keys:
            if key.name in fill:
                row = self._filled(row, key, fill[key.name])
        return row

    def applied(self, row: Row, component: Component, trial: Trial) -> Row:
        """Return the row with the values of a trial."""
        pairs = tuple(zip(component.columns, trial.candidates, strict=True))
        changed = row.changed({name: self.text(row.table, name, candidate, row.number) for name, candidate in pairs})
        found = self._references(changed, {name: candidate.reference for name, candidate in pairs})
        touched = {key.name for key in row.table.foreign_keys if set(key.columns) & set(component.columns)}
        kept = {name: target for name, target in row.references.items() if name not in touched}
        return replace(changed, references={**kept, **{name: found[name] for name in touched if name in found}})

    def value(self, table: Table, name: str, number: int) -> str | None:
        """Return the value of a column in the row with this number."""
        if self.is_plain_key(table, table.column(name)):
            return self.plain(table, table.column(name), number)
        chosen = self.plan(table).row(number).get(name)
        if chosen is not None:
            return self.text(table, name, chosen, number)
        key = self._foreign_key(table, name)
        if key is None:
            turn = (number - 1) // self.worlds.turns[name_of(table)].slowness.get(name, 1) + 1
            return self.plain(table, table.column(name), turn)
        return (
            self.reference(key, self.worlds.number(table, key, number))[name]
            if self.worlds.is_given(table, key)
            else None
        )

    def text(self, table: Table, name: str, candidate: Candidate, number: int) -> str | None:
        """Return the value that a candidate stands for in the row with this number."""
        if candidate.reference is not None:
            key = self._foreign_key(table, name)
            assert key is not None  # noqa: S101 - only columns of foreign keys have references
            target = self.worlds.number(table, key, number, offset=candidate.reference)
            return self.reference(key, target)[name]
        if candidate.series and self.is_plain_key(table, table.column(name)):
            return self.plain(table, table.column(name), number)
        kind = value_kind(table.column(name).type, self.schema)
        counted = self.plain(table, table.column(candidate.like), number) if candidate.like else None
        if counted is not None and kind is not None:
            beside = neighbours(kind, counted, group=candidate.group)
            return next((each.text for each in beside if each.position == candidate.position), candidate.text)
        return candidate.text

    def reference(self, key: ForeignKey, number: int) -> dict[str, str | None]:
        """Return the values of a foreign key's columns that refer to a row."""
        target = self.worlds.tables.get(referenced(key))
        if target is None:
            raise ProofError(f'the table "{key.referenced_table}" that "{key.name}" refers to is not in the schema')
        pairs = zip(key.columns, key.referenced_columns, strict=True)
        return {own: self.value(target, theirs, number) for own, theirs in pairs}

    def components(self, table: Table) -> tuple[Component, ...]:
        """Return the judged combinations of values of the columns that conditions speak of."""
        return self.plan(table).components

    def named(self, name: RowName) -> Row:
        """Return the row with this name."""
        return self.row(self.worlds.tables[name.table], name.number)

    def with_ancestors(self, rows: Iterable[Row]) -> tuple[tuple[Row, ...], ...]:
        """Return the rows and all that they refer to, each once, in an order in which they can be stored.

        Rows that refer to each other in a circle come as one group, for one statement: see
        `statements.insert_together`.
        """
        return in_order(rows, name=lambda row: row.name, below=lambda row: map(self.named, row.references.values()))

    def python(self, row: Row) -> dict[str, object]:
        """Return the row as Python values by column, without identity columns."""
        found: dict[str, object] = {}
        for name, text in row.values.items():
            column = row.table.column(name)
            kind = value_kind(column.type, self.schema)
            if not column.identity:
                found[name] = text if text is None or kind is None else python_value(kind, text)
        return found

    def plain(self, table: Table, column: Column, number: int) -> str | None:
        """Return the value of a column that no condition speaks of.

        Keys of different tables differ, so that a reference to the wrong table does not go unnoticed.
        """
        kind = value_kind(column.type, self.schema)
        place = self._places[name_of(table)]
        if kind is None:
            return self._of_server(table, column, number) if column.not_null else None
        if kind.family == "integer" and self.is_plain_key(table, column):
            return str(number if kind.bits == 16 else place * _KEY_SPACE + number)
        in_key = table.primary_key is not None and column.name in table.primary_key.columns
        ordinal = table.columns.index(column) + (place * _KEY_SPACE if kind.family == "uuid" else 0)
        return series(kind, number, label=table.name if in_key else column.name, ordinal=ordinal)

    def _of_server(self, table: Table, column: Column, number: int) -> str:
        """Return a value of a type that only the server knows; raises ProofError when it takes none that we try."""
        wanted = (column.type, number)
        if wanted not in self._of_types:
            self._of_types[wanted] = ServerValues(self.session, self.schema).text(*wanted)
        found = self._of_types[wanted]
        if found is None:
            raise ProofError(f'no value of type "{column.type}" is known for "{table.name}.{column.name}"')
        return found

    def plan(self, table: Table) -> TablePlan:
        """Return how rows of the table are made; raises ProofError when none can be."""
        name = name_of(table)
        if name in self._solving:
            raise ProofError(f'the keys of "{table.name}" depend on each other in a circle')
        if name not in self._plans:
            self._solving.append(name)
            try:
                self._plans[name] = plan_table(self, table)
            except ProofError as problem:
                self._plans[name] = problem
            finally:
                self._solving.pop()
        plan = self._plans[name]
        if isinstance(plan, ProofError):
            raise plan
        return plan

    def _references(self, row: Row, offsets: Mapping[str, int | None]) -> dict[str, RowName]:
        """Return the rows that a row refers to; `offsets` say which ones by column, where conditions chose."""
        found = {}
        for key in row.table.foreign_keys:
            if all(row.values.get(name) is not None for name in key.columns):
                number = self.worlds.number(row.table, key, row.number, offset=offsets.get(key.columns[0]))
                found[key.name] = RowName(table=referenced(key), number=number)
        return found

    def _filled(self, row: Row, key: ForeignKey, number: int) -> Row:
        """Return the row with a reference to row `number`, and what conditions want beside it."""
        for component in self.components(row.table):
            places = [place for place, name in enumerate(component.columns) if name in key.columns]
            for trial in component.acceptable if places else ():
                if all(trial.candidates[place].reference is not None for place in places):
                    row = self.applied(row, component, trial)
                    break
        number = self.worlds.within(referenced(key), number)
        row = row.changed(self.reference(key, number))
        return replace(row, references={**row.references, key.name: RowName(table=referenced(key), number=number)})

    def _foreign_key(self, table: Table, column: str) -> ForeignKey | None:
        """Return the first foreign key that a column belongs to, those that every row has first."""
        keys = [key for key in table.foreign_keys if column in key.columns]
        given = self.worlds.is_given
        return min(keys, key=lambda key: (not given(table, key), len(key.columns), key.name), default=None)

    def is_plain_key(self, table: Table, column: Column) -> bool:
        """Tell whether a column is a key that is counted: an identity, or a free number or uuid."""
        if column.identity:
            return True
        if table.primary_key is None or column.name not in table.primary_key.columns:
            return False
        kind = value_kind(column.type, self.schema)
        counted = kind is not None and kind.family in {"integer", "uuid"}
        return counted and self._foreign_key(table, column.name) is None and not self._is_checked(table, column.name)

    def _is_checked(self, table: Table, column: str) -> bool:
        """Tell whether a condition speaks of the column alone."""
        return any(mentioned(table, check.expression) == (column,) for check in table.checks)
