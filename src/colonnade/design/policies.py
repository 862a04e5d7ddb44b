"""The text of row-level security policies: whose row it is, in one row or by way of its parents."""

from __future__ import annotations

from colonnade.design.ownership import Ownership, setting
from colonnade.design.places import Places, Step
from colonnade.errors import DesignError
from colonnade.sql.identifier import quote
from colonnade.sql.literal import literal


def caller(places: Places, table: str, column: str) -> str:
    """Return who the transaction is for, in the type of an owner's column.

    The subquery makes it an InitPlan, read once per statement; a transaction-local setting that has ended reads
    as the empty text, which is nobody.
    """
    type_ = places.table_named(table).column(column).type
    value = f"nullif(current_setting({literal(setting(places.spec))}, true), '')"
    return f"(SELECT {value}{'' if type_ == 'text' else f'::{type_}'})"


def owned_by_caller(places: Places, table: str, ownership: Ownership) -> str:
    """Return the condition that a row of the table is the caller's, with columns named by their table when it nests."""
    if ownership.direct:
        return _direct(places, ownership, prefix="")
    return _through(places, table, ownership, ownership.steps)


def refers_to_own(places: Places, table: str, step: Step, ownership: Ownership, *, optional: bool) -> str:
    """Return the condition that a reference leads to one of the caller's rows, or nowhere."""
    steps = (step, *ownership.steps)
    condition = _through(places, table, ownership, steps)
    if not optional:
        return condition
    absent = " OR ".join(f"{_column(table, left)} IS NULL" for left, _ in step.pairs)
    return f"({absent} OR {condition})"


def _through(places: Places, table: str, ownership: Ownership, steps: tuple[Step, ...]) -> str:
    step, *further = steps
    joined = [f"{_column(step.table, right)} = {_column(table, left)}" for left, right in step.pairs]
    if further:
        rest = _through(places, step.table, ownership, tuple(further))
    else:
        rest = _direct(places, ownership, prefix=step.table)
    target = places.table_named(step.table).identifier
    return f"EXISTS (SELECT 1 FROM {target} WHERE {' AND '.join((*joined, rest))})"  # noqa: S608 - names are quoted


def _direct(places: Places, ownership: Ownership, *, prefix: str) -> str:
    if len(ownership.columns) != 1:
        raise DesignError(
            f'the owner of "{ownership.table}" has a key of several columns',
            detail="One setting names the caller, so the owner needs a key of one column.",
            hint="Give the owning entity a key of its own.",
        )
    name = ownership.columns[0]
    column = _column(prefix, name) if prefix else quote(name)
    return f"{column} = {caller(places, ownership.table, name)}"


def _column(table: str, name: str) -> str:
    return f"{quote(table)}.{quote(name)}"
