"""The catalog of a database, read back as a schema."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Protocol, TypeVar

from colonnade.errors import UnsupportedError
from colonnade.postgres.introspection.comments import read_comments
from colonnade.postgres.introspection.constraints import (
    ConstraintIndex,
    ConstraintRow,
    TableConstraints,
    collect,
    constraint_indexes,
    read_constraints,
    read_exclusions,
)
from colonnade.postgres.introspection.external import Referenced, foreign_keys, read_referenced
from colonnade.postgres.introspection.indexes import (
    IndexRow,
    indexes_by_table,
    read_definitions,
    read_index_rows,
    read_plain_classes,
    special_indexes,
)
from colonnade.postgres.introspection.namespaces import read_namespaces
from colonnade.postgres.introspection.not_nulls import NOT_NULLS_NAMED, read_not_null_names, with_not_null_names
from colonnade.postgres.introspection.programs import (
    read_extensions,
    read_functions,
    read_policies,
    read_triggers,
)
from colonnade.postgres.introspection.reading import Begun
from colonnade.postgres.introspection.relations import (
    Columns,
    Relation,
    oid_array,
    partition_key,
    read_columns,
    read_grants,
    read_partitions,
    read_relations,
    view,
)
from colonnade.postgres.introspection.sequences import read_identity_options, read_sequences, with_identity_options
from colonnade.postgres.introspection.spelling import canonical
from colonnade.postgres.introspection.statistics import read_statistics
from colonnade.postgres.introspection.types import read_composite_types, read_range_types, read_types
from colonnade.postgres.introspection.unmodelled import Peculiarities, read_peculiarities
from colonnade.postgres.session import Session
from colonnade.schema import (
    Exclusion,
    ExtendedStatistics,
    Grant,
    Index,
    Partition,
    Policy,
    Schema,
    Table,
    Trigger,
    View,
)
from colonnade.schema.collecting import paused_collector
from colonnade.schema.own import STAND_IN

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
    with canonical(session), session.pipeline(), paused_collector():
        reading = SchemaReading(session, namespaces, noted=not allow_unsupported)
        schema = reading.result()
        _refuse(reading.peculiarities.all, hint="Remove them, or read the rest without them and keep them by hand.")
        return schema


def unsupported(session: Session, *, namespaces: Collection[str] = ("public",)) -> tuple[str, ...]:
    """Return what the namespaces hold that a `Schema` cannot say, one sentence each, sorted."""
    with canonical(session), session.pipeline():
        return Begun(session, read_peculiarities(namespaces, version=session.server_version)).result().all


def refuse_unfinished(notes: tuple[str, ...]) -> None:
    """Raise UnsupportedError for what is not finished, if there is anything."""
    _refuse(notes, hint="Finish or drop them first: build the index again, validate the constraint.")


def _refuse(notes: tuple[str, ...], *, hint: str) -> None:
    if not notes:
        return
    more = f" And {len(notes) - _SHOWN} more." if len(notes) > _SHOWN else ""
    raise UnsupportedError(
        f"the database holds {len(notes)} thing{'s' if len(notes) > 1 else ''} that a schema cannot say",
        detail=" ".join(f"{note}." for note in notes[:_SHOWN]) + more,
        hint=hint,
    )


class SchemaReading:
    """A schema that is being read: what depends on nothing else is asked for before the first answer is taken.

    Within `canonical` and `Session.pipeline`.
    """

    def __init__(self, session: Session, namespaces: Collection[str], *, noted: bool = True) -> None:
        """Send the queries; unless `noted` is false also that for what a schema cannot say."""
        relations = Begun(session, read_relations(namespaces)).result()
        self._relations = readings = _RelationReadings(session, namespaces, relations)
        self._types = Begun(session, read_types(namespaces))
        self._composite_types = Begun(session, read_composite_types(namespaces))
        self._range_types = Begun(session, read_range_types(namespaces))
        self._sequences = Begun(session, read_sequences(namespaces))
        self._functions = Begun(session, read_functions(namespaces))
        self._extensions = Begun(session, read_extensions())
        self._namespaces = Begun(session, read_namespaces(namespaces))
        self._namespaces.arrived()
        granted = [each.oid for each in relations if each.has_grants or not each.is_table]
        granted += readings.with_column_grants()
        self._grants = Begun(session, read_grants(oid_array(granted))) if granted else None
        # The server's longest work without rows: in the meantime those that have arrived become values.
        version = session.server_version
        self._notes = Begun(session, read_peculiarities(namespaces, version=version)) if noted else None

    def result(self) -> Schema:
        """Return the schema, without what it cannot say."""
        tables, views = self._relations.relations(self._grants.result() if self._grants else {})
        enum_types, domains = self._types.result()
        return Schema(
            namespaces=self._namespaces.result(),
            tables=_placed(tables),
            enum_types=_placed(enum_types),
            domains=_placed(domains),
            composite_types=_placed(self._composite_types.result()),
            range_types=_placed(self._range_types.result()),
            sequences=_placed(self._sequences.result()),
            views=_placed(views),
            functions=self._functions.result(),
            extensions=_named(self._extensions.result()),
        )

    @property
    def peculiarities(self) -> Peculiarities:
        """What the namespaces hold beside the schema, as far as it was asked for."""
        return Peculiarities((), ()) if self._notes is None else self._notes.result()


class _RelationReadings:
    """What is read of tables and views, all of it asked for at once."""

    def __init__(self, session: Session, namespaces: Collection[str], relations: list[Relation]) -> None:
        self._session, self._relations, version = session, relations, session.server_version
        oids = oid_array(relation.oid for relation in relations)
        self._columns = columns = Begun(session, read_columns(oids))
        constraint_comments = Begun(session, read_comments("pg_constraint"))
        self._constraints = Begun(session, read_constraints(oids, constraint_comments.result, version=version))
        index_comments = Begun(session, read_comments("pg_class"))
        self._index_rows = Begun(session, read_index_rows(oids, index_comments.result, version=version))
        names = {relation.oid: relation.name for relation in relations}
        self._not_nulls = (
            Begun(session, read_not_null_names(oids, columns.result, names)) if version >= NOT_NULLS_NAMED else None
        )
        self._identity_options = Begun(session, read_identity_options(oids))
        self._plain_classes = Begun(session, read_plain_classes())
        self._triggers = Begun(session, read_triggers(namespaces, columns.result))
        self._policies = Begun(session, read_policies(namespaces))
        self._partitions = Begun(session, read_partitions(namespaces))
        self._statistics = Begun(session, read_statistics(namespaces))

    def with_column_grants(self) -> list[int]:
        """Return the tables that grant something on single columns."""
        return [
            oid
            for oid, columns in self._columns.result().items()
            if any(column.has_grants for column in columns.values())
        ]

    def relations(self, grants: Mapping[int, tuple[Grant, ...]]) -> tuple[list[Table], list[View]]:
        """Return the tables, with those of others that they reference, and the views."""
        columns = with_not_null_names(self._columns.result(), self._not_nulls.result() if self._not_nulls else {})
        columns = with_identity_options(columns, self._identity_options.result())
        rows = self._constraints.result()
        owned = {row.index_oid for row in rows if row.owns_index}
        owned_indexes = constraint_indexes((row for row in self._index_rows.result() if row.oid in owned), columns)
        referenced = self._referenced(rows)
        names = {relation.oid: (relation.namespace, relation.name) for relation in self._relations}
        parts = _Parts(
            columns=columns,
            constraints=collect(
                rows,
                {**columns, **referenced.columns},
                names={**names, **referenced.names},
                exclusions=self._exclusions(rows, owned_indexes),
                indexes=owned_indexes,
            ),
            indexes=self._indexes([row for row in self._index_rows.result() if row.oid not in owned], columns),
            triggers=self._triggers.result(),
            policies=self._policies.result(),
            grants=grants,
            partitions=self._partitions.result(),
            statistics=self._statistics.result(),
        )
        tables = [parts.table(relation) for relation in self._relations if relation.is_table]
        views = [parts.view(relation) for relation in self._relations if not relation.is_table]
        return [*tables, *referenced.tables], views

    def _referenced(self, rows: list[ConstraintRow]) -> Referenced:
        """Return what foreign keys need of other tables; few schemas have any."""
        known = [relation.oid for relation in self._relations]
        keys = foreign_keys(rows, known)
        if not keys:
            return Referenced()
        return Begun(self._session, read_referenced(keys, known, version=self._session.server_version)).result()

    def _indexes(self, rows: list[IndexRow], columns: Columns) -> Mapping[int, tuple[Index, ...]]:
        """Return the indexes by table; few schemas have any whose keys Postgres must write."""
        special = special_indexes(rows, columns, self._plain_classes.result())
        definitions = Begun(self._session, read_definitions(special)).result() if special else {}
        return indexes_by_table(rows, columns, definitions)

    def _exclusions(self, rows: list[ConstraintRow], indexes: Mapping[int, ConstraintIndex]) -> Mapping[int, Exclusion]:
        """Return the exclusion constraints by their index; few schemas have any."""
        if not any(row.kind == "x" for row in rows):
            return {}
        return Begun(self._session, read_exclusions(rows, indexes)).result()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What belongs to tables and views, each by the relation's oid."""

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
        oid, stands_in = relation.oid, relation.comment == STAND_IN
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
            external=stands_in,
            comment=None if stands_in else relation.comment,
        )

    def view(self, relation: Relation) -> View:
        """Return the view with everything that belongs to it."""
        oid = relation.oid
        return view(
            relation,
            indexes=self.indexes.get(oid, ()),
            triggers=self.triggers.get(oid, ()),
            grants=self.grants.get(oid, ()),
        )


def _placed(items: Iterable[AnyPlaced]) -> tuple[AnyPlaced, ...]:
    return tuple(sorted(items, key=attrgetter("namespace", "name")))


def _named(items: Iterable[AnyNamed]) -> tuple[AnyNamed, ...]:
    return tuple(sorted(items, key=attrgetter("name")))
