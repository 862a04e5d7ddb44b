"""What only the server knows about values: their order in a collation, their bytes on disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from colonnade.postgres.scale.layout import ColumnLayout
from colonnade.postgres.scale.profiles import Elements
from colonnade.postgres.session import Session


def array_literal(values: Iterable[str]) -> str:
    """Return values in text form as one array literal."""
    texts = tuple(values)
    joined = '","'.join(texts)
    if texts and "\\" not in joined and joined.count('"') == 2 * len(texts) - 2:  # nothing to escape
        return f'{{"{joined}"}}'
    return "{" + ",".join(map(_quoted, texts)) + "}"


def _quoted(value: str) -> str:
    """Quote one element of an array literal."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


class ValueReader:
    """Asks the server about values, each question once: the same ones come with every volume."""

    def __init__(self, session: Session) -> None:
        """Ask over this session."""
        self._session = session
        self._sorted: dict[tuple[str, str, tuple[str, ...]], tuple[str, ...]] = {}
        self._widths: dict[tuple[str, tuple[tuple[str, float], ...]], float] = {}

    def sorted(self, column: ColumnLayout, values: Sequence[str]) -> str:
        """Return the distinct values in the column's order, as an array literal."""
        return array_literal(self._in_order(column.type, column.collation, tuple(values)))

    def sorted_elements(self, column: ColumnLayout, elements: Elements) -> str:
        """Return the elements of an array column in their order, as an array literal."""
        return array_literal(self.element_order(column, elements))

    def element_order(self, column: ColumnLayout, elements: Elements) -> tuple[str, ...]:
        """Return the elements of an array column in their order."""
        values = tuple(value for value, _ in elements.frequencies)
        return self._in_order(_element_type(column), column.collation, values)

    def width(self, column: ColumnLayout, values: Mapping[str, float]) -> float:
        """Return the average bytes of values as a table stores them, weighted by their shares."""
        return self._width(column.type, values)

    def element_width(self, column: ColumnLayout, values: Mapping[str, float]) -> float:
        """Return the average bytes of the elements within an array."""
        return self._width(_element_type(column), values)

    def _in_order(self, type_name: str, collation: str, values: tuple[str, ...]) -> tuple[str, ...]:
        """Sort by the server."""
        key = (type_name, collation, values)
        if key not in self._sorted:
            collate = f" COLLATE {collation}" if collation else ""
            rows = self._session.execute(
                # Each text stands for its value: the server's own spelling could differ.
                f"SELECT min(t) FROM unnest(%s::text[]) t GROUP BY (t::{_cast(type_name)})"  # noqa: S608
                f"{collate} ORDER BY (t::{_cast(type_name)}){collate}",
                (list(values),),
            )
            self._sorted[key] = tuple(value for (value,) in rows)
        return self._sorted[key]

    def _width(self, type_name: str, values: Mapping[str, float]) -> float:
        """Measure by the server."""
        key = (type_name, tuple(values.items()))
        if key not in self._widths:
            self._widths[key] = float(
                self._session.value(
                    "SELECT sum(pg_column_size(v) * share) / sum(share)"  # noqa: S608 - a type's name
                    f" FROM unnest(%s::text::{_cast(type_name)}[], %s::float8[]) u(v, share)",
                    (array_literal(values), list(values.values())),
                )
            )
        return self._widths[key]


def _element_type(column: ColumnLayout) -> str:
    """Return the type of an array's elements."""
    return column.type.removesuffix("[]")


def _cast(type_name: str) -> str:
    """Return a type for a cast in a statement with parameters."""
    return type_name.replace("%", "%%")
