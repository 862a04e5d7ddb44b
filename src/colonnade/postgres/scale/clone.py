"""An empty database that the planner takes for a full one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Self

from colonnade.errors import InputError, UnsupportedError
from colonnade.postgres.explain import Plan, explain
from colonnade.postgres.scale import hypothetical
from colonnade.postgres.scale.expressions import ExpressionReader
from colonnade.postgres.scale.files import RelationFile
from colonnade.postgres.scale.hypothetical import HypotheticalIndex
from colonnade.postgres.scale.indexes import (
    IndexedTable,
    index_attributes,
    index_pages,
    index_statistics,
    indexed_rows,
)
from colonnade.postgres.scale.layout import (
    DatabaseLayout,
    IndexLayout,
    read_indexes,
    read_layout,
)
from colonnade.postgres.scale.pages import deduplicates
from colonnade.postgres.scale.profiles import TableProfile
from colonnade.postgres.scale.restore import restore_columns, restore_extended, restore_relations
from colonnade.postgres.scale.seeds import empty_tables, insert_seeds
from colonnade.postgres.scale.statistics import (
    ColumnRange,
    ColumnStatistics,
    DatabaseStatistics,
    RelationStatistics,
)
from colonnade.postgres.scale.storage import Storage
from colonnade.postgres.scale.tables import synthesise_tables
from colonnade.postgres.scale.values import ValueReader
from colonnade.postgres.server import Server
from colonnade.postgres.session import Parameters, Session

_ColumnKey = tuple[str, str, str, bool]
_STATISTICS_FINGERPRINT = """
    SELECT bit_xor(hashtextextended(ctid::text || xmin::text, 0)) FROM pg_statistic
"""


class ScaledDatabase:
    """A database with tables, no rows, and the statistics of as many rows as one likes.

    The planner reads its numbers from the catalog, from the length of the files and from the first
    page of an index, and all of these are made to fit. Sizes may grow and shrink from one `load` to
    the next. Only `EXPLAIN` makes sense here: `VACUUM` and `ANALYZE` would undo the work, scans read
    gigabytes of zeros. Nothing else may be connected to the database, and each load starts a new
    backend, so that settings and roles of the session are lost. Use one database for each worker.
    """

    def __init__(self, server: Server, session: Session) -> None:
        """Take a database on a server that we own; raises UnsupportedError for any other."""
        if server.data_folder is None:
            raise UnsupportedError(
                "planning at scale needs a server we own",
                detail=f'The files of "{server.dsn}" are out of reach.',
                hint="Leave COLONNADE_POSTGRES_URL out to use the embedded server.",
            )
        self.session = session
        self.unseeded: tuple[str, ...] = ()
        self._storage = Storage(server.data_folder, server.session())
        self._values = ValueReader(session)
        self._expressions = ExpressionReader(session)
        self._restored: dict[_ColumnKey, ColumnStatistics] = {}
        self._restored_fingerprint: int | None = None
        self._seeded: tuple[ColumnRange, ...] = ()
        self._tables: dict[int, IndexedTable] = {}

    def __enter__(self) -> Self:
        """Return the database itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the server; the database stays as it is."""
        self.close()

    def close(self) -> None:
        """Let go of the server; the database stays as it is."""
        self._storage.close()

    def load(self, statistics: DatabaseStatistics) -> None:
        """Make the planner see a database of these statistics.

        Tables that they do not name stay as they are; raises InputError when they name one that is not
        here. Tables that refuse rows with the true ends of their indexes are listed in `unseeded`.
        """
        layout = read_layout(self.session)
        _check_names(layout, statistics)
        layout = self._seeded_layout(layout, statistics)
        self._apply(layout, statistics)
        self._warm_up(layout)

    def layout(self) -> DatabaseLayout:
        """Return what there is to be sized, to hand to several `synthesise` between which the schema stays."""
        return read_layout(self.session)

    def synthesise(
        self, profiles: Collection[TableProfile], *, layout: DatabaseLayout | None = None
    ) -> DatabaseStatistics:
        """Make the planner see tables of these profiles; returns the statistics made from them."""
        layout = layout or self.layout()
        statistics = synthesise_tables(self.session, layout, profiles, self._values)
        layout = self._seeded_layout(layout, statistics)
        self._storage.settle()
        if any(index.predicate for index in layout.indexes):
            self._apply(layout, statistics)  # the planner has to say how many rows a partial index holds
        tables = _indexed_tables(layout, statistics)
        relations = list(statistics.relations)
        columns = list(statistics.columns)
        for index in layout.indexes:
            if index.path and index.table_oid in tables:
                file = self._storage.file(index.path)
                relation, expressions = self._synthesise_index(index, tables[index.table_oid], file)
                relations.append(relation)
                columns += expressions
        statistics = replace(statistics, relations=tuple(relations), columns=tuple(columns))
        self._apply(layout, statistics)
        self._warm_up(layout)
        return statistics

    def explain(
        self,
        sql: str,
        parameters: Parameters = (),
        *,
        generic: bool = False,
        settings: Mapping[str, str] | None = None,
    ) -> Plan:
        """Return the plan of a statement, as `colonnade.postgres.explain` does."""
        return explain(self.session, sql, parameters, generic=generic, settings=settings)

    @contextmanager
    def without_index(self, *names: str) -> Iterator[None]:
        """Hide indexes from the planner within the block, on a partitioned table all their parts.

        `names` are as in SQL: quoted where needed, with a namespace unless it is on the search path.
        """
        with self.session.rolled_back():
            hypothetical.hide_indexes(self.session, names)
            yield

    @contextmanager
    def what_if(self, *ddl: str) -> Iterator[tuple[HypotheticalIndex, ...]]:
        """Have further indexes within the block, each given as a `CREATE INDEX` statement.

        Needs a `load` or `synthesise` before, whose statistics tell how large they would be.
        """
        with self.session.rolled_back():
            yield tuple(index for statement in ddl for index in self._pretend(statement))

    def _seeded_layout(self, layout: DatabaseLayout, statistics: DatabaseStatistics) -> DatabaseLayout:
        """Put two rows in each table, at the ends of its indexes; returns the layout with the new files."""
        if statistics.ranges == self._seeded:
            return layout
        empty_tables(self.session, layout)
        self._storage.forget()
        self.unseeded = insert_seeds(self.session, layout, statistics.ranges, statistics.columns)
        self._seeded = statistics.ranges
        return read_layout(self.session)

    def _apply(self, layout: DatabaseLayout, statistics: DatabaseStatistics) -> None:
        """Set catalog and files."""
        self._restore(statistics)
        self._tables = _indexed_tables(layout, statistics)
        self._resize(layout, statistics)

    def _restore(self, statistics: DatabaseStatistics) -> None:
        """Put the statistics into the catalog; those of columns only where they changed."""
        if self._fingerprint() != self._restored_fingerprint:
            self._restored.clear()
        changed = {key: one for one in statistics.columns if self._restored.get(key := _column_key(one)) != one}
        version = statistics.server_version
        with self.session.transaction():
            restore_relations(self.session, statistics.relations, version=version)
            restore_columns(self.session, tuple(changed.values()), version=version)
            restore_extended(self.session, statistics.extended)
        self._restored |= changed
        self._restored_fingerprint = self._fingerprint()

    def _fingerprint(self) -> int | None:
        """Return a number that changes when anybody, ANALYZE for one, writes statistics of columns."""
        found: int | None = self.session.value(_STATISTICS_FINGERPRINT)
        return found

    def _resize(self, layout: DatabaseLayout, statistics: DatabaseStatistics) -> None:
        """Make the files look their size, then start a backend that has not seen the old ones."""
        sizes = {(one.namespace, one.name): one for one in statistics.relations}
        expressions = _by_relation(statistics.columns)
        self._storage.settle()
        for table in layout.tables:
            size = sizes.get((table.namespace, table.name))
            if size is not None and table.path:
                self._storage.file(table.path).write(blocks=size.blocks)
        for index in layout.indexes:
            size = sizes.get((index.namespace, index.name))
            if size is not None and index.path:
                of_index = expressions.get((index.namespace, index.name), ())
                self._write_index(index, size, of_index, self._storage.file(index.path))
        self.session.reconnect()

    def _write_index(
        self,
        index: IndexLayout,
        size: RelationStatistics,
        expressions: Sequence[ColumnStatistics],
        file: RelationFile,
    ) -> None:
        """Make the file of one index look its size."""
        table = self._tables[index.table_oid]
        attributes = index_attributes(index, table, size.reltuples, expressions)
        pages = index_pages(index, size, base=file.base, attributes=attributes, table_blocks=table.blocks)
        file.write(blocks=size.blocks, pages=pages)

    def _warm_up(self, layout: DatabaseLayout) -> None:
        """Have the new backend open all files: a thousand segments are a second's work, but once."""
        statements = (f"EXPLAIN SELECT FROM {table.qualified}" for table in layout.tables if table.path)
        self.session.execute("; ".join(statements) or "SELECT")

    def _synthesise_index(
        self, index: IndexLayout, table: IndexedTable, file: RelationFile
    ) -> tuple[RelationStatistics, tuple[ColumnStatistics, ...]]:
        """Return the size of an index and the statistics of its expressions."""
        expressions = self._expressions.statistics(index, table.layout, table.columns)
        rows = indexed_rows(self.session, index, table)
        attributes = index_attributes(index, table, rows, expressions)
        merges = index.access_method == "btree" and deduplicates(file.base)
        return (
            index_statistics(index, table, rows, attributes, deduplicates=merges),
            expressions,
        )

    def _pretend(self, ddl: str) -> Iterator[HypotheticalIndex]:
        """Make one index, or one for each partition, and make its file look its size."""
        files = hypothetical.tables_with_rows(self.session, hypothetical.named_table(ddl))
        if not files.keys() <= self._tables.keys():
            raise InputError("no statistics are loaded for the table of the index")
        for path in files.values():
            self._storage.make_empty_file(path)
        before = hypothetical.indexes_of(self.session, tuple(files))
        with hypothetical.seeming_empty(self.session, tuple(files)):
            self.session.execute(hypothetical.without_concurrently(ddl))
        new = hypothetical.indexes_of(self.session, tuple(files)) - before
        layouts = read_indexes(self.session, only=new)
        if any(index.access_method != "btree" for index in layouts):  # built in cached pages
            self._storage.settle()
        for index in layouts:
            table = self._tables[index.table_oid]
            file = self._storage.new_file(index.path)
            size, expressions = self._synthesise_index(index, table, file)
            self._write_index(index, size, expressions, file)
            restore_relations(self.session, (size,), version=self.session.server_version)
            restore_columns(self.session, expressions, version=self.session.server_version)
            yield HypotheticalIndex(name=index.name, table=table.layout.name, blocks=size.blocks, rows=size.reltuples)


def _check_names(layout: DatabaseLayout, statistics: DatabaseStatistics) -> None:
    """Raise InputError when the statistics are of another schema."""
    there = {(table.namespace, table.name) for table in layout.tables}
    there |= {(index.namespace, index.name) for index in layout.indexes}
    missing = [
        f'"{one.namespace}.{one.name}"'
        for one in statistics.relations
        if one.kind != "f" and (one.namespace, one.name) not in there  # a foreign table has no file to lay out
    ]
    if missing:
        raise InputError(
            "the statistics are of another schema",
            detail=f"They name {', '.join(missing[:5])}, which the database does not have.",
            hint="Apply the schema of the database that they were exported from.",
        )


def _indexed_tables(layout: DatabaseLayout, statistics: DatabaseStatistics) -> dict[int, IndexedTable]:
    """Return each table that the statistics are about with what its indexes depend on."""
    sizes = {(one.namespace, one.name): one for one in statistics.relations}
    columns = _by_relation(one for one in statistics.columns if one.index_attribute is None)
    found = {}
    for table in layout.tables:
        name = (table.namespace, table.name)
        if size := sizes.get(name):
            found[table.oid] = IndexedTable(
                layout=table,
                rows=max(0.0, size.reltuples),
                blocks=size.blocks,
                columns={one.name: one for one in columns.get(name, ())},
            )
    return found


def _by_relation(
    columns: Iterator[ColumnStatistics] | Sequence[ColumnStatistics],
) -> dict[tuple[str, str], tuple[ColumnStatistics, ...]]:
    """Group columns by their table or index."""
    found: dict[tuple[str, str], tuple[ColumnStatistics, ...]] = {}
    for one in columns:
        key = (one.namespace, one.relation)
        found[key] = (*found.get(key, ()), one)
    return found


def _column_key(one: ColumnStatistics) -> _ColumnKey:
    """Return what makes a column's statistics a row of their own."""
    return one.namespace, one.relation, one.name, one.inherited
