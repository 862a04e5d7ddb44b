"""Two rows for each table, so that the planner finds the true ends of its indexes.

For a range that reaches beyond a histogram the planner asks the index itself; an empty one would leave
it with the histogram's ends, which are those of a sample.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from colonnade.errors import StatementError
from colonnade.postgres.scale.layout import ColumnLayout, DatabaseLayout, TableLayout
from colonnade.postgres.scale.statistics import ColumnRange, ColumnStatistics
from colonnade.postgres.session import Session
from colonnade.sql.identifier import quote

ColumnName = tuple[str, str, str]
"""Namespace, table and column."""


def empty_tables(session: Session, layout: DatabaseLayout) -> None:
    """Give every table and its indexes new, empty files."""
    names = [table.qualified for table in layout.tables if table.kind in ("r", "p")]
    if names:
        with session.transaction():
            session.execute("SET LOCAL session_replication_role = replica")  # no triggers
            session.execute(f"TRUNCATE {', '.join(names)}")


def insert_seeds(
    session: Session,
    layout: DatabaseLayout,
    ranges: Sequence[ColumnRange],
    columns: Iterable[ColumnStatistics],
) -> tuple[str, ...]:
    """Insert the lowest and the highest values of each table's indexed columns.

    Returns the names of tables that refuse such a row: a unique or exclusion constraint or the bounds
    of a partition forbid to put these values together. There the histogram's ends hold.
    """
    ends: dict[tuple[str, str], dict[str, ColumnRange]] = defaultdict(dict)
    for one in ranges:
        ends[one.namespace, one.relation][one.column] = one
    samples = {
        (one.namespace, one.relation, one.name): one.histogram_bounds or one.most_common_vals
        for one in columns
        if not one.inherited and one.index_attribute is None
    }
    refusing = []
    for table in layout.tables:
        of_table = ends.get((table.namespace, table.name))
        if of_table and table.kind == "r" and not _insert(session, table, of_table, samples):
            refusing.append(table.qualified)
    return tuple(refusing)


def _insert(
    session: Session,
    table: TableLayout,
    ends: Mapping[str, ColumnRange],
    samples: Mapping[ColumnName, str | None],
) -> bool:
    """Insert the two rows of one table; nothing when the table refuses one of them."""
    checks = session.value("SELECT relchecks FROM pg_class WHERE oid = %s", (table.oid,))
    try:
        with session.transaction():
            # Foreign keys and triggers rest for a replica; checks are not seen when none are counted.
            session.execute("SET LOCAL session_replication_role = replica")
            _set_checks(session, table, 0)
            for highest in (False, True):
                _insert_row(session, table, ends, samples, highest=highest)
            _set_checks(session, table, checks)
    except StatementError:
        return False
    return True


def _set_checks(session: Session, table: TableLayout, number: int) -> None:
    """Have the table count this many check constraints."""
    session.execute("UPDATE pg_class SET relchecks = %s WHERE oid = %s", (number, table.oid))


def _insert_row(
    session: Session,
    table: TableLayout,
    ends: Mapping[str, ColumnRange],
    samples: Mapping[ColumnName, str | None],
    *,
    highest: bool,
) -> None:
    """Insert one row: the ends, and any value from the statistics where one is required."""
    names: list[str] = []
    values: list[str] = []
    parameters: list[str] = []
    for column in table.live_columns():
        sample = samples.get((table.namespace, table.name, column.name))
        if column.generated:
            continue
        if column.name in ends:
            end = ends[column.name]
            parameters.append(end.highest if highest else end.lowest)
            values.append(f"%s::text::{_type(column)}")
        elif column.not_null and sample:
            parameters.append(sample)
            values.append(f"({_array_element(column, last=highest)})")
        else:
            continue
        names.append(quote(column.name))
    session.execute(
        f"INSERT INTO {table.qualified} ({', '.join(names)}) OVERRIDING SYSTEM VALUE"  # noqa: S608
        f" VALUES ({', '.join(values)})",
        parameters,
    )


def _array_element(column: ColumnLayout, *, last: bool) -> str:
    """Return an expression for the first or last value of a list in array-literal form."""
    order = "DESC" if last else "ASC"
    return (
        f"SELECT v FROM unnest(%s::text::{_type(column)}[]) WITH ORDINALITY AS u(v, n)"  # noqa: S608
        f" ORDER BY n {order} LIMIT 1"
    )


def _type(column: ColumnLayout) -> str:
    """Return the column's type for a cast, where a `%` would be taken for a parameter."""
    return column.type.replace("%", "%%")
