"""Values of types that we make none of ourselves: the server says which texts it takes."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.postgres import Session
from colonnade.prove.values import series, value_kind
from colonnade.schema import Schema
from colonnade.sql.literal import literal

# What the input functions of Postgres's own and of common extensions take: numbers, texts, bits, documents,
# points and shapes, sets and ranges.
_TEXTS = (
    "1", "0", "a", "{}", "empty", "()", "(0,0)", "((0,0),(1,1))", "<(0,0),1>", "{1,1,1}", "<a/>", "$", "", "00:00+00",
    "0/0", "08:00:2b:01:02:03:04:05", "1:1:", "a=>1", "[1]", "[1,2]", "POINT(0 0)",
)  # fmt: skip
# The fields of a composite type, also through domains over it; none for any other type.
_FIELDS = """
WITH RECURSIVE bases (oid) AS (
    SELECT to_regtype(%s)::oid
    UNION ALL
    SELECT t.typbasetype FROM pg_type t JOIN bases b ON b.oid = t.oid WHERE t.typtype = 'd'
)
SELECT format_type(a.atttypid, a.atttypmod)
FROM bases b JOIN pg_type t ON t.oid = b.oid JOIN pg_attribute a ON a.attrelid = t.typrelid
WHERE t.typtype = 'c' AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum"""


@dataclass(frozen=True, slots=True)
class ServerValues:
    """Texts that the session's server takes for types of a schema."""

    session: Session
    schema: Schema

    def text(self, type_name: str, number: int) -> str | None:
        """Return a text that the server takes for a type, None when none of the tried ones is.

        Composite values with different numbers differ where a field can.
        """
        fields = [name for (name,) in self.session.execute(_FIELDS, (type_name,))]
        if not fields:
            tried = (self._taken(f"{literal(text)}::{type_name}") for text in _TEXTS)
            return next((found for found in tried if found is not None), None)
        texts = [(self._field(name, number), name) for name in fields]
        row = ", ".join(f"{'NULL' if text is None else literal(text)}::{name}" for text, name in texts)
        # By way of its text, as no row is cast to a domain.
        return self._taken(f"ROW({row})::text::{type_name}")

    def _field(self, type_name: str, number: int) -> str | None:
        kind = value_kind(type_name, self.schema)
        return series(kind, number, label="field") if kind is not None else self.text(type_name, number)

    def _taken(self, expression: str) -> str | None:
        """Return the server's own text of a value, None when it refuses the value."""
        attempt = self.session.attempt(f"SELECT ({expression})::text")
        return str(attempt.rows[0][0]) if attempt.ok else None
