"""The columns of a table, aligned as a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from colonnade.emit.ddl.sequences import identity_clause
from colonnade.schema import Column
from colonnade.sql.identifier import quote
from colonnade.sql.tokens import tokens

_NOT_IN_DEFAULT = frozenset(
    {"and", "at", "between", "collate", "ilike", "in", "is", "isnull", "like", "not", "notnull", "or", "similar"}
)


def column_lines(columns: tuple[Column, ...]) -> list[str]:
    """Return one line a column: name, type, then what else is said, each in its own place."""
    names = [quote(column.name) for column in columns]
    types = [_type(column) for column in columns]
    name_width = max(map(len, names), default=0)
    # A line without further words does not make the others wait for its long type.
    type_width = max((len(kind) for kind, column in zip(types, columns, strict=True) if _rest(column)), default=0)
    return [
        f"{name:{name_width}} {kind:{type_width}} {_rest(column)}".rstrip()
        for name, kind, column in zip(names, types, columns, strict=True)
    ]


def _type(column: Column) -> str:
    return f"{column.type} COLLATE {quote_collation(column.collation)}" if column.collation else column.type


def _rest(column: Column) -> str:
    parts = []
    if column.identity:
        parts.append(identity_clause(column.identity, column.identity_options))
    if column.generated is not None:
        parts.append(f"GENERATED ALWAYS AS ({column.generated}) {'STORED' if column.stored else 'VIRTUAL'}")
    if column.not_null_name:
        parts.append(f"CONSTRAINT {quote(column.not_null_name)} NOT NULL")
    elif column.not_null and not column.identity:  # an identity column is NOT NULL anyway
        parts.append("NOT NULL")
    if column.default is not None:
        parts.append(f"DEFAULT {default_expression(column.default)}")
    return " ".join(parts)


def column_settings(identifier: str, before: Column, after: Column) -> list[str]:
    """Return what makes the settings of a column of the table those of the other one, one statement each."""
    found = []
    if before.storage != after.storage:
        found.append(f"SET STORAGE {after.storage or 'DEFAULT'}")
    if before.compression != after.compression:
        found.append(f"SET COMPRESSION {after.compression or 'DEFAULT'}")
    if before.statistics_target != after.statistics_target:
        found.append(f"SET STATISTICS {after.statistics_target}")
    olds, news = dict(before.options), dict(after.options)
    changed = [f"{name} = {value}" for name, value in news.items() if olds.get(name) != value]
    found += [f"SET ({', '.join(changed)})"] if changed else []
    removed = [name for name in olds if name not in news]
    found += [f"RESET ({', '.join(removed)})"] if removed else []
    return [f"ALTER TABLE {identifier} ALTER COLUMN {quote(after.name)} {each}" for each in found]


def first_column_settings(identifier: str, columns: Iterable[Column]) -> list[str]:
    """Return what gives new columns of the table their settings."""
    return [text for each in columns for text in column_settings(identifier, _without_settings(each), each)]


def _without_settings(column: Column) -> Column:
    return replace(column, storage="", compression="", statistics_target=-1, options=())


def default_expression(text: str) -> str:
    """Return the expression as DEFAULT takes it: what is no `b_expr` of the grammar needs parentheses."""
    depth = 0
    for token in tokens(text):
        if token.kind == "symbol":
            depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0 and token.kind == "word" and token.name in _NOT_IN_DEFAULT:
            return f"({text})"
    return text


def quote_collation(name: str) -> str:
    """Return the collation as an identifier; quoted always, because most names are (`"C"`)."""
    return '"' + name.replace('"', '""') + '"'
