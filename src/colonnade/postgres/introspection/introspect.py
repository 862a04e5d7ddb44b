"""The catalog of a database, read back as a schema."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Protocol, TypeVar

from colonnade.errors import UnsupportedError
from colonnade.postgres.introspection.collecting import paused_collector
from colonnade.postgres.introspection.constraints import (
    TableConstraints,
    collect,
    read_constraint_indexes,
    read_constraints,
    read_exclusions,
)
from colonnade.postgres.introspection.external import read_referenced
from colonnade.postgres.introspection.indexes import read_indexes
from colonnade.postgres.introspection.namespaces import read_namespaces
from colonnade.postgres.introspection.not_nulls import read_not_null_names, with_not_null_names
from colonnade.postgres.introspection.programs import (
    read_extensions,
    read_functions,
    read_policies,
    read_triggers,
)
from colonnade.postgres.introspection.relations import (
    Columns,
    Relation,
    oid_array,
    partition_key,
    read_columns,
    read_grants,
    read_partitions,
    read_relations,
    read_sequences,
    view,
)
from colonnade.postgres.introspection.spelling import canonical
from colonnade.postgres.introspection.statistics import read_statistics
from colonnade.postgres.introspection.types import read_composite_types, read_range_types, read_types
from colonnade.postgres.introspection.unmodelled import read_unsupported
from colonnade.postgres.session import Session
from colonnade.schema import ExtendedStatistics, Grant, Index, Partition, Policy, Schema, Table, Trigger

_SHOWN = 20


class _Placed(Protocol):
    @property
    def namespace(self) -> str: ...
    @property
    def name(self) -> str: ...


class _Named(Protocol):
    @property
    def name(self) -> str: ...


AnyPlaced = TypeVar("AnyPlaced", bound=_Placed)
AnyNamed = TypeVar("AnyNamed", bound=_Named)


def introspect(
    session: Session, *, namespaces: Collection[str] = ("public",), allow_unsupported: bool = False
) -> Schema:
    """Return what the namespaces hold, every expression in Postgres's own spelling.

    What an extension created is left out; the extensions themselves are listed. Tables elsewhere that a
    foreign key references come as external. Raises UnsupportedError for whatever else exists and cannot be
    said in a `Schema`; with `allow_unsupported` that is left out, and `unsupported` names it.
    Works on Postgres 14 and newer, in a constant number of queries.
    """
    with canonical(session), paused_collector():
        if not allow_unsupported:
            _refuse(read_unsupported(session, namespaces))
        return _read(session, namespaces)


def unsupported(session: Session, *, namespaces: Collection[str] = ("public",)) -> tuple[str, ...]:
    """Return what the namespaces hold that a `Schema` cannot say, one sentence each, sorted."""
    with canonical(session):
        return read_unsupported(session, namespaces)


def _refuse(notes: tuple[str, ...]) -> None:
    if not notes:
        return
    more = f" And {len(notes) - _SHOWN} more." if len(notes) > _SHOWN else ""
    raise UnsupportedError(
        f"the database holds {len(notes)} thing{'s' if len(notes) > 1 else ''} that a schema cannot say",
        detail=" ".join(f"{note}." for note in notes[:_SHOWN]) + more,
        hint="Remove them, or read the rest without them and keep them by hand.",
    )


def _read(session: Session, namespaces: Collection[str]) -> Schema:
    relations = read_relations(session, namespaces)
    granted = [relation.oid for relation in relations if relation.has_grants]
    grants = read_grants(session, oid_array(granted)) if granted else {}
    tables = _read_tables(session, [relation for relation in relations if relation.is_table], grants)
    enum_types, domains = read_types(session, namespaces)
    return Schema(
        namespaces=read_namespaces(session, namespaces),
        tables=_placed(tables),
        enum_types=_placed(enum_types),
        domains=_placed(domains),
        composite_types=_placed(read_composite_types(session, namespaces)),
        range_types=_placed(read_range_types(session, namespaces)),
        sequences=_placed(read_sequences(session, namespaces)),
        views=_placed(view(relation, grants) for relation in relations if not relation.is_table),
        functions=read_functions(session, namespaces),
        extensions=_named(read_extensions(session)),
    )


def _read_tables(session: Session, relations: list[Relation], grants: Mapping[int, tuple[Grant, ...]]) -> list[Table]:
    if not relations:
        return []
    oids = oid_array(relation.oid for relation in relations)
    columns = with_not_null_names(read_columns(session, oids), read_not_null_names(session, oids))
    rows = read_constraints(session, oids)
    referenced = read_referenced(session, rows, [relation.oid for relation in relations])
    names = {relation.oid: (relation.namespace, relation.name) for relation in relations} | referenced.names
    key_indexes = read_constraint_indexes(session, oids, columns)
    partitioned = [relation.oid for relation in relations if relation.kind == "p"]
    parts = _Parts(
        columns=columns,
        constraints=collect(
            rows,
            {**columns, **referenced.columns},
            names=names,
            exclusions=read_exclusions(session, rows, key_indexes),
            indexes=key_indexes,
        ),
        indexes=read_indexes(session, oids, columns, but=(row.index_oid for row in rows if row.owns_index)),
        triggers=read_triggers(session, oids, columns),
        policies=read_policies(session, oids),
        grants=grants,
        partitions=read_partitions(session, oid_array(partitioned)) if partitioned else {},
        statistics=read_statistics(session, oids),
    )
    return [*(parts.table(relation) for relation in relations), *referenced.tables]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What belongs to tables, each by the table's oid."""

    columns: Columns
    constraints: Mapping[int, TableConstraints]
    indexes: Mapping[int, tuple[Index, ...]]
    triggers: Mapping[int, tuple[Trigger, ...]]
    policies: Mapping[int, tuple[Policy, ...]]
    grants: Mapping[int, tuple[Grant, ...]]
    partitions: Mapping[int, tuple[Partition, ...]]
    statistics: Mapping[int, tuple[ExtendedStatistics, ...]]

    def table(self, relation: Relation) -> Table:
        """Return the table with everything that belongs to it."""
        oid = relation.oid
        columns = self.columns.get(oid, {})
        held = self.constraints.get(oid, TableConstraints())
        return Table(
            namespace=relation.namespace,
            name=relation.name,
            columns=tuple(column.value for column in columns.values()),
            primary_key=held.primary_key,
            uniques=_named(held.uniques),
            checks=_named(held.checks),
            foreign_keys=_named(held.foreign_keys),
            exclusions=_named(held.exclusions),
            indexes=self.indexes.get(oid, ()),
            statistics=self.statistics.get(oid, ()),
            policies=self.policies.get(oid, ()),
            triggers=self.triggers.get(oid, ()),
            owner=relation.owner,
            grants=self.grants.get(oid, ()),
            row_security=relation.row_security,
            force_row_security=relation.force_row_security,
            partition_key=partition_key(relation, columns),
            partitions=self.partitions.get(oid, ()),
            storage_parameters=relation.storage_parameters,
            comment=relation.comment,
        )


def _placed(items: Iterable[AnyPlaced]) -> tuple[AnyPlaced, ...]:
    return tuple(sorted(items, key=attrgetter("namespace", "name")))


def _named(items: Iterable[AnyNamed]) -> tuple[AnyNamed, ...]:
    return tuple(sorted(items, key=attrgetter("name")))
