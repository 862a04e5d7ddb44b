"""Another type of a column by way of a second one: expand, write both, fill, switch, contract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from colonnade.emit.ddl.columns import default_expression, quote_collation
from colonnade.migrate.columns import column_statements
from colonnade.migrate.conditions import either, exists, has_type, of_constraint
from colonnade.migrate.safe.backfill import backfill
from colonnade.migrate.safe.comments import comment
from colonnade.migrate.safe.constraints import add_checked
from colonnade.migrate.safe.indexes import build_index
from colonnade.migrate.safe.preconditions import refuse_nulls
from colonnade.migrate.sentences import called
from colonnade.migrate.stage import Stage, stage
from colonnade.schema import Check, Column, Index, Table, Trigger
from colonnade.schema import changes as c
from colonnade.schema.dependencies import Catalog
from colonnade.schema.members import object_name
from colonnade.sql.expression import rename
from colonnade.sql.identifier import fit, qualified, quote
from colonnade.sql.tokens import names

# Whoever writes converts these by the time zone of its own session.
_ZONED = ("timestamp with time zone", "time with time zone")
_COPIED = frozenset({"constraint", "index"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expansion:
    """The change, the second column, and what stands on the first one and is built anew on the second."""

    change: c.AlterColumnType
    second: Column
    indexes: tuple[tuple[Index, Index], ...]
    checks: tuple[tuple[Check, Check], ...]
    """Each as it is in the end, and as it is built."""

    @property
    def table(self) -> Table:
        """The table, as it is after the plan."""
        return self.change.table

    @property
    def switched(self) -> str:
        """The condition that the second column has taken the place of the first."""
        return has_type(self.table, self.change.after.name, self.change.after.type)


def expands(change: c.AlterColumnType, others: Sequence[c.Change], before: Catalog) -> bool:
    """Tell whether a second column can take the place of the first, with all that stands on it.

    `others` are changes that must commit together with it: its default, checks and indexes that are made anew.
    """
    table, old, new = change.table, change.before, change.after
    if old.type == new.type or old.identity or new.identity or old.generated or new.generated:
        return False
    if (old.type in _ZONED) != (new.type in _ZONED) or table.partition_key is not None:
        return False
    if not all(_comes_along(other, change) for other in others):
        return False
    name = object_name(old, table)
    dependents = before.dependencies.needed_by.get(name, frozenset())
    if any(each.kind not in _COPIED or each.table != table.name for each in dependents):
        return False
    first = before.schema.table(table.name, namespace=table.namespace)
    keys = [key.columns for key in first.uniques] + [key.columns for key in first.foreign_keys]
    keys += [first.primary_key.columns] if first.primary_key else []
    if any(old.name in columns for columns in keys) or first.exclusions or first.statistics or first.triggers:
        return False
    return not any(old.name in grant.columns for grant in (*first.grants, *table.grants))


def _comes_along(other: c.Change, change: c.AlterColumnType) -> bool:
    """Tell whether the change is made by letting the second column take the place of the first."""
    match other:
        case c.SetColumnDefault(column=column, table=table):
            return (table.namespace, table.name, column) == (
                change.table.namespace,
                change.table.name,
                change.after.name,
            )
        case (
            c.Drop(value=(Check() | Index()) as value, table=Table() as owner)
            | c.Create(value=(Check() | Index()) as value, table=Table() as owner)
        ):
            same = object_name(owner) == object_name(change.table)
            return same and _mentions(value, change.after.name)
        case _:
            return False


def expand(change: c.AlterColumnType, others: Sequence[c.Change], before: Catalog) -> Iterator[Stage]:
    """Yield the stages that fill a second column while both are written, and let it take the place of the first."""
    plan = _expansion(change, others, before)
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
    )
    for _, index in plan.indexes:
        yield from build_index(table, index, unless=done)
    for _, check in plan.checks:
        yield from add_checked(table, check, unless=done)
    if change.before.not_null:
        yield from _prove_not_null(plan)
    yield _switch(plan)
    yield from comment(change.after, table)
    members: list[Index | Check] = [last for last, _ in plan.indexes]
    members += [last for last, _ in plan.checks]
    for member in members:
        yield from comment(member, table)


def _expansion(change: c.AlterColumnType, others: Sequence[c.Change], before: Catalog) -> _Expansion:
    old, table = change.before, change.table
    second = replace(change.after, name=fit(f"{old.name}_new"), default=None, not_null=False, comment=None)
    first = before.schema.table(table.name, namespace=table.namespace)
    renamed = {old.name: second.name}
    # What is created by a change of its own is none of this, unless that change comes along.
    names_before = {each.name for each in first.indexes} | {each.name for each in first.checks}
    anew = {other.value.name for other in others if isinstance(other, c.Create)}
    stays = names_before | anew
    return _Expansion(
        change=change,
        second=second,
        indexes=tuple(
            (each, _renamed_index(each, renamed))
            for each in table.indexes
            if each.name in stays and _mentions(each, old.name)
        ),
        checks=tuple(
            (
                each,
                replace(each, name=fit(f"{each.name}_new"), expression=rename(each.expression, renamed), comment=None),
            )
            for each in table.checks
            if each.name in stays and _mentions(each, old.name)
        ),
    )


def _mentions(value: Check | Index, column: str) -> bool:
    if isinstance(value, Check):
        return column in names(value.expression)
    texts = (value.predicate or "", *(key.expression for key in value.keys))
    return column in (*value.columns, *value.include) or any(column in names(text) for text in texts)


def _renamed_index(index: Index, renamed: dict[str, str]) -> Index:
    return replace(
        index,
        name=fit(f"{index.name}_new"),
        comment=None,
        keys=tuple(
            replace(key, column=renamed.get(key.column, key.column), expression=rename(key.expression, renamed))
            for key in index.keys
        ),
        include=tuple(renamed.get(column, column) for column in index.include),
        predicate=None if index.predicate is None else rename(index.predicate, renamed),
    )


def _converted(change: c.AlterColumnType, row: str) -> str:
    """Return the value of the first column as one of the new type; without USING it is cast by its assignment."""
    return row + (change.using or quote(change.before.name))


def _trigger(plan: _Expansion) -> Trigger:
    name = fit(f"{plan.table.name}_{plan.change.before.name}_write_both")
    return Trigger(name=name, timing="BEFORE", events=("INSERT", "UPDATE"), function=name)


def _write_both(plan: _Expansion) -> Iterator[Stage]:
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


def _prove_not_null(plan: _Expansion) -> Iterator[Stage]:
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


def _proof(plan: _Expansion) -> Check:
    name = fit(f"{plan.table.name}_{plan.second.name}_is_not_null")
    return Check(name=name, expression=f"{quote(plan.second.name)} IS NOT NULL")


def _switch(plan: _Expansion) -> Stage:
    """Return the stage that only the catalog has to do with: the first column goes, the second gets its name."""
    table, change, trigger = plan.table, plan.change, _trigger(plan)
    alter, old, new = f"ALTER TABLE {table.identifier}", change.before, plan.second
    sql = [
        f"LOCK TABLE {table.identifier} IN ACCESS EXCLUSIVE MODE",
        f"DROP TRIGGER {quote(trigger.name)} ON {table.identifier}",
        f"DROP FUNCTION {qualified(table.namespace, trigger.name)}()",
        f"{alter} DROP COLUMN {quote(old.name)}",
        f"{alter} RENAME COLUMN {quote(new.name)} TO {quote(old.name)}",
    ]
    if old.not_null:
        kept = replace(change.after, not_null_name=old.not_null_name)
        sql += [*column_statements(c.SetNotNull(table=table, after=kept))]
        sql += [f"{alter} DROP CONSTRAINT {quote(_proof(plan).name)}"]
    if change.after.default is not None:
        default = default_expression(change.after.default)
        sql.append(f"{alter} ALTER COLUMN {quote(old.name)} SET DEFAULT {default}")
    for last, index in plan.indexes:
        sql.append(f"ALTER INDEX {qualified(table.namespace, index.name)} RENAME TO {quote(last.name)}")
    for last_check, check in plan.checks:
        sql.append(f"{alter} RENAME CONSTRAINT {quote(check.name)} TO {quote(last_check.name)}")
    return stage(f"~ {called(change.after, table)}: type {old.type}, now {new.type}", *sql, done=plan.switched)
