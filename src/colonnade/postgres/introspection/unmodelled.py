"""What exists in a database and cannot be said in a `Schema`."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from colonnade.postgres.introspection.database_notes import DATABASE_CATALOGS
from colonnade.postgres.introspection.notes import Catalog
from colonnade.postgres.introspection.other_notes import OTHER_CATALOGS
from colonnade.postgres.introspection.reading import Query, Reading
from colonnade.postgres.introspection.relation_notes import RELATION_CATALOGS

CATALOGS = (*RELATION_CATALOGS, *OTHER_CATALOGS, *DATABASE_CATALOGS)


class Peculiarities(NamedTuple):
    """One phrase for each thing that a schema cannot say, sorted; `unfinished` it can say once they are whole."""

    unsaid: tuple[str, ...]
    unfinished: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """The phrases of both kinds, sorted."""
        return tuple(sorted((*self.unsaid, *self.unfinished)))


def read_peculiarities(namespaces: Collection[str], *, version: int) -> Reading[Peculiarities]:
    """Return what the namespaces hold beside what a schema says; `version` is the server's."""
    branches = " UNION ALL ".join(_branch(catalog, version) for catalog in CATALOGS)
    query = f"""
        WITH namespaces AS (
            SELECT oid, nspname, nspowner, nspacl FROM pg_namespace WHERE nspname = ANY (%(namespaces)s)
        ), relations AS MATERIALIZED (
            SELECT c.*, n.nspname FROM pg_class c JOIN namespaces n ON n.oid = c.relnamespace
            WHERE c.oid >= 16384 AND c.relkind NOT IN ('i', 'I', 't'))
        SELECT DISTINCT note, unfinished FROM ({branches}) AS found (note, unfinished, class_oid, object_oid)
        WHERE NOT EXISTS (
            SELECT FROM pg_depend e
            WHERE e.classid = found.class_oid AND e.objid = found.object_oid AND e.deptype = 'e')
    """  # noqa: S608 - every part stands in this package
    rows = yield Query(query, {"namespaces": list(namespaces)})
    said: tuple[list[str], list[str]] = ([], [])
    for note, unfinished in sorted(rows):
        said[unfinished].append(note)
    return Peculiarities(*map(tuple, said))


def _branch(catalog: Catalog, version: int) -> str:
    """Return a query over one catalog for all of its peculiarities, with the object that an extension may own."""
    notes = [note for note in catalog.notes if note.since <= version]
    phrases = ", ".join(f"(CASE WHEN {note.condition} THEN {note.phrase} END, {note.unfinished})" for note in notes)
    conditions = " OR ".join(f"({note.condition})" for note in notes)
    return (
        f"SELECT said.note, said.unfinished, {catalog.owner} FROM {catalog.source}"  # noqa: S608
        f" CROSS JOIN LATERAL (VALUES {phrases}) AS said (note, unfinished)"
        f" WHERE {catalog.where} AND ({conditions}) AND said.note IS NOT NULL"
    )
