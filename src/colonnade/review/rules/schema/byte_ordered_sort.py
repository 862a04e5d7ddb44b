"""NE203."""

from __future__ import annotations

import re
from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema, table_name
from colonnade.schema import Table

_BY_BYTES = re.compile(r"C|C\.utf-?8|POSIX|ucs_basic|pg_c_utf8|pg_unicode_fast", re.IGNORECASE)
_TEXT = re.compile(r"text|character( varying)?(\(\d+\))?")


class ByteOrderedSort(Rule[ReviewedSchema]):
    """A known statement sorts people's text by the numbers of its characters.

    Why: under the collation C or C.UTF-8, which databases on Neon are made with, every capital comes before every
    small letter, and letters with accents after both: Zoe, adam, Émile. Codes and keys have no other order.

    Example:

    ```sql
    -- with neon sorts=people.name
    -- migration
    CREATE TABLE people (id bigint PRIMARY KEY, name text NOT NULL);
    ```

    Use instead:

    ```sql
    -- with neon sorts=people.name
    -- migration
    CREATE TABLE people (id bigint PRIMARY KEY, name text COLLATE "unicode" NOT NULL);
    ```

    Fix: Give the column a collation of ICU, or sort by lower() where case alone matters.

    Source: postgresql.org/docs/current/collation.html
    """

    code = "NE203"
    name = "byte-ordered-sort"
    severity = Severity.note
    needs = frozenset({Evidence.catalog, Evidence.spec})
    baselinable = True
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Look at the collation of each column that a known statement sorts by."""
        for table in subject.tables:
            for column, patterns in _sorted(table, subject).items():
                collation = table.column(column).collation or subject.target.collation
                if _BY_BYTES.fullmatch(collation) and _holds_prose(table, column):
                    yield self.finding(
                        "capitals are sorted before small letters",
                        object=f"{table_name(table)}.{column}",
                        at=subject.at,
                        detail=f"Sorted by in {', '.join(patterns)}; the collation is {collation}.",
                    )


def _sorted(table: Table, subject: ReviewedSchema) -> dict[str, tuple[str, ...]]:
    """Return the columns of a table that known statements sort by, with these."""
    found: dict[str, tuple[str, ...]] = {}
    for each in subject.target.sorts:
        if (each.namespace, each.table) == (table.namespace, table.name) and table.has_column(each.column):
            place = f"{each.pattern} ({each.at.path}:{each.at.line})"
            found[each.column] = tuple(dict.fromkeys((*found.get(each.column, ()), place)))
    return found


def _holds_prose(table: Table, column: str) -> bool:
    """Tell whether a column holds text that is no key, as somebody wrote it."""
    keys = [each.columns for each in (table.primary_key, *table.foreign_keys) if each]
    held = table.column(column)
    folded = "lower(" in (held.generated or "").lower()
    return bool(_TEXT.fullmatch(held.type)) and not folded and not any(column in names for names in keys)
