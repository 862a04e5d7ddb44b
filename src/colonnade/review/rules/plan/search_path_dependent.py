"""PL603."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Act,
    Create,
    Name,
)
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule


class SearchPathDependent(Rule[Migration]):
    """A statement names a relation without its schema.

    Why: which one is meant depends on the search_path of whoever runs it.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ADD COLUMN note text;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE public.orders ADD COLUMN note text;
    ```

    Fix: Write the schema before the name.

    Source: postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATH
    """

    code = "PL603"
    name = "search-path-dependent"
    severity = Severity.note
    needs = frozenset({Evidence.plan})
    default = False
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for names without a schema in what people have written."""
        temporary = {act.name.name for _, act in subject.each(Create) if act.temporary}
        for statement, act in subject.each(Act):
            table = getattr(act, "table", None)
            name = act.name if isinstance(act, Create) and act.kind == "TABLE" else table
            if statement.own and isinstance(name, Name) and not name.namespace and name.name not in temporary:
                yield self.finding("it is looked for along the search_path", object=name.name, at=statement.place(act))
