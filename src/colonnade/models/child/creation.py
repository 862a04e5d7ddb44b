"""Tables created from models."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateSchema

from colonnade.models.child.importing import Loaded


def is_external(table: sa.Table) -> bool:
    """Tell whether another product creates the table."""
    return bool(table.info.get("external"))


def create_all(loaded: Loaded, url: str, *, stand_ins: bool = False) -> None:
    """Create every table that is ours, in one transaction; with `stand_ins` first what others would have created."""
    engine = sa.create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for metadata in loaded.metadatas:
            tables = tuple(metadata.tables.values())
            if stand_ins:
                _stand_in(connection, metadata, tables)
            metadata.create_all(connection, tables=[table for table in tables if not is_external(table)])


def _stand_in(connection: sa.Connection, metadata: sa.MetaData, tables: tuple[sa.Table, ...]) -> None:
    """Create the namespaces, then the external tables."""
    for namespace in sorted({table.schema for table in tables if table.schema is not None}):
        connection.execute(CreateSchema(namespace, if_not_exists=True))
    for table in metadata.sorted_tables:
        if is_external(table):
            table.create(connection, checkfirst=True)
