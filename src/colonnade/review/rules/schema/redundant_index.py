"""SC302."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema
from colonnade.schema import (
    Index,
)


class RedundantIndex(Rule[ReviewedSchema]):
    """An index is the beginning of another one that serves as well.

    Why: every write pays for both, and no query needs the shorter one.

    Example:

    ```sql
    CREATE TABLE t (id bigint PRIMARY KEY, a text, b text);
    CREATE INDEX t_a ON t (a);
    -- migration
    CREATE INDEX CONCURRENTLY t_a_b ON t (a, b);
    ```

    Use instead:

    ```sql
    CREATE TABLE t (id bigint PRIMARY KEY, a text, b text);
    CREATE INDEX t_a ON t (a);
    -- migration
    CREATE INDEX CONCURRENTLY t_b_a ON t (b, a);
    ```

    Fix: Drop the shorter one concurrently.

    Source: postgresql.org/docs/current/indexes-multicolumn.html
    """

    code = "SC302"
    name = "redundant-index"
    severity = Severity.warning
    needs = frozenset({Evidence.catalog})
    baselinable = True
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Compare the B-trees of each table in pairs."""
        for table in subject.tables:
            trees = [each for each in table.indexes if each.method == "btree"]
            for index in trees:
                longer = [each.name for each in trees if _serves(each, index)]
                if longer and not index.unique:
                    yield self.finding(f'"{longer[0]}" serves as well', object=index.name, at=subject.at)


def _serves(longer: Index, index: Index) -> bool:
    """Tell whether a longer index begins with the keys of another and holds what that includes."""
    held = {*longer.include, *longer.columns}
    return (
        len(longer.keys) > len(index.keys)
        and longer.keys[: len(index.keys)] == index.keys
        and longer.predicate == index.predicate
        and set(index.include) <= held
    )
