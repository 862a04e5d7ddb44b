"""Tables and views of the wanted namespaces, and the columns of tables and views."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NewType

from colonnade.postgres.introspection.privileges import owner
from colonnade.postgres.introspection.reading import Query, Reading
from colonnade.postgres.introspection.spelling import bare, settled
from colonnade.schema import Column, Grant, Index, Partition, PartitionKey, Trigger, View
from colonnade.sql.tokens import split_list, without_parentheses

Options = tuple[tuple[str, str], ...]
OidArray = NewType("OidArray", str)
"""Oids as the text of a Postgres array: made once, and far cheaper to send than a list."""

# Partitions are read with their parents; what an extension created comes with the extension.
_RELATIONS = f"""
SELECT c.oid::int8, n.nspname, c.relname, c.relkind::text, c.relrowsecurity, c.relforcerowsecurity,
       c.relacl IS NOT NULL,
       c.reloptions, toast.reloptions,
       d.description,
       pg_get_partkeydef(p.partrelid), p.partattrs::text,
       CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END, {owner("c.relowner")}
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_partitioned_table p ON p.partrelid = c.oid
LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid AND toast.reloptions IS NOT NULL
LEFT JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE n.nspname = ANY (%s) AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
  AND NOT EXISTS (
      SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
"""  # noqa: S608 - every part stands in this package

_COLUMNS = """
SELECT a.attrelid::int8, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       -- Only a generated column refers to others, and looking those up costs.
       pg_get_expr(v.adbin, CASE a.attgenerated WHEN '' THEN 0 ELSE v.adrelid END),
       a.attidentity::text, a.attgenerated::text,
       CASE WHEN a.attcollation <> t.typcollation THEN l.collname END, d.description,
       CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text ELSE '' END, a.attcompression::text,
       coalesce(a.attstattarget, -1), array_to_string(a.attoptions, E'\\n'),
       a.atttypid::int8, a.attcollation::int8, a.attacl IS NOT NULL
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef v ON v.adrelid = a.attrelid AND v.adnum = a.attnum AND a.atthasdef
LEFT JOIN pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_description d
       ON d.classoid = 'pg_class'::regclass AND d.objoid = a.attrelid AND d.objsubid = a.attnum
WHERE a.attrelid = ANY (%s::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
"""

_PARTITIONS = """
SELECT i.inhparent::int8, c.relname, pg_get_expr(c.relpartbound, c.oid)
FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid
JOIN pg_class parent ON parent.oid = i.inhparent
JOIN pg_namespace n ON n.oid = parent.relnamespace
WHERE n.nspname = ANY (%s) AND c.relispartition
"""

_GRANTS = """
SELECT c.oid::int8, coalesce(r.rolname, 'public'), a.attname, array_agg(DISTINCT x.privilege_type),
       coalesce(array_agg(DISTINCT x.privilege_type) FILTER (WHERE x.is_grantable), '{}')
FROM pg_class c
CROSS JOIN LATERAL (
    SELECT NULL::name, c.relacl WHERE c.relacl IS NOT NULL
    UNION ALL
    SELECT attname, attacl FROM pg_attribute WHERE attrelid = c.oid AND attacl IS NOT NULL
) AS a (attname, acl)
CROSS JOIN LATERAL aclexplode(a.acl) AS x
LEFT JOIN pg_roles r ON r.oid = x.grantee
WHERE c.oid = ANY (%s::oid[]) AND x.grantee <> c.relowner
GROUP BY c.oid, 2, a.attname
"""

_IDENTITY: Mapping[str, Literal["", "ALWAYS", "BY DEFAULT"]] = {"": "", "a": "ALWAYS", "d": "BY DEFAULT"}
_TRUE = ("true", "on", "yes", "1")
_CHECK_OPTIONS: Mapping[str, Literal["", "local", "cascaded"]] = {"": "", "local": "local", "cascaded": "cascaded"}
_STORAGES: Mapping[str, Literal["", "PLAIN", "EXTERNAL", "EXTENDED", "MAIN"]] = {
    "": "",
    "p": "PLAIN",
    "e": "EXTERNAL",
    "x": "EXTENDED",
    "m": "MAIN",
}
_COMPRESSIONS: Mapping[str, Literal["", "pglz", "lz4"]] = {"": "", "p": "pglz", "l": "lz4"}
_STRATEGIES: Mapping[str, Literal["RANGE", "LIST", "HASH"]] = {"RANGE": "RANGE", "LIST": "LIST", "HASH": "HASH"}


@dataclass(frozen=True, slots=True)
class Relation:
    """A row of pg_class, in the order of the query."""

    oid: int
    namespace: str
    name: str
    kind: str
    row_security: bool
    force_row_security: bool
    has_grants: bool
    options: list[str] | None
    toast_options: list[str] | None
    comment: str | None
    partition_key: str | None
    partition_columns: str | None
    definition: str | None
    owner: str

    @property
    def storage_parameters(self) -> Options:
        """The storage parameters, with those of the table that keeps its long values."""
        return split_options((*(self.options or ()), *(f"toast.{each}" for each in self.toast_options or ())))

    @property
    def is_table(self) -> bool:
        """Whether it is a table, partitioned or not."""
        return self.kind in ("r", "p")


@dataclass(frozen=True, slots=True)
class CatalogColumn:
    """A column as a value, and what other catalogs need of it."""

    value: Column
    number: int
    type_oid: int
    collation_oid: int
    has_grants: bool


Columns = Mapping[int, Mapping[int, CatalogColumn]]
"""Columns by the relation's oid and their attribute number, in physical order."""


def oid_array(oids: Iterable[int]) -> OidArray:
    """Return the oids as a parameter for several queries."""
    return OidArray("{" + ",".join(map(str, oids)) + "}")


def read_relations(namespaces: Iterable[str]) -> Reading[list[Relation]]:
    """Return the tables and views of the namespaces."""
    rows = yield Query(_RELATIONS, (list(namespaces),))
    return [Relation(*row) for row in rows]


def read_columns(oids: OidArray) -> Reading[Columns]:
    """Return the columns of these tables and views; equal ones, of which a large schema has many, are one value."""
    found: dict[int, dict[int, CatalogColumn]] = defaultdict(dict)
    known: dict[tuple[Any, ...], CatalogColumn] = {}
    for row in (yield Query(_COLUMNS, (oids,))):
        details = row[1:]
        column = known.get(details)
        if column is None:
            column = known[details] = CatalogColumn(_column(details[1:13]), details[0], *details[13:])
        found[row[0]][column.number] = column
    # Cheaper here than on the server, which would sort whole rows.
    return {oid: dict(sorted(each.items())) for oid, each in found.items()}


def _column(row: tuple[Any, ...]) -> Column:
    name, kind, not_null, expression, identity, generated, collation, comment, storage, compression, target, options = (
        row
    )
    return Column(
        name=name,
        type=kind,
        not_null=not_null,
        default=None if generated or expression is None else settled(expression),
        identity=_IDENTITY[identity],
        generated=bare(expression) if generated else None,
        stored=generated != "v",
        collation=collation or "",
        storage=_STORAGES[storage],
        compression=_COMPRESSIONS[compression],
        statistics_target=target,
        # pg_attver is no option of anybody's: minor releases since November 2026 count versions there.
        options=tuple(each for each in split_options(options.split("\n")) if each[0] != "pg_attver") if options else (),
        comment=comment,
    )


def read_partitions(namespaces: Iterable[str]) -> Reading[Mapping[int, tuple[Partition, ...]]]:
    """Return the partitions of the namespaces' partitioned tables, sorted by name."""
    found: dict[int, list[Partition]] = defaultdict(list)
    for oid, name, bound in (yield Query(_PARTITIONS, (list(namespaces),))):
        found[oid].append(Partition(name=name, bound=bound))
    return {oid: tuple(sorted(each, key=lambda partition: partition.name)) for oid, each in found.items()}


def partition_key(relation: Relation, columns: Mapping[int, CatalogColumn]) -> PartitionKey | None:
    """Return the value of what `pg_get_partkeydef` prints (`RANGE (created_at, lower(code))`)."""
    if relation.partition_key is None or relation.partition_columns is None:
        return None
    strategy, _, keys = relation.partition_key.partition(" ")
    numbers = (int(number) for number in relation.partition_columns.split())
    return PartitionKey(
        strategy=_STRATEGIES[strategy],
        keys=tuple(
            columns[number].value.name if number else bare(without_parentheses(text)) or ""
            for number, text in zip(numbers, split_list(keys[1:-1]), strict=True)
        ),
    )


def read_grants(oids: OidArray) -> Reading[Mapping[int, tuple[Grant, ...]]]:
    """Return the privileges of others than the owner, columns with equal privileges together."""
    whole: dict[int, list[Grant]] = defaultdict(list)
    by_column: dict[tuple[int, str], dict[tuple[str, bool], set[str]]] = defaultdict(lambda: defaultdict(set))
    for oid, role, column, privileges, grantable in (yield Query(_GRANTS, (oids,))):
        if column is None:
            granted = Grant(role=role, privileges=tuple(sorted(privileges)), grantable=tuple(sorted(grantable)))
            whole[oid].append(granted)
        else:
            for privilege in privileges:
                by_column[oid, role][privilege, privilege in grantable].add(column)
    for (oid, role), columns_of in by_column.items():
        held: dict[tuple[str, ...], list[tuple[str, bool]]] = defaultdict(list)
        for privilege, columns in columns_of.items():
            held[tuple(sorted(columns))].append(privilege)
        whole[oid] += [
            Grant(
                role=role,
                privileges=tuple(sorted(privilege for privilege, _ in options)),
                columns=columns,
                grantable=tuple(sorted(privilege for privilege, grantable in options if grantable)),
            )
            for columns, options in held.items()
        ]
    return {oid: tuple(sorted(each, key=lambda grant: (grant.role, grant.columns))) for oid, each in whole.items()}


def view(
    relation: Relation, *, indexes: tuple[Index, ...], triggers: tuple[Trigger, ...], grants: tuple[Grant, ...]
) -> View:
    """Return the value of a view with what belongs to it."""
    options = dict(relation.storage_parameters)
    return View(
        namespace=relation.namespace,
        name=relation.name,
        definition=(relation.definition or "").strip().removesuffix(";"),
        materialized=relation.kind == "m",
        security_invoker=options.get("security_invoker", "off") in _TRUE,
        security_barrier=options.get("security_barrier", "off") in _TRUE,
        check_option=_CHECK_OPTIONS[options.get("check_option", "")],
        indexes=indexes,
        triggers=triggers,
        owner=relation.owner,
        grants=grants,
        comment=relation.comment,
    )


def split_options(options: Iterable[str]) -> Options:
    """Return `name=value` texts as sorted pairs."""
    return tuple(sorted((name, value) for name, _, value in (option.partition("=") for option in options)))
