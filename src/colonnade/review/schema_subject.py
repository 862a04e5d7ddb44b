"""The value that rules about a schema look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from colonnade.review.finding import Evidence
from colonnade.review.plan.migration import Target
from colonnade.schema import Schema, Table
from colonnade.schema.own import ALEMBIC_VERSIONS
from colonnade.span import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedSchema:
    """A schema as a catalog says it, and what is known of the database that it is for."""

    family: ClassVar[str] = "schema"

    schema: Schema
    target: Target
    path: str = ""
    evidence: frozenset[Evidence] = frozenset({Evidence.catalog})
    unseen: tuple[tuple[Evidence, str], ...] = ()

    @property
    def at(self) -> Span:
        """Where it comes from; which line of it made an object is for others to say."""
        return Span(path=self.path)

    @property
    def tables(self) -> Iterator[Table]:
        """Our tables."""
        return (table for table in self.schema.owned_tables if table.name != ALEMBIC_VERSIONS)

    def is_small(self, table: Table) -> bool:
        """Tell whether a table is known to be small."""
        return self.target.is_small((table.namespace, table.name))


def table_name(table: Table) -> str:
    """Return a table as people say it."""
    return table.name if table.namespace == "public" else f"{table.namespace}.{table.name}"
