"""What keeps a column from being moved to another one, and a table from being there under two names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from colonnade.errors import UnsupportedError
from colonnade.migrate.expand_contract.in_between import dependents
from colonnade.migrate.expand_contract.move import Move
from colonnade.migrate.expand_contract.renamed_table import RenamedTable
from colonnade.migrate.safe.triggers import uses
from colonnade.migrate.step import slots
from colonnade.schema import Column, Exclusion, Table, Trigger
from colonnade.schema.dependencies import Catalog
from colonnade.schema.members import Member, object_name, objects_of
from colonnade.schema.names import ObjectName
from colonnade.sql.expression import functions, variation
from colonnade.sql.identifier import quote
from colonnade.sql.tokens import names

_LOOKS_PAST = (
    "It has row-level security, which a view of its columns looks past before Postgres 15, and where a role may read"
    " some of them only."
)
_COPIED = frozenset({"constraint", "index", "policy", "statistics"})


def refuse_unmovable(move: Move, before: Catalog, after: Catalog) -> None:
    """Raise UnsupportedError where the old column or the new one has what two columns cannot have at once."""
    reason = next(_reasons(move, before, after), None)
    if reason is not None:
        column = f"{move.table.identifier}.{quote(move.first)}"
        raise UnsupportedError(
            f'"{column}" cannot be moved by a chain of revisions',
            detail=reason,
            hint="Make this change at once, without --expand-contract, while no old code runs.",
        )


def refuse_unrenamable(table: RenamedTable, moves: Iterable[Move], start: Catalog, end: Catalog) -> None:
    """Raise UnsupportedError where no view can stand for the table under its old name."""
    found = next(_against_view(table, moves, start, end), None)
    if found is not None:
        reason, hint = found
        message = f'"{table.old.identifier}" cannot be renamed by a chain of revisions'
        raise UnsupportedError(message, detail=reason, hint=hint)


def _against_view(
    table: RenamedTable, moves: Iterable[Move], start: Catalog, end: Catalog
) -> Iterator[tuple[str, str]]:
    """Yield what is against the view, with what to do."""
    for move in moves:
        if (move.table.namespace, move.table.name) == (table.new.namespace, table.new.name):
            column = quote(move.first)
            yield f"The type of its column {column} changes, too.", "Rename the table by one chain, then make another."
    for name, each in sorted(objects_of(end.schema).items()):
        if slots(each.value, each.table) & slots(table.view):
            yield f"The {name.kind} {name} has its name in the end.", "Give it that name in a later revision."
    at_once = "Rename it at once, without --expand-contract, while no old code runs."
    last = end.schema.table(table.new.name, namespace=table.new.namespace)
    if (table.old.row_security or last.row_security) and not table.security_invoker:
        yield _LOOKS_PAST, at_once
    for trigger in table.new.triggers:
        for change in table.changes:
            if isinstance(change.value, Column) and uses(trigger, change.value.name, start.schema):
                yield f"The function of the trigger {quote(trigger.name)} uses {quote(change.value.name)}.", at_once


def _reasons(move: Move, before: Catalog, after: Catalog) -> Iterator[str]:
    table = before.schema.table(move.table.name, namespace=move.table.namespace)
    last = after.schema.table(move.table.name, namespace=move.table.namespace)
    yield from _of_column(move, table, before)
    yield from _of_members(move.old.name, table, before)
    yield from _of_members(move.new.name, last, after)
    yield from _of_others(move, table, before)
    for trigger in table.triggers:
        yield from _of_trigger(trigger, move, before)


def _of_column(move: Move, table: Table, before: Catalog) -> Iterator[str]:
    old, new = move.old, move.new
    if old.identity or new.identity:
        yield "It is an identity column, and a sequence belongs to one column."
    if old.generated is not None or new.generated is not None:
        yield "It is a generated column, which nobody writes."
    name = ObjectName(kind="column", name=old.name, table=table.name, namespace=table.namespace)
    if any(each.kind == "sequence" for each in before.dependencies.needs.get(name, ())):
        yield "Its default is a sequence of its own."
    if table.partition_key is not None and any(old.name in names(key) for key in table.partition_key.keys):
        yield "The table is partitioned by it."
    for default in (old.default, new.default):
        if default is not None and not new.not_null and (variation(default) or functions(default)):
            yield "It may be NULL and its default is computed, so that nobody can tell which of the two is given."


def _of_members(column: str, table: Table, catalog: Catalog) -> Iterator[str]:
    """Yield which constraint of the table itself no second column can have beside the first."""
    members: dict[ObjectName, Member] = {object_name(each, table): each for each in table.constraints}
    for name in sorted(dependents(catalog, table, [column])):
        match members.get(name):
            case Exclusion():
                yield f"The exclusion constraint {quote(name.name)} stands on it, which Postgres only builds at once."
            case value if value is not None and value == table.primary_key:
                yield "It is part of the primary key, of which a table has one."


def _of_others(move: Move, table: Table, before: Catalog) -> Iterator[str]:
    for name in sorted(dependents(before, table, [move.old.name])):
        own = name.table == table.name and name.namespace == table.namespace
        if name.kind not in _COPIED or not own:
            yield f"The {name.kind} {name} stands on it, which cannot stand on two columns."


def _of_trigger(trigger: Trigger, move: Move, before: Catalog) -> Iterator[str]:
    if move.first != move.final and uses(trigger, move.first, before.schema):
        yield f"The function of the trigger {quote(trigger.name)} uses it."
