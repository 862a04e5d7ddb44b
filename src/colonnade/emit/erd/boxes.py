"""What the diagram shows of each table, and how large that is."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from colonnade.schema import Schema, Table

ROW_HEIGHT = 20
HEADER_HEIGHT = 28
_CHARACTER = 7.3
_PADDING = 14
_MARK_WIDTH = 30
_ALL_COLUMNS_UP_TO = 60
_SHORT_TYPES = {
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "double precision": "float8",
    "character varying": "varchar",
    "time without time zone": "time",
    "time with time zone": "timetz",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a box: a column, its type, and whether it is a key, a reference, or may be absent."""

    name: str
    type: str
    key: bool
    reference: bool
    optional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A table as it is drawn; sizes in pixels."""

    name: str
    rows: tuple[Row, ...]
    width: int
    height: int
    external: bool
    isolated: bool

    def row_middle(self, column: str) -> float:
        """The height of a column's line below the top of the box; of the header when it is not shown."""
        for number, row in enumerate(self.rows):
            if row.name == column:
                return HEADER_HEIGHT + ROW_HEIGHT * (number + 0.5)
        return HEADER_HEIGHT / 2


def boxes(schema: Schema) -> tuple[Box, ...]:
    """Return a box for each table; in a large schema only keys and references are shown."""
    whole = len(schema.tables) <= _ALL_COLUMNS_UP_TO
    return tuple(_box(table, whole=whole) for table in schema.tables)


def short_type(type_: str) -> str:
    """Return a type as people say it."""
    for long, short in _SHORT_TYPES.items():
        if type_.startswith(long):
            return short + type_[len(long) :]
    return type_


def text_width(text: str) -> float:
    """Return about how wide a text is; East Asian characters take two places."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text) * _CHARACTER


def _box(table: Table, *, whole: bool) -> Box:
    primary = set(table.primary_key.columns) if table.primary_key else set()
    referencing = {name for key in table.foreign_keys for name in key.columns}
    rows = tuple(
        Row(
            name=column.name,
            type=short_type(column.type),
            key=column.name in primary,
            reference=column.name in referencing,
            optional=not column.not_null and column.name not in primary,
        )
        for column in table.columns
        if whole or column.name in primary | referencing
    )
    lines = [text_width(row.name) + text_width(row.type) + _MARK_WIDTH + 2 * _PADDING for row in rows]
    width = max([text_width(table.name) * 1.15 + 3 * _PADDING, *lines])
    return Box(
        name=table.name,
        rows=rows,
        width=round(width),
        height=HEADER_HEIGHT + ROW_HEIGHT * len(rows) + 6,
        external=table.external,
        isolated=table.row_security,
    )
