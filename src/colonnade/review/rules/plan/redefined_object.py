"""PL508."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Act,
    AlterColumn,
    AlterTable,
    Create,
    Name,
    Other,
)
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule
from colonnade.schema import (
    Function,
    Schema,
    View,
)


class RedefinedObject(Rule[Migration]):
    """A view, routine, type, identity or generated column is defined anew.

    Why: its columns, results or write rules may differ from what running code expects.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    CREATE VIEW open_orders AS SELECT id FROM orders WHERE status = 'open';
    -- migration
    CREATE OR REPLACE VIEW open_orders AS SELECT id FROM orders WHERE status = 'new';
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    CREATE VIEW open_orders AS SELECT id FROM orders WHERE status = 'open';
    -- migration
    CREATE OR REPLACE VIEW open_orders AS SELECT id FROM orders WHERE status = 'open';
    ```

    Fix: Compare it with what running code expects.

    Source: postgresql.org/docs/current/sql-createview.html
    """

    code = "PL508"
    name = "redefined-object"
    severity = Severity.note
    needs = frozenset({Evidence.plan, Evidence.catalog})
    default = False

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for definitions that read back other than before."""
        for statement, act in subject.each(Act):
            composite = isinstance(act, AlterTable) and act.what == "CompositeType"  # which no schema holds
            changed = composite or statement.before != statement.after
            if (name := _redefined(act)) and changed and name.key not in subject.created:
                yield self.finding("it is defined anew", object=str(name), at=statement.place(act))
            elif isinstance(act, Create) and act.replace and _differs(subject, act.name):
                yield self.finding("it is defined anew", object=str(act.name), at=statement.place(act))


_COLUMNS = frozenset(("SetIdentity", "AddIdentity", "DropIdentity", "SetExpression", "DropExpression"))


def _redefined(act: Act) -> Name | None:
    if isinstance(act, AlterColumn) and act.what in _COLUMNS:
        return act.table
    if isinstance(act, AlterTable) and act.what == "CompositeType":
        return act.table
    if isinstance(act, Other) and act.kind in ("AlterFunctionStmt", "AlterExtensionStmt"):
        return act.names[0] if act.names else Name("", act.kind)
    return None


def _differs(subject: Migration, name: Name) -> bool:
    """Tell whether a view or function of the name was there before and is another one after."""
    if subject.before is None or subject.after is None:
        return False
    before = _definitions(subject.before, name.name)
    return bool(before) and before != _definitions(subject.after, name.name)


def _definitions(schema: Schema, name: str) -> list[View | Function]:
    """Return the views and functions of a name."""
    views: list[View | Function] = [each for each in schema.views if each.name == name]
    return views + [each for each in schema.functions if each.name == name]
