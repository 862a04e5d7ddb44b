"""PL502."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Act,
    AddColumn,
    AddConstraint,
    AlterColumn,
    CreateIndex,
    Name,
)
from colonnade.review.plan.in_step import sources
from colonnade.review.plan.migration import Key, Migration, Statement
from colonnade.review.plan.questions import (
    is_unique,
    table_in,
)
from colonnade.review.rule import Rule
from colonnade.schema import ForeignKey, Schema, Table
from colonnade.sql.expression import rename
from colonnade.sql.identifier import quote


class StricterThanRunningCode(Rule[Migration]):
    """A new rule refuses rows that running code writes.

    Why: the running release does not know the rule, NOT VALID or not; its INSERT or UPDATE fails until the new release
    is out.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ADD COLUMN region text;
    ALTER TABLE orders ADD CONSTRAINT region_given CHECK (region IS NOT NULL) NOT VALID;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ADD COLUMN region text;
    ALTER TABLE orders ALTER COLUMN region SET DEFAULT 'unknown';
    ALTER TABLE orders ADD CONSTRAINT region_given CHECK (region IS NOT NULL) NOT VALID;
    ```

    Fix: Deploy the code that writes what the rule wants, and add the rule in the next release.

    Source: postgresql.org/docs/current/ddl-constraints.html
    """

    code = "PL502"
    name = "stricter-than-running-code"
    severity = Severity.error
    needs = frozenset({Evidence.observed, Evidence.catalog})
    fixed_by = "migration"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for rules that a row of somebody who does not know them can break."""
        for statement, act in subject.each(Act):
            for added in act.constraints if isinstance(act, AddColumn) else (act,):
                table, columns, what = _rule(subject, statement, added)
                key = subject.key(table) if table is not None else ("", "")
                if table is None or subject.before is None or not subject.is_existing(key):
                    continue
                if _can_break(subject, key, columns, what) and not _holds_already(subject, statement, added, columns):
                    yield self.finding(
                        f"running code may write what the {what} refuses", object=str(table), at=statement.place(added)
                    )
            required = isinstance(act, AddColumn) and act.not_null and not act.filled
            if isinstance(act, AddColumn) and required and statement.refused is None and subject.is_existing(act.table):
                yield self.finding(
                    "running code leaves out what is required", object=str(act.table), at=statement.place(act)
                )


def _rule(subject: Migration, statement: Statement, act: Act) -> tuple[Name | None, tuple[str, ...], str]:
    """Return the table that gets a rule, the columns that it is about, and its kind."""
    match act:
        case AddConstraint(kind=kind, table=table, columns=columns, on_domain=False):
            if act.index:  # the index refused the rows already
                return None, (), ""
            return table, columns, kind
        case AlterColumn(what="SetNotNull", table=table, column=column):
            before = table_in(statement.before, subject.key(table))
            given = f"{column} IS NOT NULL"
            if before is not None and any(given in each.expression.replace('"', "") for each in before.checks):
                return None, (), ""  # the CHECK refused them already
            return table, (column,), "NOT NULL"
        case CreateIndex(unique=True, table=table, columns=columns):
            return table, columns, "UNIQUE"
    return None, (), ""


def _can_break(subject: Migration, key: Key, columns: tuple[str, ...], what: str) -> bool:
    """Tell whether rows of running code can break a rule.

    It can write anything into columns that it knows, and puts the default into those that it does not.
    """
    before = table_in(subject.before, key)
    after = table_in(subject.after, key)
    if before is None or after is None:
        return False
    if what in ("UNIQUE", "PRIMARY KEY") and is_unique(before, columns):
        return False  # running code is used to it
    if any(before.has_column(each) for each in columns) or not columns:
        return True
    unknown = [after.column(each) for each in columns if after.has_column(each)]
    filled = all(each.default is not None or each.identity or each.generated is not None for each in unknown)
    if what in ("NOT NULL", "CHECK"):
        return not filled
    return what in ("UNIQUE", "PRIMARY KEY", "FOREIGN KEY") and any(each.default is not None for each in unknown)


def _holds_already(subject: Migration, statement: Statement, act: Act, columns: tuple[str, ...]) -> bool:
    """Tell whether the same rule holds for columns from which a trigger fills these."""
    match act:
        case AddConstraint(table=table, kind=kind):
            key = subject.key(table)
        case AlterColumn(table=table):
            key, kind = subject.key(table), "NOT NULL"
        case CreateIndex(table=table):
            key, kind = subject.key(table), "UNIQUE"
        case _:
            return False
    before, after = table_in(statement.before, key), table_in(statement.after, key)
    if before is None or after is None:
        return False
    known = sources(statement.before, key)
    if kind == "FOREIGN KEY":
        new = [each for each in after.foreign_keys if each not in before.foreign_keys]
        return bool(new) and all(
            any(_alike(each, ours, known, statement.before) for each in before.foreign_keys) for ours in new
        )
    if not known.keys() & set(columns):
        return False
    source = tuple(known.get(each, each) for each in columns)
    match kind:
        case "UNIQUE" | "PRIMARY KEY":
            return is_unique(before, source)
        case "NOT NULL":
            return all(before.has_column(each) and before.column(each).not_null for each in source)
        case _:
            return _is_checked(before, after, known)


def _alike(theirs: ForeignKey, ours: ForeignKey, known: Mapping[str, str], schema: Schema | None) -> bool:
    """Tell whether two foreign keys refuse the same, on each side for its columns or their sources."""
    place = (ours.referenced_namespace, ours.referenced_table)
    target = sources(schema, place)
    return (
        place == (theirs.referenced_namespace, theirs.referenced_table)
        and theirs.columns in (ours.columns, tuple(known.get(each, each) for each in ours.columns))
        and theirs.referenced_columns
        in (ours.referenced_columns, tuple(target.get(each, each) for each in ours.referenced_columns))
    )


def _is_checked(before: Table, after: Table, known: Mapping[str, str]) -> bool:
    """Tell whether CHECKs and NOT NULL say already of the twins what the new CHECK says of their columns."""
    given = [rename(each.expression, {}) for each in before.checks]
    given += [f"{quote(each.name)} IS NOT NULL" for each in before.columns if each.not_null]
    wanted = [rename(each.expression, known) for each in after.checks if each not in before.checks]
    return bool(wanted) and all(each in given for each in wanted)
