"""PL604."""

from __future__ import annotations

import re
from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Act,
)
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule
from colonnade.sql.tokens import tokens


class TruncatedIdentifier(Rule[Migration]):
    """A name is longer than 63 bytes.

    Why: Postgres cuts it with only a notice; a later statement or a name that begins alike then meets something else.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    CREATE INDEX CONCURRENTLY a_name_that_goes_on_and_on_until_nobody_reads_it_any_more_at_all ON orders (status);
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    CREATE INDEX CONCURRENTLY orders_status_idx ON orders (status);
    ```

    Fix: Choose a shorter name.

    Source: postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
    """

    code = "PL604"
    name = "truncated-identifier"
    severity = Severity.warning
    needs = frozenset({Evidence.plan})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Measure every name."""
        for statement in subject.statements:
            for token in tokens(statement.sql) if _LONG.search(statement.sql.encode()) else ():
                if len(token.name.encode()) > _LONGEST_BYTES:
                    act = Act(offset=token.start)
                    yield self.finding("the name is cut after 63 bytes", object=token.name, at=statement.place(act))


_LONGEST_BYTES = 63
_LONG = re.compile(rb'[\w$\x80-\xff]{64}|"[^"]{64}')
