"""Rows that agree, or that meet a condition which no constraint of the schema states."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from colonnade.prove.bench import Bench
from colonnade.prove.conditions import Condition, mentioned
from colonnade.prove.rows import Row
from colonnade.prove.trials import Part, judge

_FIRST_FREE = 5


def in_state(bench: Bench, column: str, state: str) -> Row:
    """Return an acceptable row that holds the state."""
    row = bench.row()
    for component in bench.factory.components(bench.table):
        if column in component.columns:
            place = component.columns.index(column)
            for trial in component.acceptable:
                if trial.candidates[place].text == state:
                    return bench.factory.applied(row, component, trial)
    return row.changed({column: state})


def another(bench: Bench, row: Row, column: str) -> str | None:
    """Return another value that the column of the row could hold."""
    for component in bench.factory.components(bench.table):
        for trial in component.acceptable if column in component.columns else ():
            text = bench.factory.applied(row, component, trial).values[column]
            if text is not None and text != row.values.get(column):
                return text
    numbered = (bench.factory.plain(bench.table, bench.table.column(column), number) for number in (1, 2))
    return next((text for text in numbered if text != row.values.get(column)), None)


def alike(bench: Bench, per: Sequence[str], where: str, count: int) -> list[Row]:
    """Return acceptable rows that agree on `per` and meet the condition; none when there are not enough.

    They agree with a fresh row, so that no stored row counts among them.
    """
    stride = bench.factory.worlds.stride
    others = [bench.factory.row(bench.table, 1 + (_FIRST_FREE + place) * stride) for place in range(count - 1)]
    rows = [bench.filled(tuple(per)), *others]
    shared = {name: rows[0].values.get(name) for name in per}
    agreeing = [row.changed(shared) for row in rows]
    if not where:
        return agreeing
    met = [_meeting(bench, row, where) for row in agreeing]
    return [row for row in met if row is not None] if None not in met else []


def _meeting(bench: Bench, row: Row, where: str) -> Row | None:
    """Return the row, or one like it, that meets a condition."""
    columns = mentioned(bench.table, where)
    options = list(_variations(bench, row, columns))
    part = Part(
        table=bench.table,
        columns=columns,
        conditions=(Condition(name="where", expression=where, kind="predicate", columns=columns),),
        rows=tuple(tuple(each.values.get(name) for name in columns) for each in options),
    )
    (verdicts,) = judge(bench.factory.session, bench.factory.schema, (part,))
    return next((each for each, verdict in zip(options, verdicts, strict=True) if verdict == (True,)), None)


def _variations(bench: Bench, row: Row, columns: Sequence[str]) -> Iterator[Row]:
    """Yield the row, then with other acceptable values in the columns."""
    yield row
    for component in bench.factory.components(bench.table):
        if set(component.columns) & set(columns):
            for trial in component.acceptable:
                yield bench.factory.applied(row, component, trial)
    table, factory = bench.table, bench.factory
    tied = {name for component in factory.components(table) for name in component.columns}
    free = [name for name in columns if name not in tied]
    choices = [
        (
            row.values.get(name),
            None,
            factory.plain(table, table.column(name), 1),
            factory.plain(table, table.column(name), 2),
        )
        for name in free
    ]
    for texts in itertools.product(*choices):
        yield row.changed(dict(zip(free, texts, strict=True)))
