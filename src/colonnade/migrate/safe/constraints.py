"""Constraints that are checked, or get their index, while readers and writers go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from colonnade.emit.ddl.tables import add_constraint
from colonnade.migrate.conditions import either, exists, is_defined, of_constraint
from colonnade.migrate.safe.comments import comment
from colonnade.migrate.safe.indexes import build_index
from colonnade.migrate.safe.not_null import set_not_null
from colonnade.migrate.safe.preconditions import refuse_orphans, refuse_violations
from colonnade.migrate.sentences import called
from colonnade.migrate.stage import Stage, stage
from colonnade.schema import Check, ForeignKey, Index, IndexKey, PrimaryKey, Table, Unique
from colonnade.sql.identifier import fit, quote


def add_checked(table: Table, constraint: Check | ForeignKey, *, unless: str = "") -> Iterator[Stage]:
    """Yield the stages that add a CHECK or a foreign key for new rows first, and then check the stored ones.

    `unless` holds where the plan is beyond needing it.
    """
    there = either(unless, exists(constraint, table))
    name = called(constraint, table)
    if not constraint.enforced:
        yield stage(f"+ {name}", add_constraint(table, constraint), done=there)
        yield from comment(constraint, table)
        return
    match constraint:
        case Check():
            yield refuse_violations(table, constraint, done=there)
        case ForeignKey(period=False):
            yield refuse_orphans(table, constraint, done=there)
    unchecked = replace(constraint, validated=False)
    yield stage(f"+ {name}, for new rows", add_constraint(table, unchecked), done=there)
    yield stage(
        f"~ {name}: checked for the stored rows",
        f"ALTER TABLE {table.identifier} VALIDATE CONSTRAINT {quote(constraint.name)}",
        done=either(unless, of_constraint(table, constraint.name, "k.convalidated")),
    )
    yield from comment(constraint, table)


def replace_checked(table: Table, constraint: Check | ForeignKey, *, digest: str) -> Iterator[Stage]:
    """Yield the stages that put a constraint in the place of another one of its name, which holds until then."""
    new = replace(constraint, name=fit(f"{constraint.name}_new"), comment=None)
    swapped = is_defined(constraint, table, digest=digest)
    yield from add_checked(table, new, unless=swapped)
    yield exchanged(table, constraint, new, done=swapped)
    yield from comment(constraint, table)


def exchanged(table: Table, constraint: Check | ForeignKey, new: Check | ForeignKey, *, done: str) -> Stage:
    """Return the stage that drops a constraint and gives its name to the new one that stands beside it."""
    alter = f"ALTER TABLE {table.identifier}"
    return stage(
        f"~ {called(new, table)}: in the place of {quote(constraint.name)}",
        f"{alter} DROP CONSTRAINT {quote(constraint.name)}",
        f"{alter} RENAME CONSTRAINT {quote(new.name)} TO {quote(constraint.name)}",
        done=done,
    )


def add_key(old_table: Table, table: Table, key: PrimaryKey | Unique) -> Iterator[Stage]:
    """Yield the stages that build the index of a key first, and then make it a constraint."""
    there = exists(key, table)
    if isinstance(key, PrimaryKey):
        for column in key.columns:
            if not (old_table.has_column(column) and old_table.column(column).not_null):
                yield from set_not_null(table, table.column(column), unless=there)
    index = index_of(key)
    yield from build_index(table, index, unless=there)
    yield stage(f"+ {called(key, table)}, with its index", using_index(table, key, key.name), done=there)
    yield from comment(key, table)


def index_of(key: PrimaryKey | Unique) -> Index:
    """Return the index that a key has, under the key's name."""
    return Index(
        name=key.name,
        keys=tuple(IndexKey(column=column) for column in key.columns),
        unique=True,
        nulls_not_distinct=isinstance(key, Unique) and key.nulls_not_distinct,
        include=key.include,
        storage_parameters=key.storage_parameters,
    )


def using_index(table: Table, key: PrimaryKey | Unique, index: str) -> str:
    """Return what makes an index that is there the key's own, whose name it takes."""
    kind = "PRIMARY KEY" if isinstance(key, PrimaryKey) else "UNIQUE"
    deferral = ""
    if key.deferrable:
        deferral = " DEFERRABLE INITIALLY DEFERRED" if key.initially_deferred else " DEFERRABLE"
    name = quote(key.name)
    return f"ALTER TABLE {table.identifier} ADD CONSTRAINT {name} {kind} USING INDEX {quote(index)}{deferral}"
