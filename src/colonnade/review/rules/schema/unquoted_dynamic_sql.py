"""SC605."""

from __future__ import annotations

import re
from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema


class UnquotedDynamicSql(Rule[ReviewedSchema]):
    """A routine executes a text that it puts together from variables without quoting them.

    Why: whoever chooses the value chooses what is executed.

    Example:

    ```sql
    -- migration
    CREATE FUNCTION f(t text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DROP TABLE ' || t; END $$;
    ```

    Use instead:

    ```sql
    -- migration
    CREATE FUNCTION f(t text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE format('DROP TABLE %I', t); END $$;
    ```

    Fix: Use format with %I and %L, quote_ident, quote_literal or USING.

    Source: postgresql.org/docs/current/plpgsql-statements.html#PLPGSQL-QUOTE-LITERAL-EXAMPLE
    """

    code = "SC605"
    name = "unquoted-dynamic-sql"
    severity = Severity.error
    needs = frozenset({Evidence.catalog})
    baselinable = True

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Look at each EXECUTE of each PL/pgSQL routine."""
        for function in subject.schema.functions:
            if function.language == "plpgsql" and any(
                _is_unquoted(found[1]) for found in _EXECUTE.finditer(function.body)
            ):
                yield self.finding("it executes what it does not quote", object=function.name, at=subject.at)


_EXECUTE = re.compile(r"\bexecute\b([^;]*);", re.IGNORECASE)
_QUOTING = re.compile(r"\b(?:quote_ident|quote_literal|quote_nullable|regclass)\b", re.IGNORECASE)


def _is_unquoted(expression: str) -> bool:
    """Tell whether texts are joined with something that is neither a constant nor quoted."""
    bare = re.sub(r"'(?:[^']|'')*'", "", expression)
    joined = [part.strip() for part in bare.split("||")]
    return len(joined) > 1 and any(part and not _QUOTING.search(part) for part in joined)
