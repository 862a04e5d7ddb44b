"""What a table demands of one row: its conditions, the columns they tie together, and its keys."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from colonnade.schema import Schema, Table
from colonnade.sql.identifier import qualified, quote
from colonnade.sql.tokens import names

ConditionKind = Literal["check", "domain", "partition", "predicate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """An SQL condition over columns of one row.

    A `check`, `domain` or `partition` condition must not be false; a `predicate` only says which rows
    a partial index or exclusion is about. `columns` are those that are written, in the table's order: a
    generated column stands for the columns that it is made of.
    """

    name: str
    expression: str
    kind: ConditionKind
    columns: tuple[str, ...]

    @property
    def demanded(self) -> bool:
        """Whether a row that breaks it cannot be stored."""
        return self.kind != "predicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Columns that tell rows apart: of a primary key, unique, unique index or exclusion constraint."""

    name: str
    columns: tuple[str, ...]


def conditions_of(table: Table, schema: Schema) -> tuple[Condition, ...]:
    """Return every condition of the table, in the order in which Postgres would report checks: by name."""
    found = [_condition(table, check.name, check.expression, "check") for check in table.checks]
    found += list(_domain_conditions(table, schema))
    found += [
        _condition(table, index.name, index.predicate, "predicate")
        for index in table.indexes
        if index.unique and index.predicate
    ]
    found += [
        _condition(table, exclusion.name, exclusion.predicate, "predicate")
        for exclusion in table.exclusions
        if exclusion.predicate
    ]
    bounds = partition_condition(table)
    if bounds:
        found.append(_condition(table, f"partitions of {table.name}", bounds, "partition"))
    return tuple(sorted(found, key=lambda each: each.name))


def keys_of(table: Table) -> tuple[Key, ...]:
    """Return what tells rows of the table apart."""
    found = [Key(name=table.primary_key.name, columns=table.primary_key.columns)] if table.primary_key else []
    found += [Key(name=unique.name, columns=unique.columns) for unique in table.uniques]
    for index in table.indexes:
        if index.unique:
            text = " ".join(quote(key.column) if key.column else key.expression for key in index.keys)
            found.append(Key(name=index.name, columns=mentioned(table, text)))
    for exclusion in table.exclusions:
        text = " ".join(element.expression for element in exclusion.elements)
        found.append(Key(name=exclusion.name, columns=mentioned(table, text)))
    return tuple(found)


def groups(conditions: Iterable[Condition]) -> tuple[tuple[Condition, ...], ...]:
    """Return the conditions in groups that have no column in common."""
    found: list[list[Condition]] = []
    for condition in conditions:
        touching = [group for group in found if any(set(each.columns) & set(condition.columns) for each in group)]
        found = [group for group in found if group not in touching]
        found.append([each for group in touching for each in group] + [condition])
    return tuple(tuple(sorted(group, key=lambda each: each.name)) for group in found)


def mentioned(table: Table, expression: str) -> tuple[str, ...]:
    """Return the written columns that an expression depends on, in the table's order."""
    # What is generated depends on no other generated column; one may have the name of a function that it calls.
    words = set(names(expression))
    words |= {word for each in table.columns if each.generated and each.name in words for word in names(each.generated)}
    return tuple(each.name for each in table.columns if each.generated is None and each.name in words)


def partition_condition(table: Table) -> str:
    """Return the condition that some partition takes the row; empty when one takes them all.

    Only a RANGE or LIST over one key is told; anything else is left to Postgres.
    """
    key = table.partition_key
    if key is None or key.strategy == "HASH" or len(key.keys) != 1:
        return ""
    if any(partition.bound == "DEFAULT" for partition in table.partitions):
        return ""
    subject = quote(key.keys[0]) if table.has_column(key.keys[0]) else f"({key.keys[0]})"
    return " OR ".join(filter(None, (_bound_condition(subject, each.bound) for each in table.partitions)))


def _bound_condition(subject: str, bound: str) -> str:
    values = re.fullmatch(r"FOR VALUES IN \((.*)\)", bound)
    if values:
        return f"{subject} IN ({values[1]})"
    limits = re.fullmatch(r"FOR VALUES FROM \((.*)\) TO \((.*)\)", bound)
    if not limits:
        return ""
    lower = [] if limits[1] == "MINVALUE" else [f"{subject} >= {limits[1]}"]
    upper = [] if limits[2] == "MAXVALUE" else [f"{subject} < {limits[2]}"]
    return f"({' AND '.join((*lower, *upper)) or 'true'})"


def _condition(table: Table, name: str, expression: str, kind: ConditionKind) -> Condition:
    return Condition(name=name, expression=expression, kind=kind, columns=mentioned(table, expression))


def _domain_conditions(table: Table, schema: Schema) -> Iterable[Condition]:
    """Yield the checks of the columns' domains; VALUE becomes a column of that name."""
    for domain in schema.domains:
        for column in table.columns:
            if column.type in {domain.name, qualified(domain.namespace, domain.name)}:
                # In a domain's check the keyword VALUE stands where a column of that name could.
                source = f"(SELECT {quote(column.name)} AS value) AS domain"
                for check in domain.checks:
                    yield Condition(
                        name=check.name,
                        expression=f"(SELECT {check.expression} FROM {source})",  # noqa: S608 - of the schema
                        kind="domain",
                        columns=(column.name,),
                    )
