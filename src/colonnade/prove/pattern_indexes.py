"""Claims about indexes: a pattern or a reference needs each one, and each check of a reference reads one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from colonnade.design import Design
from colonnade.design.queries import PatternQuery
from colonnade.prove.claim import Claim, Evidence
from colonnade.prove.pattern_growth import CLASSES, growth_rate
from colonnade.prove.pattern_plans import Findings
from colonnade.prove.pattern_texts import access_text, cost_text, costs_text, volume_text
from colonnade.schema import ForeignKey, Index, ObjectName, Table

_NO_PATTERNS = "no access pattern is stated, so nobody can say whether one needs it: state them with --patterns"


def index_evidence(
    design: Design, subjects: Sequence[PatternQuery], findings: Findings, *, first_check: int
) -> Iterator[Evidence]:
    """Yield the evidence on each index, then on the check of each foreign key."""
    for table, index in _indexes(design):
        yield _needed(design, table, index, subjects, findings)
    place = first_check
    for table in design.schema.owned_tables:
        for key in table.foreign_keys:
            yield _checked(table, key, subjects[place], place, findings)
            place += 1


def unplanned_indexes(design: Design, checks: Sequence[PatternQuery], reason: str) -> Iterator[Evidence]:
    """Yield the same claims as `not_run`."""
    for table, index in _indexes(design):
        yield Evidence(claim=_index_claim(table, index), verdict="not_run", observed=reason)
    place = 0
    for table in design.schema.owned_tables:
        for key in table.foreign_keys:
            yield Evidence(claim=_check_claim(table, key), verdict="not_run", sql=checks[place].sql, observed=reason)
            place += 1


def _indexes(design: Design) -> Iterator[tuple[Table, Index]]:
    for table in design.schema.owned_tables:
        for index in table.indexes:
            yield table, index


def _index_claim(table: Table, index: Index) -> Claim:
    return Claim(
        id=f"index/{table.name}/{index.name}",
        kind="index",
        sentence=f"{index.name} is needed by an access pattern, a foreign key or a rule",
        object=ObjectName(kind="index", name=index.name, table=table.name, namespace=table.namespace),
    )


def _check_claim(table: Table, key: ForeignKey) -> Claim:
    return Claim(
        id=f"index/{table.name}/{key.name}/check",
        kind="index",
        sentence=f"deleting or renaming a row of {key.referenced_table} reads of {table.name} only what refers to it",
        object=ObjectName(kind="constraint", name=key.name, table=table.name, namespace=table.namespace),
    )


def _needed(
    design: Design, table: Table, index: Index, subjects: Sequence[PatternQuery], findings: Findings
) -> Evidence:
    """Return who needs an index: a rule, a statement that gets dearer without it, or a foreign key."""
    claim = _index_claim(table, index)
    if index.unique:
        return Evidence(claim=claim, verdict="proved", observed="it holds a uniqueness rule")
    need = findings.needs.get((table.name, index.name))
    if need is not None:
        query = subjects[need.subject]
        user = f"the check of {query.pattern_id}" if query.label == "check" else f"{query.pattern_id} ({query.label})"
        observed = (
            f"without it {user} costs {cost_text(need.cost_without)} instead of {cost_text(need.cost)}"
            f" at {volume_text(need.volume)} rows"
        )
        return Evidence(claim=claim, verdict="proved", sql=query.sql, observed=observed)
    alone = [
        key.name for key in table.foreign_keys if _covers(index, key) and not _covered_otherwise(table, index, key)
    ]
    if alone:
        return Evidence(
            claim=claim, verdict="proved", observed=f"nothing else covers the foreign key {', '.join(alone)}"
        )
    if not design.spec.access_patterns:
        return Evidence(claim=claim, verdict="not_run", observed=_NO_PATTERNS)
    users = sorted({subjects[place].pattern_id for place in findings.used.get((table.name, index.name), ())})
    used = f"{', '.join(users)} would cost the same without it" if users else "no statement reads it at any volume"
    return Evidence(claim=claim, verdict="refuted", observed=f"{used}; drop it, or state the pattern that it is for")


def _covers(index: Index, key: ForeignKey) -> bool:
    size = len(key.columns)
    leading = {each.column for each in index.keys[:size]}
    return index.method == "btree" and index.predicate is None and leading == set(key.columns)


def _covered_otherwise(table: Table, index: Index, key: ForeignKey) -> bool:
    """Tell whether a constraint or another index leads with the columns of a foreign key."""
    size = len(key.columns)
    starts = [unique.columns[:size] for unique in table.uniques]
    starts += [table.primary_key.columns[:size]] if table.primary_key else []
    return any(set(start) == set(key.columns) for start in starts) or any(
        _covers(other, key) for other in table.indexes if other.name != index.name
    )


def _checked(table: Table, key: ForeignKey, query: PatternQuery, place: int, findings: Findings) -> Evidence:
    """Return whether the check of a foreign key stays within the rows that refer."""
    claim = _check_claim(table, key)
    problem = findings.problems.get(place)
    if problem is not None:
        return Evidence(
            claim=claim, verdict="refuted", sql=query.sql, observed=problem.message, sqlstate=problem.sqlstate
        )
    rates = [(growth_rate(each), each) for each in findings.readings[place].values()]
    rate, worst = max(rates, key=lambda each: (each[0].wasteful, CLASSES.index(each[0].growth), each[1][-1].cost))
    if rate.wasteful:
        observed = (
            f"it reads {access_text(worst[-1].plan)};"
            f" an index on {table.name} ({', '.join(key.columns)}) would bound it; cost {costs_text(worst)}"
        )
        return Evidence(claim=claim, verdict="refuted", sql=query.sql, observed=observed)
    observed = f"{rate.growth}; {access_text(worst[-1].plan)}; cost {costs_text(worst)}"
    return Evidence(claim=claim, verdict="proved", sql=query.sql, observed=observed)
