"""What the tests of changes share."""

from __future__ import annotations

from dataclasses import replace

from colonnade.schema import Schema, Table


def without_order(schema: Schema, like: Schema) -> Schema:
    """Return the schema with the columns of its tables in the order of another's, which no statement can give them."""

    def sorted_like(table: Table) -> Table:
        if not like.has_table(table.name, namespace=table.namespace):
            return table
        order = [column.name for column in like.table(table.name, namespace=table.namespace).columns]
        if set(order) != {column.name for column in table.columns}:
            return table
        return replace(table, columns=tuple(table.column(name) for name in order))

    return replace(schema, tables=tuple(sorted_like(table) for table in schema.tables))
