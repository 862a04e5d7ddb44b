"""The whole schema, its fingerprint, and its form without expressions."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from colonnade.schema.indexes import Index
from colonnade.schema.programs import Function, Trigger
from colonnade.schema.tables import Table
from colonnade.schema.types import CompositeType, Domain, EnumType, Extension, Namespace, RangeType, Sequence, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """Everything in one database that is ours; each tuple is sorted by namespace and name.

    `unsaid` are phrases for what it cannot say and a database has, as far as somebody has looked.
    """

    namespaces: tuple[Namespace, ...] = ()
    tables: tuple[Table, ...] = ()
    enum_types: tuple[EnumType, ...] = ()
    domains: tuple[Domain, ...] = ()
    composite_types: tuple[CompositeType, ...] = ()
    range_types: tuple[RangeType, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    views: tuple[View, ...] = ()
    functions: tuple[Function, ...] = ()
    extensions: tuple[Extension, ...] = ()
    unsaid: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """A SHA-256 of all that it says: equal schemas, equal fingerprints, on any machine."""
        # Without what is as usual: a schema keeps its fingerprint when we learn to say more.
        said = _adapter().dump_json(self, exclude_defaults=True, exclude={"unsaid"})
        return hashlib.sha256(said).hexdigest()

    def table(self, name: str, *, namespace: str = "public") -> Table:
        """Return the table; raises KeyError when there is none."""
        found = self.find_table(name, namespace=namespace)
        if found is None:
            raise KeyError(name)
        return found

    def find_table(self, name: str, *, namespace: str = "public") -> Table | None:
        """Return the table, None when there is none."""
        places = (table for table in self.tables if (table.namespace, table.name) == (namespace, name))
        return next(places, None)

    def has_table(self, name: str, *, namespace: str = "public") -> bool:
        """Tell whether there is such a table."""
        return self.find_table(name, namespace=namespace) is not None

    def with_tables(self, tables: Iterable[Table]) -> Schema:
        """Return the schema with these tables put in place of, or beside, those of the same name."""
        by_name = {(table.namespace, table.name): table for table in self.tables}
        by_name |= {(table.namespace, table.name): table for table in tables}
        return replace(self, tables=tuple(by_name[key] for key in sorted(by_name)))

    def with_external(self, names: Collection[tuple[str, str]]) -> Schema:
        """Return the schema with these tables, by namespace and name, marked as other products' like those that are."""
        marked = (
            replace(table, external=True) if (table.namespace, table.name) in names else table for table in self.tables
        )
        return replace(self, tables=tuple(marked))

    @property
    def external_names(self) -> frozenset[tuple[str, str]]:
        """Namespace and name of the tables that other products own."""
        return frozenset((table.namespace, table.name) for table in self.tables if table.external)

    @property
    def owned_tables(self) -> tuple[Table, ...]:
        """The tables that are ours to create."""
        return tuple(table for table in self.tables if not table.external)


@functools.cache
def _adapter() -> TypeAdapter[Schema]:
    """Return what reads and writes the value as JSON; building it takes longer than most runs use it."""
    return TypeAdapter(Schema)


def without_expressions(schema: Schema) -> Schema:
    """Return the schema with every expression that only Postgres can spell emptied.

    Two schemas that are equal so have the same objects, names, types, keys and flags. Expressions
    (CHECK, default, predicate, policy, generated column, partition bound, function body) have as many spellings as
    authors; they are compared between two catalogs, where Postgres has printed both.
    """
    return replace(
        schema,
        tables=tuple(_table_without_expressions(table) for table in schema.tables),
        domains=tuple(
            replace(
                domain,
                default=_mask(domain.default),
                checks=tuple(replace(check, expression="") for check in domain.checks),
            )
            for domain in schema.domains
        ),
        views=tuple(
            replace(
                view,
                definition="",
                indexes=tuple(map(_index_without_expressions, view.indexes)),
                triggers=tuple(map(_trigger_without_expressions, view.triggers)),
            )
            for view in schema.views
        ),
        functions=tuple(replace(function, body="") for function in schema.functions),
    )


def _mask(expression: str | None) -> str | None:
    return None if expression is None else ""


def _table_without_expressions(table: Table) -> Table:
    return replace(
        table,
        columns=tuple(
            replace(column, default=_mask(column.default), generated=_mask(column.generated))
            for column in table.columns
        ),
        checks=tuple(replace(check, expression="") for check in table.checks),
        exclusions=tuple(
            replace(
                exclusion,
                predicate=_mask(exclusion.predicate),
                elements=tuple(replace(part, expression="") for part in exclusion.elements),
            )
            for exclusion in table.exclusions
        ),
        indexes=tuple(map(_index_without_expressions, table.indexes)),
        policies=tuple(
            replace(policy, using=_mask(policy.using), with_check=_mask(policy.with_check)) for policy in table.policies
        ),
        statistics=tuple(replace(each, expressions=("",) * len(each.expressions)) for each in table.statistics),
        triggers=tuple(map(_trigger_without_expressions, table.triggers)),
        partition_key=table.partition_key
        and replace(
            table.partition_key, keys=tuple(key if table.has_column(key) else "" for key in table.partition_key.keys)
        ),
        partitions=tuple(
            partition if partition.bound == "DEFAULT" else replace(partition, bound="")
            for partition in table.partitions
        ),
    )


def _index_without_expressions(index: Index) -> Index:
    return replace(
        index,
        predicate=_mask(index.predicate),
        keys=tuple(replace(key, expression="") if key.expression else key for key in index.keys),
    )


def _trigger_without_expressions(trigger: Trigger) -> Trigger:
    return replace(trigger, condition=_mask(trigger.condition))
