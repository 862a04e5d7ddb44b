"""PL511."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    AlterTable,
    Setting,
)
from colonnade.review.plan.migration import Migration, Statement
from colonnade.review.rule import Rule


class TriggerDisable(Rule[Migration]):
    """Triggers are turned off, and with them foreign keys or audit trails.

    Why: rows that break the rules come in, and turning the triggers on again does not look at them.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders DISABLE TRIGGER ALL;
    UPDATE orders SET status = 'new' WHERE id = 1;
    ALTER TABLE orders ENABLE TRIGGER ALL;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    UPDATE orders SET status = 'new' WHERE id = 1;
    ```

    Fix: Write rows that satisfy the triggers.

    Source: postgresql.org/docs/current/sql-altertable.html, DISABLE TRIGGER
    """

    code = "PL511"
    name = "trigger-disable"
    severity = Severity.error
    needs = frozenset({Evidence.plan})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for triggers that are off at any time, but for named ones within one transaction."""
        for statement, act in subject.each(AlterTable):
            if act.what not in ("DisableTrig", "DisableTrigAll", "DisableTrigUser"):
                continue
            if act.what != "DisableTrig" or not _enabled_again(subject, statement, act):
                yield self.finding("its triggers do not fire", object=str(act.table), at=statement.place(act))
        for statement, setting in subject.each(Setting):
            if setting.name == "session_replication_role" and setting.value == "replica":
                yield self.finding(
                    "no trigger and no foreign key fires", object=setting.name, at=statement.place(setting)
                )


def _enabled_again(subject: Migration, statement: Statement, disabled: AlterTable) -> bool:
    """Tell whether the same transaction, be it one of a DO block, enables the trigger again."""
    own = statement.acts[statement.acts.index(disabled) + 1 :]
    within = [act for act in own if act.part == disabled.part]
    if statement.transaction is not None:
        later = [each for each in subject.later(statement) if each.transaction == statement.transaction]
        within += [act for each in later for act in each.acts]
    return any(
        isinstance(act, AlterTable)
        and act.what in ("EnableTrig", "EnableAlwaysTrig")
        and (act.table, act.name) == (disabled.table, disabled.name)
        for act in within
    )
