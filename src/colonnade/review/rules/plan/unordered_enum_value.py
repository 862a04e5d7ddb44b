"""PL507."""

from __future__ import annotations

import re
from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    AddEnumValue,
)
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule
from colonnade.schema import (
    Schema,
)
from colonnade.sql.tokens import names


class UnorderedEnumValue(Rule[Migration]):
    """A value is added at the end of an enum that something orders by.

    Why: values of an enum sort in the order in which they are declared, and the new one is the greatest.

    Example:

    ```sql
    CREATE TYPE size AS ENUM ('small', 'large');
    CREATE TABLE shirts (id bigint PRIMARY KEY, size size);
    CREATE VIEW sorted AS SELECT id, size FROM shirts ORDER BY size;
    -- migration
    ALTER TYPE size ADD VALUE 'medium';
    ```

    Use instead:

    ```sql
    CREATE TYPE size AS ENUM ('small', 'large');
    CREATE TABLE shirts (id bigint PRIMARY KEY, size size);
    CREATE VIEW sorted AS SELECT id, size FROM shirts ORDER BY size;
    -- migration
    ALTER TYPE size ADD VALUE 'medium' BEFORE 'large';
    ```

    Fix: Say BEFORE or AFTER.

    Source: postgresql.org/docs/current/datatype-enum.html
    """

    code = "PL507"
    name = "unordered-enum-value"
    severity = Severity.note
    needs = frozenset({Evidence.plan, Evidence.catalog})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for new values without a place, of types that views or functions order by."""
        for statement, act in subject.each(AddEnumValue):
            if not act.placed and act.type.key not in subject.created and _is_ordered(subject.before, act.type.name):
                yield self.finding(
                    f"'{act.value}' sorts behind all others", object=str(act.type), at=statement.place(act)
                )


_ORDER = re.compile(r"\border by\b(.*)", re.IGNORECASE | re.DOTALL)


def _is_ordered(schema: Schema | None, enum: str) -> bool:
    """Tell whether a view or a function orders by a column of the type."""
    if schema is None:
        return False
    columns = {each.name for table in schema.tables for each in table.columns if each.type.split(".")[-1] == enum}
    texts = [view.definition for view in schema.views] + [function.body for function in schema.functions]
    return any((found := _ORDER.search(text)) and columns & names(found[1]) for text in texts)
