"""Indexes, and those that no constraint owns as values."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import NamedTuple

from colonnade.postgres.introspection.comments import Comments
from colonnade.postgres.introspection.reading import Query, Reading, Rows
from colonnade.postgres.introspection.relations import CatalogColumn, Columns, OidArray, oid_array, split_options
from colonnade.postgres.introspection.spelling import bare
from colonnade.schema import Index, IndexKey
from colonnade.sql.tokens import Token, split_list, tokens, without_parentheses

# Those of constraints too: which they are is known once those are read. That of a primary key says nothing more.
_INDEXES = """
SELECT i.indexrelid::int8, i.indrelid::int8, c.relname, m.amname, i.indisunique, {nulls_not_distinct},
       i.indkey::int2[], i.indnkeyatts, i.indclass::oid[]::int8[], i.indcollation::oid[]::int8[], i.indoption::int2[],
       CASE WHEN i.indpred IS NOT NULL THEN pg_get_expr(i.indpred, i.indrelid) END,
       c.reloptions
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_am m ON m.oid = c.relam
WHERE i.indrelid = ANY (%s::oid[])
  AND NOT (i.indisprimary AND i.indnatts = i.indnkeyatts AND c.reloptions IS NULL)
"""
_DEFINITIONS = "SELECT oid::int8, pg_get_indexdef(oid) FROM unnest(%s::oid[]) AS wanted (oid)"
_PLAIN_CLASSES = """
SELECT o.oid::int8, t.oid::int8, t.typtype = 'p'
FROM pg_opclass o JOIN pg_type t ON t.oid = o.opcintype
WHERE o.opcdefault AND o.oid < 16384
"""

_DESCENDING = 1  # INDOPTION_DESC
_NULLS_FIRST = 2  # INDOPTION_NULLS_FIRST
_TEXT, _VARCHAR = 25, 1043
_FIRST_OWN_OID = 16384
_METHODS_WITHOUT_PARAMETERS = frozenset({"btree", "hash"})
_ORDER_WORDS = frozenset({"DESC", "NULLS", "FIRST", "LAST"})


class IndexRow(NamedTuple):
    """A row of pg_index, in the order of the query, and the comment."""

    oid: int
    table: int
    name: str
    method: str
    unique: bool
    nulls_not_distinct: bool
    attributes: list[int]
    """The columns by number, 0 for an expression: first the keys, then those that are only carried along."""
    key_length: int
    classes: list[int]
    collations: list[int]
    options: list[int]
    predicate: str | None
    parameters: list[str] | None
    comment: str | None


class PlainClasses:
    """The built-in operator classes that are their type's default."""

    def __init__(self, rows: Rows) -> None:
        """Take operator class, type, and whether that stands for many types."""
        self._types = {oid: (kind, many) for oid, kind, many in rows}

    def suit(self, operator_class: int, column: CatalogColumn) -> bool:
        """Tell whether Postgres would have taken this class by itself; in doubt, no."""
        kind, takes_many = self._types.get(operator_class, (0, False))
        wanted = _TEXT if column.type_oid == _VARCHAR else column.type_oid
        return wanted == kind or (takes_many and column.type_oid < _FIRST_OWN_OID)


def read_plain_classes() -> Reading[PlainClasses]:
    """Return the operator classes that go without saying."""
    return PlainClasses((yield Query(_PLAIN_CLASSES)))


def read_index_rows(oids: OidArray, comments: Callable[[], Comments], *, version: int) -> Reading[list[IndexRow]]:
    """Return the indexes of these tables but those of primary keys without peculiarities; `version` is the server's."""
    nulls_not_distinct = "i.indnullsnotdistinct" if version >= 150000 else "false"
    rows = yield Query(_INDEXES.format(nulls_not_distinct=nulls_not_distinct), (oids,))
    comment_of = comments().get
    return [IndexRow._make((*row, comment_of(row[0]))) for row in rows]


def special_indexes(rows: Iterable[IndexRow], columns: Columns, plain: PlainClasses) -> list[int]:
    """Return the oids of those that have keys with peculiarities."""
    return [row.oid for row in rows if not _is_plain(row, columns[row.table], plain)]


def read_definitions(oids: list[int]) -> Reading[Mapping[int, str]]:
    """Return how Postgres writes these indexes, by their oid."""
    return dict((yield Query(_DEFINITIONS, (oid_array(oids),))))


def indexes_by_table(
    rows: Iterable[IndexRow], columns: Columns, definitions: Mapping[int, str]
) -> Mapping[int, tuple[Index, ...]]:
    """Return these indexes, none of them a constraint's, by table, sorted by name."""
    found: dict[int, list[Index]] = defaultdict(list)
    for row in rows:
        found[row.table].append(_index(row, columns[row.table], definitions.get(row.oid)))
    return {table: tuple(sorted(each, key=attrgetter("name"))) for table, each in found.items()}


def _is_plain(row: IndexRow, columns: Mapping[int, CatalogColumn], plain: PlainClasses) -> bool:
    """Tell whether every key is a column with its own collation and its type's operator class, without parameters."""
    return row.method in _METHODS_WITHOUT_PARAMETERS and all(
        number and columns[number].collation_oid == collation and plain.suit(operator_class, columns[number])
        for number, collation, operator_class in zip(row.attributes, row.collations, row.classes, strict=False)
    )


def _index(row: IndexRow, columns: Mapping[int, CatalogColumn], definition: str | None) -> Index:
    keys = row.attributes[: row.key_length]
    written = written_keys(definition) if definition else ("",) * row.key_length
    return Index(
        name=row.name,
        keys=tuple(
            [
                _key(columns[number].value.name if number else "", text, option)
                for text, number, option in zip(written, keys, row.options, strict=True)
            ]
        ),
        method=row.method,
        unique=row.unique,
        nulls_not_distinct=row.nulls_not_distinct,
        include=tuple([columns[number].value.name for number in row.attributes[row.key_length :]]),
        predicate=bare(row.predicate),
        storage_parameters=split_options(row.parameters or ()),
        comment=row.comment,
    )


@functools.lru_cache(maxsize=4096)
def _key(column: str, text: str, option: int) -> IndexKey:
    """Return a key; `text` is what `pg_get_indexdef` writes, empty for a column without peculiarities."""
    descending, nulls_first = bool(option & _DESCENDING), bool(option & _NULLS_FIRST)
    expression, collation, operator_class = _written_parts(text) if text else ("", "", "")
    return IndexKey(
        column=column,
        expression="" if column else expression,
        descending=descending,
        nulls_first=None if nulls_first == descending else nulls_first,
        operator_class=operator_class,
        collation=collation,
    )


def _written_parts(text: str) -> tuple[str, str, str]:
    """Return the expression, collation and operator class of a key as `pg_get_indexdef` writes it."""
    parts = [token for token in tokens(text) if token.kind != "space"]
    end = _end_of_subject(parts)
    # One pair of parentheses belongs to the syntax of an index, a second one is Postgres's habit.
    expression = bare(without_parentheses(text[: parts[end - 1].end])) or ""
    collation, end = _collation(parts, end)
    last = len(parts)
    while last > end and parts[last - 1].kind == "word" and parts[last - 1].text in _ORDER_WORDS:
        last -= 1
    return expression, collation, text[parts[end].start : parts[last - 1].end] if last > end else ""


def written_keys(definition: str) -> tuple[str, ...]:
    """Return the keys of `CREATE INDEX … USING method (keys) …`."""
    parts = [token for token in tokens(definition) if token.kind != "space"]
    using = next(position for position, token in enumerate(parts) if token.is_word("using"))
    opening = parts[using + 2]
    closing = parts[_end_of_group(parts, using + 2) - 1]
    return split_list(definition[opening.end : closing.start])


def _end_of_subject(parts: list[Token]) -> int:
    """Return where a key's column, call or parenthesised expression ends."""
    position = 0
    while position < len(parts) and parts[position].text != "(":
        follows = parts[position + 1].text if position + 1 < len(parts) else ""
        position += 1
        if follows not in (".", "(") and parts[position - 1].text != ".":
            return position
    return _end_of_group(parts, position)


def _end_of_group(parts: list[Token], start: int) -> int:
    """Return the position after the parenthesis that closes the one at `start`."""
    depth = 0
    for position in range(start, len(parts)):
        token = parts[position]
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "symbol" else 0
        if depth == 0:
            return position + 1
    return len(parts)


def _collation(parts: list[Token], position: int) -> tuple[str, int]:
    """Return the collation written at this position, if one is, and where it ends."""
    if position >= len(parts) or not parts[position].is_word("collate"):
        return "", position
    end = position + 2
    while end + 1 < len(parts) and parts[end].text == ".":
        end += 2
    return parts[end - 1].name, end
