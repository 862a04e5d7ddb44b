"""Stages that stop a plan before it changes anything, where the stored rows do not let it end well."""

from __future__ import annotations

from dataclasses import replace

from colonnade.migrate.stage import Stage, stage
from colonnade.schema import Check, ForeignKey, Table
from colonnade.schema.members import Relation
from colonnade.sql.identifier import qualified, quote
from colonnade.sql.literal import literal


def refuse_rows(table: Table, condition: str, problem: str, hint: str, *, done: str) -> Stage:
    """Return a stage that fails where a row of the table meets the condition."""
    return _refusal(f"SELECT FROM {table.identifier} WHERE {condition}", problem, hint, done=done)


def refuse_nulls(table: Table, column: str, *, done: str) -> Stage:
    """Return a stage that fails where a column is NULL in a row."""
    name = f"{table.identifier}.{quote(column)}"
    hint = f"Give {name} a value in these rows first."
    return refuse_rows(table, f"{quote(column)} IS NULL", f"{name} is NULL in stored rows", hint, done=done)


def refuse_violations(table: Table, check: Check, *, done: str) -> Stage:
    """Return a stage that fails where a row does not pass a CHECK."""
    problem = f"stored rows of {table.identifier} violate {quote(check.name)}"
    return refuse_rows(table, f"NOT ({check.expression})", problem, "Correct these rows first.", done=done)


def refuse_orphans(table: Table, key: ForeignKey, *, done: str) -> Stage:
    """Return a stage that fails where a row references another one that is not there."""
    target = qualified(key.referenced_namespace, key.referenced_table)
    pairs = zip(key.columns, key.referenced_columns, strict=True)
    joined = " AND ".join(f"r.{quote(theirs)} = t.{quote(ours)}" for ours, theirs in pairs)
    given = " AND ".join(f"t.{quote(column)} IS NOT NULL" for column in key.columns)
    rows = f"SELECT FROM {table.identifier} t WHERE {given} AND NOT EXISTS (SELECT FROM {target} r WHERE {joined})"  # noqa: S608 - quoted
    problem = f"stored rows of {table.identifier} reference rows of {target} that do not exist"
    return _refusal(rows, problem, "Correct or delete these rows first.", done=done)


def refuse_duplicates(
    table: Relation, keys: tuple[str, ...], *, predicate: str | None, nulls_distinct: bool, done: str
) -> Stage:
    """Return a stage that fails where two rows have the same keys, which are SQL expressions."""
    conditions = [f"({predicate})"] if predicate is not None else []
    conditions += [f"{key} IS NOT NULL" for key in keys] if nulls_distinct else []
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    listed = ", ".join(keys)
    rows = f"SELECT FROM {table.identifier}{where} GROUP BY {listed} HAVING count(*) > 1"
    problem = f"stored rows of {table.identifier} have the same ({listed})"
    return _refusal(rows, problem, "Merge or correct these rows first.", done=done)


def _refusal(rows: str, problem: str, hint: str, *, done: str) -> Stage:
    text = (
        "DO $check$\nBEGIN\n"
        f"    IF EXISTS ({rows}) THEN\n"
        f"        RAISE EXCEPTION USING MESSAGE = {literal(problem)}, HINT = {literal(hint)},\n"
        "            ERRCODE = 'integrity_constraint_violation';\n"
        "    END IF;\nEND\n$check$"
    )
    return replace(stage(f"? {problem}", text, done=done), kind="check")
