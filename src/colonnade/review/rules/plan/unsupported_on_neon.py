"""NE302."""

from __future__ import annotations

import re
from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Act,
    AlterTable,
    Create,
    Drop,
    EnvironmentSetting,
    RoleChange,
)
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule
from colonnade.sql.tokens import tokens


class UnsupportedOnNeon(Rule[Migration]):
    """A statement uses what Neon does not offer.

    Why: it passes on a local server and fails in production.

    Example:

    ```sql
    -- with neon
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders SET TABLESPACE fast;
    ```

    Use instead:

    ```sql
    -- with neon
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders SET (fillfactor = 90);
    ```

    Fix: Use what Neon offers instead; see its page on compatibility.

    Source: neon.com/docs/reference/compatibility
    """

    code = "NE302"
    name = "unsupported-on-neon"
    severity = Severity.error
    needs = frozenset({Evidence.plan})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for what needs the machine or a superuser, where Neon is the target."""
        for statement, act in subject.each(Act) if subject.target.neon else ():
            if what := _unsupported(act):
                yield self.finding(f"Neon has no {what}", object="", at=statement.place(act))
        for statement in subject.statements if subject.target.neon else ():
            words = {token.text.lower() for token in tokens(statement.sql) if token.kind == "word"}
            if {"function", "leakproof"} <= words:
                yield self.finding("Neon has no LEAKPROOF functions", object="", at=statement.at)
            if "copy" in words and ("program" in words or _FILE.search(statement.sql)):
                yield self.finding("Neon has no files and programs of a server", object="", at=statement.at)


_FILE = re.compile(r"\bcopy\b[^;]*?\b(?:from|to)\s+'", re.IGNORECASE)
_SUPERUSER = frozenset(("superuser", "bypassrls", "isreplication"))


def _unsupported(act: Act) -> str:
    """Return what an act needs and Neon does not have; empty for nothing."""
    match act:
        case AlterTable(what="SetTableSpace") | Create(kind="TABLESPACE") | Drop(kind="TABLESPACE"):
            return "tablespaces"
        case EnvironmentSetting(scope="SYSTEM"):
            return "ALTER SYSTEM"
        case RoleChange(options=options) if any(name in _SUPERUSER and on for name, on in options):
            return "superuser attributes for roles made by SQL"
    return ""
