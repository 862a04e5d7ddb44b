"""Experiments on rules about one row: CHECK, NOT NULL, types, generated and identity columns."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.prove import statements
from colonnade.prove.bench import FILLED, Bench, needs
from colonnade.prove.conditions import Condition
from colonnade.prove.experiments import Experiment, Question
from colonnade.prove.rows import Row
from colonnade.prove.solution import Component
from colonnade.prove.values import value_kind
from colonnade.schema import Column
from colonnade.sql.identifier import quote

_CHECK = ("23514",)
_NOT_NULL = ("23502",)
_BAD_ENUM = ("22P02",)
_ALWAYS_GENERATED = ("428C9",)


def row_rules(bench: Bench) -> Iterator[Experiment]:
    """Yield the experiments on every rule of the table that one row keeps or breaks."""
    yield _acceptable(bench)
    for component in bench.factory.components(bench.table):
        for condition in component.conditions:
            if condition.kind in {"check", "domain"}:
                yield from _check(bench, component, condition)
    for column in bench.table.columns:
        if column.not_null and column.generated is None:
            yield _not_null(bench, column)
        if column.generated is not None:
            yield from _generated(bench, column)
        if column.identity == "ALWAYS":
            yield from _identity(bench, column)
        kind = value_kind(column.type, bench.factory.schema)
        if kind is not None and kind.family == "enum":
            yield from _enum(bench, column, kind.values)


def _acceptable(bench: Bench) -> Experiment:
    row = bench.row()
    return Experiment(
        claim=bench.claim("row", "accepts", "a row that keeps every rule is accepted", kind="table"),
        questions=(bench.accepted(row.insert()),),
        needs=needs(row),
    )


def _check(bench: Bench, component: Component, condition: Condition) -> Iterator[Experiment]:
    """Yield both halves: what lies just beyond each edge is refused, what lies just within is accepted."""
    boundary = component.boundary(condition)
    row = bench.row()
    names = bench.names(condition.name)
    broken = [bench.factory.applied(row, component, trial) for trial in boundary.broken]
    kept = [bench.factory.applied(row, component, trial) for trial in boundary.kept]
    rule = " ".join(condition.expression.split())
    rejects = bench.claim(condition.name, "rejects", f"a row that breaks {condition.name} ({rule}) is rejected by it")
    if not broken:
        yield Experiment(
            claim=rejects,
            impossible=f"none of the {len(component.trials)} tried values of {', '.join(component.columns)} breaks it",
        )
    else:
        yield Experiment(
            claim=rejects,
            questions=tuple(_refusal(bench, each, names, boundary.overlapping) for each in _inserts(broken)),
            needs=needs(row),
            remedy=f"Make the constraint read CHECK ({rule}).",
        )
    yield Experiment(
        claim=bench.claim(condition.name, "accepts", f"a row at the edge of {condition.name} ({rule}) is accepted"),
        questions=tuple(_passage(bench, each, names, condition) for each in _inserts(kept)),
        needs=needs(*kept),
        remedy=f"Make the constraint read CHECK ({rule}).",
    )


def _inserts(rows: list[Row]) -> tuple[str, ...]:
    """Return the INSERT of each row; rows that differ in the way they were found only count once."""
    return tuple(dict.fromkeys(row.insert() for row in rows))


def _refusal(bench: Bench, insert: str, names: tuple[str, ...], overlapping: tuple[str, ...]) -> Question:
    """Ask whether the row is refused; once more without the other rules that refuse it too."""
    droppable = {check.name for check in bench.table.checks}
    ways = bench.without(overlapping, insert) if set(overlapping) <= droppable else ()
    return bench.rejected(insert, *ways, sqlstates=_CHECK, names=names)


def _passage(bench: Bench, insert: str, names: tuple[str, ...], condition: Condition) -> Question:
    """Ask whether the row passes; once more without the keys, in case a stored row has the same values."""
    keys = [key.name for key in bench.keys if set(key.columns) & set(condition.columns)]
    return bench.accepted(insert, *bench.without(keys, insert), names=names)


def _not_null(bench: Bench, column: Column) -> Experiment:
    row = bench.row()
    return Experiment(
        claim=bench.claim(column.name, "rejects-null", f"a row without {column.name} is rejected", kind="column"),
        questions=(
            bench.rejected(row.changed({column.name: None}).insert(), sqlstates=_NOT_NULL, names=(column.name,)),
        ),
        needs=needs(row),
        remedy=f"Make the column {column.name} NOT NULL.",
    )


def _generated(bench: Bench, column: Column) -> Iterator[Experiment]:
    row = bench.row()
    name, expression = column.name, column.generated
    written = statements.insert(bench.table, {**row.values, name: bench.factory.plain(bench.table, column, 1)})
    same = statements.select(bench.table, row.key, extra=f"{quote(name)} IS NOT DISTINCT FROM ({expression})")
    remedy = f"Make the column {name} GENERATED ALWAYS AS ({expression})."
    yield Experiment(
        claim=bench.claim(name, "rejects-value", f"writing the generated {name} is refused", kind="column"),
        questions=(bench.rejected(written, sqlstates=_ALWAYS_GENERATED),),
        needs=needs(row),
        remedy=remedy,
    )
    yield Experiment(
        claim=bench.claim(name, "computes", f"{name} is always {expression}", kind="column"),
        questions=(bench.accepted(f"{row.insert()};\n{same}", rows=1),),
        needs=needs(row),
        remedy=remedy,
    )


def _identity(bench: Bench, column: Column) -> Iterator[Experiment]:
    own = {key.name: FILLED for key in bench.table.foreign_keys if key.referenced_table == bench.table.name}
    row = bench.row(fill={name: number for name, number in own.items() if name in bench.row().references})
    name = column.name
    chosen = statements.insert(bench.table, row.values, overriding=False)
    left_out = {each: text for each, text in row.values.items() if each != name}
    remedy = f"Make the column {name} GENERATED ALWAYS AS IDENTITY."
    yield Experiment(
        claim=bench.claim(name, "rejects-value", f"a chosen value for the identity {name} is refused", kind="column"),
        questions=(bench.rejected(chosen, sqlstates=_ALWAYS_GENERATED),),
        needs=needs(row),
        remedy=remedy,
    )
    yield Experiment(
        claim=bench.claim(name, "counts", f"{name} is given by the database when left out", kind="column"),
        questions=(bench.accepted(statements.insert(bench.table, left_out), rows=1),),
        needs=needs(row),
        remedy=remedy,
    )


def _enum(bench: Bench, column: Column, values: tuple[str, ...]) -> Iterator[Experiment]:
    row = bench.row()
    name, kind = column.name, column.type
    unlisted = row.changed({name: f"not {values[-1]}"})
    yield Experiment(
        claim=bench.claim(name, "rejects-unlisted", f"a {name} that {kind} does not list is rejected", kind="column"),
        questions=(bench.rejected(unlisted.insert(), sqlstates=_BAD_ENUM),),
        needs=needs(row),
        remedy=f"Make the column {name} of type {kind}.",
    )
    yield Experiment(
        claim=bench.claim(name, "accepts-listed", f"every {name} that {kind} lists is accepted", kind="column"),
        questions=tuple(bench.accepted(row.changed({name: each}).insert()) for each in values),
        needs=needs(row),
        remedy=f"Let {kind} list {', '.join(values)}.",
    )
