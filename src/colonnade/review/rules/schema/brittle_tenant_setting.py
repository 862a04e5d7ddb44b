"""RL112."""

from __future__ import annotations

import re
from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema, table_name


class BrittleTenantSetting(Rule[ReviewedSchema]):
    """A policy reads a setting that may be missing or empty.

    Why: current_setting raises 42704 when nobody has set it; after a transaction that did it is an empty text, which no
    cast takes.

    Example:

    ```sql
    CREATE TABLE notes (id bigint PRIMARY KEY, owner_id bigint NOT NULL);
    -- migration
    CREATE POLICY own ON notes USING (owner_id = current_setting('app.user')::bigint);
    ```

    Use instead:

    ```sql
    CREATE TABLE notes (id bigint PRIMARY KEY, owner_id bigint NOT NULL);
    -- migration
    CREATE POLICY own ON notes USING (owner_id = nullif(current_setting('app.user', true), '')::bigint);
    ```

    Fix: Write nullif(current_setting('name', true), '') and cast that.

    Source: postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-SET
    """

    code = "RL112"
    name = "brittle-tenant-setting"
    severity = Severity.error
    needs = frozenset({Evidence.catalog})
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Look at the settings that policies, defaults and functions read."""
        for table in subject.tables:
            texts = [(policy.name, f"{policy.using or ''} {policy.with_check or ''}") for policy in table.policies]
            texts += [(column.name, column.default or "") for column in table.columns]
            for name, text in texts:
                if what := _brittle(text):
                    yield self.finding(what, object=f"{table_name(table)}.{name}", at=subject.at)
        for function in subject.schema.functions:
            if what := _brittle(function.body):
                yield self.finding(what, object=function.name, at=subject.at)


_READ = re.compile(
    r"current_setting\(\s*'[^']*'(?:::text)?\s*(?P<missing>,\s*true\s*)?\)(?P<after>\)*\s*::\s*(?!text)\w+)?"
)


def _brittle(text: str) -> str:
    """Return what is wrong with how a text reads settings; empty for nothing."""
    for found in _READ.finditer(text):
        if not found["missing"]:
            return "the setting may be missing"
        if found["after"] and not text[: found.start()].rstrip("( ").lower().endswith("nullif"):
            return "the setting may be empty"
    return ""
