"""The statements for changes of columns."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.emit.ddl.columns import column_lines, column_settings, default_expression, quote_collation
from colonnade.emit.ddl.sequences import identity_clause, identity_sequence
from colonnade.migrate.sequences import identity_statements
from colonnade.schema import Column, Table
from colonnade.schema import changes as c
from colonnade.sql.identifier import chosen_name, qualified, quote

ColumnChange = (
    c.AlterColumnType
    | c.SetColumnDefault
    | c.SetNotNull
    | c.DropNotNull
    | c.RenameNotNull
    | c.SetIdentity
    | c.SetIdentityOptions
    | c.SetGenerationExpression
    | c.SetColumnSettings
)


def add_column(table: Table, column: Column) -> str:
    """Return ALTER TABLE … ADD COLUMN."""
    (line,) = column_lines((column,))
    return f"ALTER TABLE {table.identifier} ADD COLUMN {line}"


def drop_column(table: Table, column: Column) -> str:
    """Return ALTER TABLE … DROP COLUMN."""
    return f"ALTER TABLE {table.identifier} DROP COLUMN {quote(column.name)}"


def column_statements(change: ColumnChange) -> tuple[str, ...]:
    """Return what changes one column."""
    table = change.table
    match change:
        case c.AlterColumnType(before=before, after=after):
            collation = f" COLLATE {quote_collation(after.collation)}" if after.collation else ""
            using = f" USING {change.using}" if change.using else ""
            return (_alter(table, before.name, f"TYPE {after.type}{collation}{using}"),)
        case c.SetColumnDefault(column=name, default=default):
            said = "DROP DEFAULT" if default is None else f"SET DEFAULT {default_expression(default)}"
            return (_alter(table, name, said),)
        case c.SetNotNull(after=after):
            return (_set_not_null(table, after),)
        case c.SetColumnSettings(before=before, after=after):
            return (*column_settings(table.identifier, before, after), *_compressed_alike(table, before, after))
        case c.DropNotNull(before=before):
            return (_alter(table, before.name, "DROP NOT NULL"),)
        case c.RenameNotNull(before=before, after=after):
            old, new = (_not_null_name(table, each) for each in (before, after))
            return (f"ALTER TABLE {table.identifier} RENAME CONSTRAINT {old} TO {new}",)
        case c.SetGenerationExpression(after=after) if after.generated is None:
            return (_alter(table, after.name, "DROP EXPRESSION"),)
        case c.SetGenerationExpression(after=after):
            return (_alter(table, after.name, f"SET EXPRESSION AS ({after.generated})"),)
        case c.SetIdentity():
            return _identity(change)
        case c.SetIdentityOptions(before=before, after=after):
            return tuple(identity_statements(table, before, after))
    raise AssertionError(change)


def _compressed_alike(table: Table, before: Column, after: Column) -> Iterator[str]:
    """Yield what compresses the values in partitions as in their table, which no statement on the table does."""
    if before.compression != after.compression:
        for part in table.partitions:
            name = qualified(table.namespace, part.name)
            kind = after.compression or "DEFAULT"
            yield f"ALTER TABLE {name} ALTER COLUMN {quote(after.name)} SET COMPRESSION {kind}"


def _set_not_null(table: Table, after: Column) -> str:
    if not after.not_null_name:
        return _alter(table, after.name, "SET NOT NULL")
    return f"ALTER TABLE {table.identifier} ADD CONSTRAINT {quote(after.not_null_name)} NOT NULL {quote(after.name)}"


def _not_null_name(table: Table, column: Column) -> str:
    return quote(column.not_null_name or chosen_name(table.name, column.name, "not_null"))


def _identity(change: c.SetIdentity) -> tuple[str, ...]:
    table, before, after = change.table, change.before, change.after
    if not after.identity:
        return (_alter(table, after.name, "DROP IDENTITY"),)
    if before.identity:
        return (_alter(table, after.name, f"SET GENERATED {after.identity}"),)
    # The new sequence must not give out values that rows have already.
    sequence = identity_sequence(table.identifier, after.name)
    options = after.identity_options
    last, further = ("max", "greatest") if options.increment > 0 else ("min", "least")
    following = f"{further}({last}({quote(after.name)}) + {options.increment}, {options.start})"
    return (
        _alter(table, after.name, f"ADD {identity_clause(after.identity, options)}"),
        f"SELECT setval({sequence}, {following}, false) FROM {table.identifier}",  # noqa: S608 - quoted names
    )


def _alter(table: Table, column: str, what: str) -> str:
    return f"ALTER TABLE {table.identifier} ALTER COLUMN {quote(column)} {what}"
