"""What the deciders of constraints share: conditions over columns, and rules that only the application can keep."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.design.decision import Decision
from colonnade.design.drafting import table_object
from colonnade.design.references import References
from colonnade.errors import DesignError
from colonnade.schema import Check, Exclusion, Index, ObjectName, Table, Unique
from colonnade.span import Span
from colonnade.spec.value import Fact
from colonnade.sql import expression as sql


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCondition:
    """A condition over the columns of one row; without text, `obstacle` says why Postgres cannot hold it."""

    text: str = ""
    obstacle: str = ""


def row_condition(references: References, entity: str, expression: str | None) -> RowCondition:
    """Return a spec's condition over columns; the empty text when there is none."""
    if not expression:
        return RowCondition()
    if varies := sql.variation(expression):
        return RowCondition(
            obstacle=f"It depends on {varies}: a row that was let in would break it later without a write, "
            "and a restore would refuse it."
        )
    if sql.has_subquery(expression):
        return RowCondition(obstacle="It reads other rows, which can change without this one being written.")
    names = references.sql_names(entity)
    computed = {each.name for each in references.entities[entity].attributes if each.role == "computed"}
    if shown := next(iter(sql.value_names(expression, computed - names.keys())), ""):
        return RowCondition(obstacle=f"{shown} is computed when it is read and never stored.")
    if dotted := next((each for each in sql.dotted_names(expression)), ""):
        return RowCondition(
            obstacle=f"{dotted} stands in another table, which can change without this row being written."
        )
    return RowCondition(text=sql.substitute(expression, names))


def columns_of(references: References, entity: str, name: str, fact: Fact) -> tuple[str, ...]:
    """Return the columns that a name in an invariant stands for; raises DesignError when it is unknown."""
    found = references.names(entity).get(name)
    if found is None:
        raise DesignError(
            f'"{entity}" has no attribute or relationship "{name}"',
            hint=f"It has {', '.join(sorted(references.names(entity)))}.",
            at=next(iter(fact.at), None),
        )
    return found


def application_rule(table: Table, sentence: str, reason: str, facts: tuple[Span, ...]) -> Decision:
    """Return the record of a rule that the database does not hold, and why."""
    return Decision(
        question=f"application rule of {table.name}: {sentence}",
        choice="kept by the application",
        reason=reason,
        shaped=(table_object(table),),
        facts=facts,
    )


def constraint_names(table: Table) -> frozenset[str]:
    """Return the names of the table's constraints, indexes and triggers."""
    named: tuple[Unique | Check | Exclusion | Index, ...] = (
        *table.uniques,
        *table.checks,
        *table.exclusions,
        *table.indexes,
    )
    others = (*(each.name for each in table.foreign_keys), *(each.name for each in table.triggers))
    return frozenset((*(each.name for each in named), *others))


def index_object(table: Table, name: str) -> ObjectName:
    """Return an index's name as an object."""
    return ObjectName(kind="index", name=name, table=table.name, namespace=table.namespace)


def trigger_object(table: Table, name: str) -> ObjectName:
    """Return a trigger's name as an object."""
    return ObjectName(kind="trigger", name=name, table=table.name, namespace=table.namespace)


def function_object(name: str) -> ObjectName:
    """Return a function's name as an object."""
    return ObjectName(kind="function", name=name)
