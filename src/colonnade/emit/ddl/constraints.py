"""Constraints as they stand in CREATE TABLE and ALTER TABLE."""

from __future__ import annotations

from typing import assert_never

from colonnade.emit.ddl.wrapping import wrapped
from colonnade.schema import Check, Constraint, Exclusion, ForeignKey, PrimaryKey, Unique
from colonnade.sql.identifier import qualified, quote

_WIDE = 100


def constraint_clause(constraint: Constraint, *, indent: str = "    ") -> str:
    """Return `CONSTRAINT name …`, on two lines when it is long, the second one indented so."""
    head = f"CONSTRAINT {quote(constraint.name)}"
    body = constraint_body(constraint)
    one_line = f"{head} {body}"
    if len(one_line) <= _WIDE:
        return one_line
    if isinstance(constraint, Check):
        deeper = indent + " " * 4
        body = f"CHECK ({wrapped(constraint.expression, indent=deeper)}){_validity(constraint)}"
    return f"{head}\n{indent}{body}"


def constraint_body(constraint: Constraint) -> str:
    """Return what stands after the constraint's name."""
    match constraint:
        case PrimaryKey():
            return f"PRIMARY KEY ({column_list(constraint.columns)})"
        case Unique():
            nulls = "NULLS NOT DISTINCT " if constraint.nulls_not_distinct else ""
            return f"UNIQUE {nulls}({column_list(constraint.columns)}){_deferral(constraint)}"
        case Check():
            return f"CHECK ({constraint.expression}){_validity(constraint)}"
        case ForeignKey():
            return _foreign_key(constraint)
        case Exclusion():
            elements = ", ".join(f"{element.expression} WITH {element.operator}" for element in constraint.elements)
            where = f" WHERE ({constraint.predicate})" if constraint.predicate is not None else ""
            return f"EXCLUDE USING {quote(constraint.method)} ({elements}){where}{_deferral(constraint)}"
        case _:
            assert_never(constraint)


def column_list(columns: tuple[str, ...]) -> str:
    """Return the columns as identifiers, with commas."""
    return ", ".join(quote(column) for column in columns)


def _foreign_key(key: ForeignKey) -> str:
    target = qualified(key.referenced_namespace, key.referenced_table)
    text = f"FOREIGN KEY ({column_list(key.columns)}) REFERENCES {target} ({column_list(key.referenced_columns)})"
    if key.on_delete != "NO ACTION":
        text += f" ON DELETE {key.on_delete}"
        text += f" ({column_list(key.on_delete_columns)})" if key.on_delete_columns else ""
    if key.on_update != "NO ACTION":
        text += f" ON UPDATE {key.on_update}"
    return text + _deferral(key) + _validity(key)


def _deferral(constraint: Unique | ForeignKey | Exclusion) -> str:
    if not constraint.deferrable:
        return ""
    return " DEFERRABLE INITIALLY DEFERRED" if constraint.initially_deferred else " DEFERRABLE"


def _validity(constraint: Check | ForeignKey) -> str:
    return "" if constraint.validated else " NOT VALID"
