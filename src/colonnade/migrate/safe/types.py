"""Another type of a column by way of a second one: expand, write both, fill, switch, contract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from colonnade.emit.ddl.columns import default_expression, quote_collation
from colonnade.emit.ddl.sequences import identity_clause, identity_sequence, own_sequence, release_sequence
from colonnade.migrate.columns import column_statements
from colonnade.migrate.conditions import either, exists, of_constraint, stands_on
from colonnade.migrate.safe.backfill import backfill
from colonnade.migrate.safe.comments import comment
from colonnade.migrate.safe.constraints import add_checked, exchanged, using_index
from colonnade.migrate.safe.indexes import build_index
from colonnade.migrate.safe.preconditions import refuse_nulls
from colonnade.migrate.safe.second_column import Expansion, Reference, expansion, is_swapped_at_once
from colonnade.migrate.safe.triggers import disturbed
from colonnade.migrate.sentences import called
from colonnade.migrate.stage import Stage, stage
from colonnade.migrate.step import Step
from colonnade.schema import Check, Trigger
from colonnade.schema import changes as c
from colonnade.schema.dependencies import Catalog
from colonnade.sql.identifier import fit, qualified, quote
from colonnade.sql.literal import literal

_REACHED = "colonnade.reached"


def expand(change: c.AlterColumnType, others: Sequence[Step], before: Catalog, after: Catalog) -> Iterator[Stage]:
    """Yield the stages that fill a second column while both are written, and let it take the place of the first.

    `others` are the steps that must commit together with it.
    """
    plan = expansion(change, [each.change for each in others], before, after)
    table, old, new, done = plan.table, change.before, plan.second, plan.switched
    collation = f" COLLATE {quote_collation(new.collation)}" if new.collation else ""
    add = f"ALTER TABLE {table.identifier} ADD COLUMN {quote(new.name)} {new.type}{collation}"
    yield stage(f"+ {called(new, table)}, of the new type", add, done=either(done, exists(new, table)))
    yield from _write_both(plan)
    yield backfill(
        table,
        f"{quote(new.name)} = {_converted(change, '')}",
        f"{quote(old.name)} IS NOT NULL AND {quote(new.name)} IS NULL",
        sentence=f"~ {called(new, table)}: filled, block by block",
        done=done,
        paused=disturbed(before.schema.table(table.name, namespace=table.namespace), table),
    )
    for _, index in (*plan.keys, *plan.indexes):
        yield from build_index(table, index, unless=done)
    for _, check in plan.checks:
        yield from add_checked(table, check, unless=done)
    for reference in plan.references:
        yield from _exchange(plan, reference)
    if change.before.not_null:
        yield from _prove_not_null(plan)
    yield _switch(plan, others)
    yield from comment(change.after, table)
    for member in (last for last, _ in (*plan.keys, *plan.indexes, *plan.checks)):
        yield from comment(member, table)


def _exchange(plan: Expansion, reference: Reference) -> Iterator[Stage]:
    """Yield the stages that put a foreign key on the second column in the place of the one on the first.

    It is exchanged before the columns are, so that these need no lock on another table.
    """
    table, last, built = reference.table, reference.last, reference.built
    done = either(plan.switched, stands_on(table, last.name, plan.table, plan.second.name))
    yield from add_checked(table, built, unless=done)
    yield exchanged(table, last, built, done=done)
    yield from comment(last, table)


def _converted(change: c.AlterColumnType, row: str) -> str:
    """Return the value of the first column as one of the new type; without USING it is cast by its assignment."""
    return row + (change.using or quote(change.before.name))


def _trigger(plan: Expansion) -> Trigger:
    name = fit(f"{plan.table.name}_{plan.change.before.name}_write_both")
    return Trigger(name=name, timing="BEFORE", events=("INSERT", "UPDATE"), function=name)


def _write_both(plan: Expansion) -> Iterator[Stage]:
    """Yield the stage that makes each write of the first column one of the second, too."""
    table, trigger = plan.table, _trigger(plan)
    function = qualified(table.namespace, trigger.name)
    body = f"BEGIN\n    NEW.{quote(plan.second.name)} := {_converted(plan.change, 'NEW.')};\n    RETURN NEW;\nEND"
    yield stage(
        f"+ {called(trigger, table)}: what is written to {quote(plan.change.before.name)} is written to both",
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $both$\n{body}\n$both$",
        f"CREATE TRIGGER {quote(trigger.name)} BEFORE INSERT OR UPDATE ON {table.identifier}"
        f" FOR EACH ROW EXECUTE FUNCTION {function}()",
        done=either(plan.switched, exists(trigger, table)),
    )


def _prove_not_null(plan: Expansion) -> Iterator[Stage]:
    """Yield the stages after which NOT NULL on the second column needs no look at the rows."""
    table, proof, name = plan.table, _proof(plan), called(plan.second, plan.table)
    alter, there = f"ALTER TABLE {table.identifier}", either(plan.switched, exists(proof, table))
    yield refuse_nulls(table, plan.second.name, done=there)
    check = f"{alter} ADD CONSTRAINT {quote(proof.name)} CHECK ({proof.expression}) NOT VALID"
    yield stage(f"~ {name}: not NULL in new rows", check, done=there)
    yield stage(
        f"~ {name}: checked for the stored rows",
        f"{alter} VALIDATE CONSTRAINT {quote(proof.name)}",
        done=either(plan.switched, of_constraint(table, proof.name, "k.convalidated")),
    )


def _proof(plan: Expansion) -> Check:
    name = fit(f"{plan.table.name}_{plan.second.name}_is_not_null")
    return Check(name=name, expression=f"{quote(plan.second.name)} IS NOT NULL")


def _switch(plan: Expansion, others: Sequence[Step]) -> Stage:
    """Return the stage that only the catalog has to do with: the first column goes, the second gets its name."""
    table, change = plan.table, plan.change
    sql = [
        f"LOCK TABLE {table.identifier} IN ACCESS EXCLUSIVE MODE",
        *(text for step in others if isinstance(step.change, c.Drop) and _is_beside(step) for text in step.sql),
        *_take_apart(plan),
        *_rename(plan),
        *_give_values(plan),
        *(text for step in others if not isinstance(step.change, c.Drop) and _is_beside(step) for text in step.sql),
    ]
    sentence = f"~ {called(change.after, table)}: type {change.before.type}, now {plan.second.type}"
    return stage(sentence, *sql, done=plan.switched)


def _is_beside(step: Step) -> bool:
    """Tell whether a step is made as it stands: what else comes along is built on the second column before."""
    match step.change:
        case c.AlterSequence():
            return True
        case (
            c.Drop(value=value, table=owner)
            | c.Create(value=value, table=owner)
            | c.SetComment(value=value, table=owner)
        ):
            return is_swapped_at_once(value, owner)
        case c.SetOwner(value=value):
            return is_swapped_at_once(value)
        case c.GrantPrivileges() | c.RevokePrivileges():
            return True
        case _:
            return False


def _take_apart(plan: Expansion) -> Iterator[str]:
    """Yield what removes the first column, and keeps what its sequence has come to."""
    table, old, trigger = plan.table, plan.change.before, _trigger(plan)
    yield f"DROP TRIGGER {quote(trigger.name)} ON {table.identifier}"
    yield f"DROP FUNCTION {qualified(table.namespace, trigger.name)}()"
    yield from (release_sequence(each) for each in plan.sequences)
    if old.identity:
        yield _remember_value(plan)
    yield f"ALTER TABLE {table.identifier} DROP COLUMN {quote(old.name)}"


def _rename(plan: Expansion) -> Iterator[str]:
    """Yield what gives the second column, and what stands on it, the names of the first."""
    table, old, alter = plan.table, plan.change.before, f"ALTER TABLE {plan.table.identifier}"
    yield f"{alter} RENAME COLUMN {quote(plan.second.name)} TO {quote(old.name)}"
    if old.not_null:
        kept = replace(plan.change.after, not_null_name=old.not_null_name)
        yield from column_statements(c.SetNotNull(table=table, after=kept))
        yield f"{alter} DROP CONSTRAINT {quote(_proof(plan).name)}"
    for key, index in plan.keys:
        yield using_index(table, key, index.name)
    for last, index in plan.indexes:
        yield f"ALTER INDEX {qualified(table.namespace, index.name)} RENAME TO {quote(last.name)}"
    for last_check, check in plan.checks:
        yield f"{alter} RENAME CONSTRAINT {quote(check.name)} TO {quote(last_check.name)}"


def _give_values(plan: Expansion) -> Iterator[str]:
    """Yield what gives new rows their values, from where the first column's sequence has come to."""
    column = plan.change.after
    alter = f"ALTER TABLE {plan.table.identifier} ALTER COLUMN {quote(column.name)}"
    if column.identity:
        yield f"{alter} ADD {identity_clause(column.identity, column.identity_options)}"
        yield _restart(plan)
    if column.default is not None:
        yield f"{alter} SET DEFAULT {default_expression(column.default)}"
    yield from (own_sequence(each) for each in plan.sequences)


def _remember_value(plan: Expansion) -> str:
    """Return what keeps how far an identity column has come until the end of the transaction."""
    return f"""\
DO $value$
DECLARE reached text[];
BEGIN
    EXECUTE 'SELECT ARRAY[last_value::text, is_called::text] FROM ' || {_sequence_of(plan)}::text INTO reached;
    PERFORM set_config({literal(_REACHED)}, reached::text, true);
END
$value$"""  # noqa: S608 - quoted names


def _restart(plan: Expansion) -> str:
    """Return what lets the identity column go on from where it was."""
    return f"""\
DO $value$
DECLARE reached text[] := current_setting({literal(_REACHED)});
BEGIN
    PERFORM setval({_sequence_of(plan)}, reached[1]::bigint, reached[2]::boolean);
END
$value$"""


def _sequence_of(plan: Expansion) -> str:
    """Return SQL for the name of the sequence of the column."""
    return identity_sequence(plan.table.identifier, plan.change.before.name)
