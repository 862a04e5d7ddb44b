"""Tables created from models."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from colonnade.models.child.importing import Loaded


def create_all(loaded: Loaded, url: str) -> None:
    """Create every table that is ours, in one transaction."""
    engine = sa.create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for metadata in loaded.metadatas:
            owned = [table for table in metadata.tables.values() if not table.info.get("external")]
            metadata.create_all(connection, tables=owned)
