"""Partitions that are detached while readers and writers go on."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.migrate.conditions import relation
from colonnade.migrate.sentences import called
from colonnade.migrate.stage import Stage, alone, stage
from colonnade.schema import Partition, Table
from colonnade.sql.identifier import qualified


def detaches(table: Table) -> bool:
    """Tell whether partitions can be detached concurrently: a default one forbids it."""
    return all(partition.bound != "DEFAULT" for partition in table.partitions)


def drop_partition(table: Table, partition: Partition, *, loses: str) -> Iterator[Stage]:
    """Yield the stages that detach a partition, also one whose detachment was stopped, and drop it."""
    name, number = qualified(table.namespace, partition.name), relation(table.namespace, partition.name)
    called_so, alter = called(partition, table), f"ALTER TABLE {table.identifier} DETACH PARTITION {name}"
    pending = f"EXISTS (SELECT FROM pg_inherits WHERE inhrelid = {number} AND inhdetachpending)"
    attached = f"EXISTS (SELECT FROM pg_inherits WHERE inhrelid = {number})"
    yield alone(f"- {called_so}: where detaching was stopped", f"{alter} FINALIZE", done=f"NOT {pending}")
    yield alone(f"- {called_so}: detached", f"{alter} CONCURRENTLY", done=f"NOT {attached}")
    yield stage(f"- {called_so}", f"DROP TABLE {name}", done=f"{number} IS NULL", loses=loses)
