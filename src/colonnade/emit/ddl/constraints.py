"""Constraints as they stand in CREATE TABLE and ALTER TABLE."""

from __future__ import annotations

import re
from typing import assert_never

from colonnade.emit.ddl.wrapping import wrapped
from colonnade.schema import Check, Constraint, Exclusion, ForeignKey, PrimaryKey, Unique
from colonnade.sql.identifier import qualified, quote
from colonnade.sql.literal import literal

_WIDE = 100
_PLAIN_SETTING = re.compile(r"[a-z_]+\Z|-?[0-9]+(\.[0-9]+)?\Z")


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
            return f"PRIMARY KEY {_key(constraint)}"
        case Unique():
            nulls = "NULLS NOT DISTINCT " if constraint.nulls_not_distinct else ""
            return f"UNIQUE {nulls}{_key(constraint)}"
        case Check():
            return f"CHECK ({constraint.expression}){_validity(constraint)}"
        case ForeignKey():
            return _foreign_key(constraint)
        case Exclusion():
            elements = ", ".join(f"{element.expression} WITH {element.operator}" for element in constraint.elements)
            where = f" WHERE ({constraint.predicate})" if constraint.predicate is not None else ""
            index = f"{_include(constraint)}{settings_clause(constraint.storage_parameters)}"
            return f"EXCLUDE USING {quote(constraint.method)} ({elements}){index}{where}{_deferral(constraint)}"
        case _:
            assert_never(constraint)


def column_list(columns: tuple[str, ...]) -> str:
    """Return the columns as identifiers, with commas."""
    return ", ".join(quote(column) for column in columns)


def _key(key: PrimaryKey | Unique) -> str:
    """Return what stands behind PRIMARY KEY and UNIQUE."""
    overlaps = " WITHOUT OVERLAPS" if key.without_overlaps else ""
    index = f"{_include(key)}{settings_clause(key.storage_parameters)}"
    return f"({column_list(key.columns)}{overlaps}){index}{_deferral(key)}"


def _include(constraint: PrimaryKey | Unique | Exclusion) -> str:
    return f" INCLUDE ({column_list(constraint.include)})" if constraint.include else ""


def _period_list(columns: tuple[str, ...], *, period: bool) -> str:
    """Return the columns with PERIOD before the last one, if it is one."""
    if not period:
        return column_list(columns)
    return ", ".join([*map(quote, columns[:-1]), f"PERIOD {quote(columns[-1])}"])


def _foreign_key(key: ForeignKey) -> str:
    target = qualified(key.referenced_namespace, key.referenced_table)
    own, other = (_period_list(each, period=key.period) for each in (key.columns, key.referenced_columns))
    text = f"FOREIGN KEY ({own}) REFERENCES {target} ({other}){' MATCH FULL' if key.match_full else ''}"
    if key.on_delete != "NO ACTION":
        text += f" ON DELETE {key.on_delete}"
        text += f" ({column_list(key.on_delete_columns)})" if key.on_delete_columns else ""
    if key.on_update != "NO ACTION":
        text += f" ON UPDATE {key.on_update}"
    return text + _deferral(key) + _validity(key)


def _deferral(constraint: PrimaryKey | Unique | ForeignKey | Exclusion) -> str:
    if not constraint.deferrable:
        return ""
    return " DEFERRABLE INITIALLY DEFERRED" if constraint.initially_deferred else " DEFERRABLE"


def _validity(constraint: Check | ForeignKey) -> str:
    inherited = " NO INHERIT" if isinstance(constraint, Check) and constraint.no_inherit else ""
    if not constraint.enforced:
        return f"{inherited} NOT ENFORCED"
    return inherited if constraint.validated else f"{inherited} NOT VALID"


def settings(parameters: tuple[tuple[str, str], ...]) -> str:
    """Return storage parameters as they stand between parentheses."""
    return ", ".join(f"{name} = {_setting(value)}" for name, value in parameters)


def settings_clause(parameters: tuple[tuple[str, str], ...]) -> str:
    """Return WITH and the storage parameters, nothing where there are none."""
    return f" WITH ({settings(parameters)})" if parameters else ""


def _setting(value: str) -> str:
    return value if _PLAIN_SETTING.match(value) else literal(value)
