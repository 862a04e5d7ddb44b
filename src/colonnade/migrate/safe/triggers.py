"""What triggers of a table have to do with rows that are filled, and with columns that move."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.schema import Schema, Table, Trigger
from colonnade.sql.identifier import qualified, quote
from colonnade.sql.tokens import names

_FIRES = frozenset(("ORIGIN", "ALWAYS"))


def disturbed(before: Table, after: Table) -> tuple[Trigger, ...]:
    """Return the triggers that would take a row which is filled for one that somebody has changed.

    They are there before and after a plan, and fire for an update of whatever column.
    """
    stays = {each.name for each in before.triggers}
    return tuple(
        each
        for each in after.triggers
        if each.name in stays and "UPDATE" in each.events and not each.update_columns and each.firing in _FIRES
    )


def turned_off(table: Table, triggers: Iterable[Trigger]) -> str:
    """Return what keeps triggers from firing."""
    actions = ", ".join(f"DISABLE TRIGGER {quote(each.name)}" for each in triggers)
    return f"ALTER TABLE {table.identifier} {actions}"


def turned_on(table: Table, triggers: Iterable[Trigger]) -> str:
    """Return what lets triggers fire again in the sessions in which they did."""
    always = {each.name: " ALWAYS" * (each.firing == "ALWAYS") for each in triggers}
    actions = ", ".join(f"ENABLE{word} TRIGGER {quote(name)}" for name, word in always.items())
    return f"ALTER TABLE {table.identifier} {actions}"


def uses(trigger: Trigger, column: str, schema: Schema) -> bool:
    """Tell whether the function of a trigger names a column, or is given its name."""
    called = (each for each in schema.functions if qualified(each.namespace, each.name) == trigger.function)
    return column in trigger.arguments or any(column in names(each.body) for each in called)
