"""The stages of a chain that no comparison of schemas can tell: columns side by side, filled, compared, exchanged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from colonnade.emit.ddl.columns import default_expression
from colonnade.emit.ddl.programs import create_trigger, replace_function
from colonnade.migrate.columns import add_column, drop_column
from colonnade.migrate.conditions import either, exists
from colonnade.migrate.expand_contract.move import CONVERSION_SETTINGS, Move
from colonnade.migrate.expand_contract.renamed_table import RenamedTable
from colonnade.migrate.safe.backfill import backfill
from colonnade.migrate.safe.preconditions import refuse_rows
from colonnade.migrate.safe.triggers import disturbed
from colonnade.migrate.sentences import called, sentence
from colonnade.migrate.stage import Stage, Statement, stage
from colonnade.migrate.writing import steps
from colonnade.schema import Column, ForeignKey, Index, Schema, Table
from colonnade.schema import changes as c
from colonnade.schema.constraints import Constraint
from colonnade.schema.dependencies import Catalog
from colonnade.schema.diff import creation
from colonnade.sql.identifier import qualified, quote


def rename(table: RenamedTable, *, forwards: bool) -> Stage:
    """Return the stage in which a table gets its new names and a view the old ones, or the table has them again.

    They go from one to the other in one transaction, so that nobody misses them.
    """
    view = table.view
    made: tuple[c.Change, ...]
    if forwards:
        made, there = (*table.changes, *creation(view)), table.new
    else:
        made, there = (c.Drop(value=view), *table.changes_back), table.old
    return stage("\n".join(sentence(each) for each in made), *_texts(made), done=exists(there))


def expand(move: Move) -> Iterator[Stage]:
    """Yield the stages that put the new column beside the old one, and keep the two in step from then on."""
    if move.forth:
        yield _refuse_inconvertible(move)
    yield from _beside(move, move.new, done=move.contracted)


def take_back_contract(move: Move) -> Iterator[Stage]:
    """Yield the stages that put the old column beside the new one again, with its values."""
    yield from _beside(move, move.old, done=move.taken_back)
    yield _fill(move, move.old, move.new, done=move.taken_back)
    yield compare(move, done=move.taken_back)


def fill(move: Move) -> Iterator[Stage]:
    """Yield the stages that give the new column the values of the rows from before, and see that no row differs."""
    yield _fill(move, move.new, move.old, done=move.contracted)
    yield compare(move, done=move.contracted)


def compare(move: Move, *, done: str) -> Stage:
    """Return the stage that fails where the two columns of a row do not say the same."""
    old, new = quote(move.old.name), quote(move.new.name)
    problem = f"{old} and {new} differ in rows of {move.table.identifier}"
    hint = "Somebody has written them without the trigger: let one follow the other in these rows."
    return _as_written(move, refuse_rows(move.table, move.differ, problem, hint, done=done))


def drop_key(moves: Sequence[Move], key: ForeignKey) -> Stage:
    """Return the stage that drops a foreign key of old columns: with them it would lock the other table, too."""
    table = moves[0].table
    # When the columns are gone, that of the new ones may have its name.
    gone = " OR ".join([f"NOT {exists(key, table)}", *(move.gone for move in moves)])
    text = f"ALTER TABLE {table.identifier} DROP CONSTRAINT {quote(key.name)}"
    return stage(f"- {called(key, table)}", text, done=gone)


def part(moves: Sequence[Move], *, forwards: bool) -> Stage:
    """Return the stage after which a table has one column of each pair: the new one, or on the way back the old one."""
    table = moves[0].table
    sql = [f"LOCK TABLE {table.identifier} IN ACCESS EXCLUSIVE MODE"]
    said, gone = [], []
    for move in moves:
        goes, stays = (move.old, move.new) if forwards else (move.new, move.old)
        sql += [
            f"DROP TRIGGER {quote(move.trigger.name)} ON {table.identifier}",
            f"DROP FUNCTION {qualified(table.namespace, move.trigger.name)}()",
            drop_column(table, goes),
        ]
        meanwhile = move.new_default if forwards else move.old_default
        sql += _default(table, stays, meanwhile, stays.default)
        said += [
            f"- {called(move.trigger, table)}",
            f"- {called(goes, table)}, whose values are in {quote(stays.name)}",
        ]
        gone.append(f"NOT {exists(goes, table)}")
    return stage("\n".join(said), *sql, done=" AND ".join(gone))


def switch(moves: Sequence[Move], others: Iterable[str], *, forwards: bool) -> Stage:
    """Return the stage in which the columns of a table exchange their names, in one transaction with the others."""
    table = moves[0].table
    alter = f"ALTER TABLE {table.identifier} RENAME COLUMN"
    sql = [f"LOCK TABLE {table.identifier} IN ACCESS EXCLUSIVE MODE"]
    said, over = [], []
    for move in moves:
        later = move.switched()
        names = [(move.old.name, later.old.name), (move.new.name, later.new.name)]
        if not forwards:
            names = [(to, of) for of, to in reversed(names)]
        sql += [f"{alter} {quote(of)} TO {quote(to)}" for of, to in names]
        sql.append(replace_function((later if forwards else move).function))
        said.append(f"~ {called(later.new if forwards else move.old, table)}: type {_types(move, forwards=forwards)}")
        over.append(later.contracted if forwards else move.taken_back)
    return stage("\n".join(said), *sql, *others, done=" AND ".join(over))


def renaming(table: Table, value: Index | Constraint, name: str) -> str:
    """Return what gives an index or a constraint another name."""
    if isinstance(value, Index):
        return f"ALTER INDEX {qualified(table.namespace, value.name)} RENAME TO {quote(name)}"
    return f"ALTER TABLE {table.identifier} RENAME CONSTRAINT {quote(value.name)} TO {quote(name)}"


def rename_member(table: Table, value: Index | Constraint, name: str, *, done: str) -> Stage:
    """Return the stage that gives an index or a constraint another name."""
    there = either(done, exists(replace(value, name=name), table))
    return stage(f"~ {called(value, table)}: renamed {quote(name)}", renaming(table, value, name), done=there)


def _texts(changes: Iterable[c.Change]) -> Iterator[str]:
    """Yield the statements of changes that are the same whatever else is there."""
    nothing = Catalog(schema=Schema())
    for change in changes:
        for step in steps(change, before=nothing, after=nothing, casts=lambda *_: ""):
            yield from step.sql


def _types(move: Move, *, forwards: bool) -> str:
    before, after = (move.old.type, move.new.type) if forwards else (move.new.type, move.old.type)
    return f"{before}, now {after}"


def _beside(move: Move, column: Column, *, done: str) -> Iterator[Stage]:
    """Yield the stages that add one column of the pair, empty, and the trigger."""
    table, trigger = move.table, move.trigger
    bare = replace(column, default=None, not_null=False, not_null_name="", comment=None)
    there = either(done, exists(column, table))
    yield stage(f"+ {called(column, table)}, empty", add_column(table, bare), done=there)
    old, new = quote(move.old.name), quote(move.new.name)
    is_old = column is move.old
    yield stage(
        f"+ {called(trigger, table)}: what is written to {old} or {new} is written to both",
        replace_function(move.function),
        create_trigger(table, trigger),
        *_default(table, move.old, None if is_old else move.old.default, move.old_default),
        *_default(table, move.new, move.new.default if is_old else None, move.new_default),
        done=either(done, exists(trigger, table)),
    )


def _default(table: Table, column: Column, before: str | None, after: str | None) -> list[str]:
    if before == after:
        return []
    action = "DROP DEFAULT" if after is None else f"SET DEFAULT {default_expression(after)}"
    return [f"ALTER TABLE {table.identifier} ALTER COLUMN {quote(column.name)} {action}"]


def _fill(move: Move, column: Column, source: Column, *, done: str) -> Stage:
    """Return the stage that lets the trigger fill one column from the other."""
    name = quote(source.name)
    return backfill(
        move.table,
        f"{name} = {name}",
        f"{quote(column.name)} IS NULL AND {name} IS NOT NULL",
        sentence=f"~ {called(column, move.table)}: filled from {name}, block by block",
        done=done,
        paused=disturbed(move.table, move.table),  # not ours, which the last schema has no more
    )


def _refuse_inconvertible(move: Move) -> Stage:
    """Return the stage that fails, with the server's own words, where a value has no counterpart of the new type."""
    old = quote(move.old.name)
    problem = f"{move.table.identifier}.{old} has values that are none of type {move.new.type}"
    condition = f"{old} IS NOT NULL AND {old}{move.forth} IS NULL"
    there = either(move.contracted, exists(move.new, move.table))
    return _as_written(move, refuse_rows(move.table, condition, problem, "Correct these rows first.", done=there))


def _as_written(move: Move, found: Stage) -> Stage:
    """Return the stage under the settings that the trigger converts under."""
    if not move.forth:
        return found
    settings = (Statement(sql=f"SET LOCAL {name} = '{value}'") for name, value in CONVERSION_SETTINGS)
    return replace(found, statements=(*settings, *found.statements))
