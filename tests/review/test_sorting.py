"""Which columns a query sorts by as they are."""

from __future__ import annotations

import pytest

from colonnade.review.plan.acts import Name
from colonnade.review.sorting import sorted_columns
from colonnade.span import Span

PEOPLE, BOOKS = Name("", "people"), Name("", "books")


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT * FROM people ORDER BY name", [(PEOPLE, "name")]),
        ("SELECT * FROM app.people p ORDER BY p.name DESC", [(Name("app", "people"), "name")]),
        ("SELECT * FROM people p JOIN books b ON b.by = p.id ORDER BY b.title", [(BOOKS, "title")]),
        ("SELECT * FROM people p JOIN books b ON b.by = p.id ORDER BY title", [(None, "title")]),
        ("SELECT name AS n FROM people ORDER BY n", [(PEOPLE, "name")]),
        ("SELECT id, name FROM people GROUP BY 1, 2 ORDER BY 2", [(PEOPLE, "name")]),
        ("SELECT * FROM books b ORDER BY (SELECT p.name FROM people p WHERE p.id = b.by)", [(PEOPLE, "name")]),
        ("SELECT lower(name) AS name FROM people ORDER BY name", []),
        ("SELECT * FROM people ORDER BY lower(name)", []),
        ('SELECT * FROM people ORDER BY name COLLATE "unicode"', []),
        ("SELECT count(*) FROM people ORDER BY 1", []),
        ("SELECT 1 ORDER BY 'x'", []),
        ("SELECT * FROM people p ORDER BY other.name", []),
        ("SELECT name FROM people", []),
        ("UPDATE people SET name = 'x'", []),
    ],
)  # fmt: skip
def test_columns_of_an_order(sql: str, found: list[tuple[Name | None, str]]) -> None:
    assert list(sorted_columns(sql, at=Span(path="x"))) == found
