"""SC106."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.migration import Key, shown
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema


class CircularCascade(Rule[ReviewedSchema]):
    """A cycle of tables deletes each other's rows.

    Why: one delete can empty all of them.

    Example:

    ```sql
    CREATE TABLE a (id bigint PRIMARY KEY, b_id bigint);
    CREATE TABLE b (id bigint PRIMARY KEY, a_id bigint REFERENCES a ON DELETE CASCADE);
    CREATE INDEX a_b ON a (b_id);
    CREATE INDEX b_a ON b (a_id);
    -- migration
    ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b ON DELETE CASCADE NOT VALID;
    ```

    Use instead:

    ```sql
    CREATE TABLE a (id bigint PRIMARY KEY, b_id bigint);
    CREATE TABLE b (id bigint PRIMARY KEY, a_id bigint REFERENCES a ON DELETE CASCADE);
    CREATE INDEX a_b ON a (b_id);
    CREATE INDEX b_a ON b (a_id);
    -- migration
    ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b ON DELETE RESTRICT NOT VALID;
    ```

    Fix: Say RESTRICT on one of the foreign keys.

    Source: postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
    """

    code = "SC106"
    name = "circular-cascade"
    severity = Severity.warning
    needs = frozenset({Evidence.catalog})
    baselinable = True

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Follow the cascades from each table; one that leads back to itself alone is no cycle."""
        reached: dict[Key, set[Key]] = {(table.namespace, table.name): set() for table in subject.tables}
        for table in subject.tables:
            for key in table.foreign_keys:
                referenced = key.referenced_namespace, key.referenced_table
                own = table.namespace, table.name
                if key.on_delete == "CASCADE" and referenced != own and referenced in reached:
                    reached[referenced].add(own)
        for start in sorted(reached):
            if start in _all_behind(start, reached):
                yield self.finding("deleting a row of it can come back to it", object=shown(start), at=subject.at)


def _all_behind(start: Key, steps: dict[Key, set[Key]]) -> set[Key]:
    """Return what the cascades from a table reach."""
    found: set[Key] = set()
    ahead = set(steps[start])
    while ahead:
        found |= ahead
        ahead = {each for table in ahead for each in steps.get(table, ())} - found
    return found
