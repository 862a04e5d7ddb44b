"""What experiments on one table are made of: fresh rows, changed rows, claims."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from colonnade.design import Design
from colonnade.prove.claim import Claim
from colonnade.prove.conditions import Key
from colonnade.prove.experiments import Accepted, Question, Rejected, Way
from colonnade.prove.rows import Row, RowFactory
from colonnade.prove.worlds import RowName, TableName, name_of
from colonnade.schema import ForeignKey, ObjectName, Table
from colonnade.schema.names import ObjectKind
from colonnade.sql.identifier import qualified, quote

FILLED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Makes the rows of experiments on one table.

    `partition_names` gives, for an object's name, the names that Postgres reports for it in a partition.
    """

    factory: RowFactory
    table: Table
    partition_names: Mapping[str, tuple[str, ...]]

    @property
    def keys(self) -> tuple[Key, ...]:
        """What tells the rows of the table apart."""
        return self.factory.worlds.keys[name_of(self.table)]

    def row(self, place: int = 0, *, fill: Mapping[str, int] | None = None) -> Row:
        """Return a fresh row: it is not stored, all that it refers to is. `place` 0 or 1 tells two apart."""
        return self.row_of(self.table, place, fill=fill)

    def row_of(self, table: Table, place: int = 0, *, fill: Mapping[str, int] | None = None) -> Row:
        """Return a fresh row of another table."""
        worlds = self.factory.worlds
        # In a circle of references a fresh row would need itself; so it joins a circle that is there.
        circle = {key.name: FILLED - place for key in table.foreign_keys if worlds.in_circle(table, key)}
        return self.factory.row(table, worlds.fresh(table, place), fill={**circle, **(fill or {})})

    def filled(self, columns: tuple[str, ...], place: int = 0) -> Row:
        """Return a fresh row in which the references of these columns are present."""
        present = self.row(place).references
        fill = {
            key.name: FILLED - place
            for key in self.table.foreign_keys
            if set(key.columns) & set(columns) and key.name not in present
        }
        return self.row(place, fill=fill)

    def names(self, *names: str) -> tuple[str, ...]:
        """Return the names under which Postgres may report an object of this table."""
        return tuple(each for name in names for each in (name, *self.partition_names.get(name, ())))

    def claim(self, name: str, aspect: str, sentence: str, *, kind: ObjectKind = "constraint") -> Claim:
        """Return a claim about an object of the table; the id ends with the aspect."""
        table = self.table
        place = table.name if table.namespace == "public" else f"{table.namespace}.{table.name}"
        return Claim(
            id=f"invariant/{place}/{name}/{aspect}",
            kind="invariant",
            sentence=f"{place}: {sentence}",
            object=ObjectName(kind=kind, name=name, table=table.name, namespace=table.namespace),
        )

    def accepted(self, *ways: str | Way, rows: int | None = None, names: tuple[str, ...] = ()) -> Question:
        """Return the question whether a statement passes."""
        return Question(ways=_ways(ways), expected=Accepted(rows=rows, names=names))

    def rejected(self, *ways: str | Way, sqlstates: tuple[str, ...], names: tuple[str, ...] = ()) -> Question:
        """Return the question whether a statement is refused so."""
        return Question(ways=_ways(ways), expected=Rejected(sqlstates=sqlstates, names=names))

    def without(self, names: Collection[str], sql: str) -> tuple[Way, ...]:
        """Return a way that first puts other rules of the table aside, which refuse the same; none without names."""
        if not names:
            return ()
        aside = [self._put_aside(name) for name in names]
        return (Way(sql=";\n".join([*aside, sql]), note=f"without {', '.join(names)}, which refuses the same"),)

    def _put_aside(self, name: str) -> str:
        """Return the statement that drops a constraint or index, or disables a trigger."""
        table = self.table
        if any(trigger.name == name for trigger in table.triggers):
            return f"ALTER TABLE {table.identifier} DISABLE TRIGGER {quote(name)}"
        if any(constraint.name == name for constraint in table.constraints):
            return f"ALTER TABLE {table.identifier} DROP CONSTRAINT {quote(name)} CASCADE"
        return f"DROP INDEX {qualified(table.namespace, name)}"


def benches_by_entity(benches: Mapping[TableName, Bench], design: Design) -> dict[str, Bench]:
    """Return the benches of the tables that entities are stored in."""
    return {
        each.entity: benches[each.namespace, each.table]
        for each in design.bindings.entities
        if (each.namespace, each.table) in benches
    }


def needs(*rows: Row) -> tuple[RowName, ...]:
    """Return the rows that these refer to, themselves left out."""
    own = {row.name for row in rows}
    return tuple(dict.fromkeys(name for row in rows for name in row.references.values() if name not in own))


def sharing(table: Table, key: ForeignKey) -> Iterator[ForeignKey]:
    """Yield the other foreign keys of the table that have a column with this one in common."""
    for other in table.foreign_keys:
        if other != key and set(other.columns) & set(key.columns):
            yield other


def _ways(ways: Collection[str | Way]) -> tuple[Way, ...]:
    return tuple(dict.fromkeys(each if isinstance(each, Way) else Way(sql=each) for each in ways))
