"""How the access patterns of a spec sort people's text, in whatever schema serves them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from colonnade.design.design import Design
from colonnade.design.designer import design
from colonnade.design.matching import match_design
from colonnade.design.places import Places
from colonnade.design.queries import design_places, queries_at
from colonnade.review.plan.acts import Name
from colonnade.review.plan.migration import KnownSort
from colonnade.review.sorting import sorted_columns
from colonnade.schema import Schema, Table
from colonnade.span import Span
from colonnade.spec import Attribute
from colonnade.spec.read import read
from colonnade.sql.identifier import words

_CODES = frozenset(
    {"abbreviation", "code", "color", "colour", "country", "currency", "digest", "fingerprint", "handle", "hash"}
    | {"iban", "id", "identifier", "isbn", "isin", "key", "kind", "lang", "language", "locale", "mime", "number"}
    | {"phone", "postcode", "reference", "sha", "sku", "slug", "state", "status", "symbol", "timezone", "token", "type"}
    | {"unit", "uri", "url", "uuid", "version", "vin", "zip"}
)
"""What a name ends in that is written in one way only, so that its bytes are its order."""


def sorts_of(patterns: Sequence[Path]) -> Callable[[Schema], Iterator[KnownSort]]:
    """Return what tells the sorts of a spec in a schema; raises SpecError or DesignError for what is no sound spec."""
    wanted = design(read(patterns))
    return lambda schema: known_sorts(wanted, schema)


def known_sorts(wanted: Design, schema: Schema) -> Iterator[KnownSort]:
    """Yield the sorts of people's text by the columns that stand for what a design, made of a spec, has."""
    places = design_places(match_design(schema, wanted, name=wanted.name).design)
    for pattern in wanted.spec.access_patterns:
        place = pattern.at[0] if pattern.at else Span(path="")
        for query in queries_at(places, pattern):
            for name, column in sorted_columns(query.sql, at=place):
                table = _table(places, name, column)
                attribute = places.attribute_of(table.name, column) if table else None
                if table and attribute and _is_prose(attribute):
                    yield KnownSort(
                        namespace=table.namespace, table=table.name, column=column, pattern=pattern.id, at=place
                    )


def _table(places: Places, name: Name | None, column: str) -> Table | None:
    """Return the table that a query means: the named one, or the only one that has such a column."""
    found = [
        table
        for table in places.schema.owned_tables
        if table.has_column(column) and (name is None or (table.namespace, table.name) == name.key)
    ]
    return found[0] if len(found) == 1 else None


def _is_prose(attribute: Attribute) -> bool:
    """Tell whether the values are what people write: text of no format and no pattern, and not called like a code."""
    type_ = attribute.type
    plain = type_.base == "text" and not (type_.array or type_.format or type_.pattern or type_.values)
    return plain and attribute.role == "plain" and not _CODES & set(words(attribute.name)[-1:])
