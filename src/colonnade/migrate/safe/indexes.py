"""Indexes that are built and dropped while readers and writers go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from colonnade.emit.ddl.tables import create_index, index_key
from colonnade.migrate.conditions import either, exists, is_defined, relation
from colonnade.migrate.safe.comments import comment
from colonnade.migrate.safe.preconditions import refuse_duplicates
from colonnade.migrate.sentences import called
from colonnade.migrate.stage import Stage, alone, stage
from colonnade.schema import Index, Partition, Table
from colonnade.schema.members import Relation
from colonnade.sql.identifier import fit, qualified, quote


def build_index(table: Relation, index: Index, *, unless: str = "") -> Iterator[Stage]:
    """Yield the stages that build an index; `unless` holds where the plan is beyond needing it."""
    if isinstance(table, Table) and table.partition_key is not None:
        yield from _build_on_partitions(table, index, unless)
        return
    built = either(unless, exists(index, table))
    if index.unique:
        yield _refuse_duplicates(table, index, done=built)
    yield drop_leftover(table, index, unless=unless)
    yield alone(f"+ {called(index, table)}", create_index(table, index, concurrently=True), done=built)
    yield from comment(index, table)


def drop_index(table: Relation, index: Index) -> Stage:
    """Return the stage that drops an index; that of a partitioned table has no other form than the plain one."""
    name = qualified(table.namespace, index.name)
    gone = f"NOT {_there(table, index)}"
    if isinstance(table, Table) and table.partition_key is not None:
        return stage(f"- {called(index, table)}", f"DROP INDEX {name}", done=gone)
    return alone(f"- {called(index, table)}", f"DROP INDEX CONCURRENTLY IF EXISTS {name}", done=gone)


def replace_index(old_table: Relation, old: Index, table: Relation, index: Index, *, digest: str) -> Iterator[Stage]:
    """Yield the stages that put an index in the place of another one of its name, which serves until then.

    `digest` is that of the new index's definition, by which it is told whether it has the name already.
    """
    new = replace(index, name=fit(f"{index.name}_new"), comment=None)
    swapped = is_defined(index, table, digest=digest)
    yield from build_index(table, new, unless=swapped)
    drop = drop_index(old_table, old)
    yield replace(drop, sentence=f"{drop.sentence}, which another one replaces", done=f"{swapped} OR {drop.done}")
    names = [(new.name, index.name)]
    parts = table.partitions if isinstance(table, Table) else ()
    names += [(_part_name(part, new), _part_name(part, index)) for part in parts]
    renames = (f"ALTER INDEX {qualified(table.namespace, old)} RENAME TO {quote(to)}" for old, to in names)
    yield stage(f"~ {called(new, table)}: renamed {quote(index.name)}", *renames, done=swapped)
    yield from comment(index, table)


def drop_leftover(table: Relation, index: Index, *, unless: str = "") -> Stage:
    """Return the stage that drops what a build that was stopped has left: an index that is not valid."""
    name = qualified(table.namespace, index.name)
    invalid = _there(table, index, "NOT i.indisvalid")
    return alone(
        f"- {called(index, table)}, where a build was stopped",
        f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
        done=either(unless, f"NOT {invalid}"),
    )


def _build_on_partitions(table: Table, index: Index, unless: str) -> Iterator[Stage]:
    """Yield the stages that build the index of each partition by itself, and put them together."""
    whole = relation(table.namespace, index.name)
    yield stage(
        f"+ {called(index, table)}, without its partitions",
        create_index(table, index, only=True),
        done=either(unless, f"{whole} IS NOT NULL"),
    )
    for partition in table.partitions:
        part = replace(table, name=partition.name, partition_key=None, partitions=())
        own = replace(index, name=_part_name(partition, index), comment=None)
        yield from build_index(part, own, unless=unless)
        number = relation(table.namespace, own.name)
        attached = f"EXISTS (SELECT FROM pg_inherits WHERE inhrelid = {number} AND inhparent = {whole})"
        names = qualified(table.namespace, index.name), qualified(table.namespace, own.name)
        yield stage(
            f"~ {called(index, table)}: with {quote(own.name)}",
            f"ALTER INDEX {names[0]} ATTACH PARTITION {names[1]}",
            done=either(unless, attached),
        )
    yield from comment(index, table)


def _there(table: Relation, index: Index, condition: str = "true") -> str:
    """Return the condition that an index is there, be it valid or not, and is no constraint's."""
    number, owner = relation(table.namespace, index.name), relation(table.namespace, table.name)
    constraint = "SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')"
    return (
        f"EXISTS (SELECT FROM pg_index i WHERE i.indexrelid = {number} AND i.indrelid = {owner}"
        f" AND NOT EXISTS ({constraint}) AND {condition})"
    )


def _part_name(partition: Partition, index: Index) -> str:
    """Return what the index of a partition is called."""
    return fit(f"{partition.name}_{index.name}")


def _refuse_duplicates(table: Relation, index: Index, *, done: str) -> Stage:
    keys = tuple(index_key(replace(key, descending=False, nulls_first=None, operator_class="")) for key in index.keys)
    distinct = not index.nulls_not_distinct
    return refuse_duplicates(table, keys, predicate=index.predicate, nulls_distinct=distinct, done=done)
