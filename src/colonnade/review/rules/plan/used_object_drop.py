"""PL406."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Drop,
    Name,
)
from colonnade.review.plan.in_step import has_no_twins_left
from colonnade.review.plan.migration import Migration
from colonnade.review.plan.second_names import is_second_name
from colonnade.review.rule import Rule
from colonnade.schema import Domain, EnumType, Function, Schema, Sequence, View
from colonnade.schema.members import Relation
from colonnade.sql.identifier import parts


class UsedObjectDrop(Rule[Migration]):
    """A view, routine, type, domain, sequence, trigger or extension is dropped that running code may use.

    Why: a statement that names it, or counts on what it does, fails or does something else.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    CREATE VIEW open_orders AS SELECT id FROM orders WHERE status = 'open';
    -- migration
    DROP VIEW open_orders;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    CREATE VIEW open_orders AS SELECT id FROM orders WHERE status = 'open';
    -- migration
    CREATE OR REPLACE VIEW open_orders AS SELECT id FROM orders WHERE status = 'new';
    ```

    Fix: Let no code use it for a release, then drop it with a suppression that says so.

    Source: postgresql.org/docs/current/sql-dropview.html
    """

    code = "PL406"
    name = "used-object-drop"
    severity = Severity.warning
    needs = frozenset({Evidence.plan, Evidence.catalog})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for dropped objects that were there before the migration and are not there after it."""
        for statement, act in subject.each(Drop):
            for name in act.names if act.kind in _KINDS else ():
                before, after = _names(subject.before, act.kind, act.table), _names(subject.after, act.kind, act.table)
                known = [each for each in before if each.name == name.name and name.namespace in ("", each.namespace)]
                if known and not set(known) & set(after) and not _is_out_of_use(subject, act, name):
                    yield self.finding(
                        f"the {act.kind.lower()} may be in use", object=str(name), at=statement.place(act)
                    )


_KINDS = frozenset(
    (
        "VIEW",
        "MATERIALIZED VIEW",
        "FUNCTION",
        "PROCEDURE",
        "ROUTINE",
        "TYPE",
        "DOMAIN",
        "SEQUENCE",
        "TRIGGER",
        "EXTENSION",
    )
)


def _is_out_of_use(subject: Migration, drop: Drop, name: Name) -> bool:
    """Tell whether it is the second name of a table, or has kept columns in step of which the migration drops one."""
    if drop.kind == "VIEW" and subject.before is not None:
        views = (each for each in subject.before.views if name.key == (each.namespace, each.name))
        return any(is_second_name(each, subject.before) for each in views)
    holders = subject.before.tables if subject.before is not None else ()
    triggers = [(each, trigger) for each in holders for trigger in each.triggers]
    match drop.kind:
        case "TRIGGER":
            using = [(each, it) for each, it in triggers if drop.table is not None and each.name == drop.table.name]
            using = [(each, it) for each, it in using if it.name == name.name]
        case "FUNCTION":
            using = [(each, it) for each, it in triggers if _is_named(name, it.function)]
        case _:
            return False
    return bool(using) and all(has_no_twins_left(subject, each, it) for each, it in using)


def _is_named(name: Name, function: str) -> bool:
    """Tell whether a function, qualified unless it is in `public`, has a name."""
    *namespace, last = parts(function)
    return name.name == last and name.namespace in ("", *(namespace or ["public"]))


def _names(schema: Schema | None, kind: str, table: Name | None) -> tuple[Name, ...]:
    """Return the objects of a kind."""
    if schema is None:
        return ()
    if kind == "TRIGGER":
        relations: tuple[Relation, ...] = (*schema.tables, *schema.views)
        holders = [each for each in relations if table is not None and each.name == table.name]
        return tuple(Name("", trigger.name) for each in holders for trigger in each.triggers)
    if kind == "EXTENSION":
        return tuple(Name("", each.name) for each in schema.extensions)
    found: Iterable[View | EnumType | Domain | Sequence | Function] = schema.functions
    match kind:
        case "VIEW" | "MATERIALIZED VIEW":
            found = schema.views
        case "TYPE":
            found = schema.enum_types
        case "DOMAIN":
            found = schema.domains
        case "SEQUENCE":
            found = schema.sequences
    return tuple(Name(each.namespace, each.name) for each in found)
