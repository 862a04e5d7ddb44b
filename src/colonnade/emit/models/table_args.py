"""`__table_args__`: every constraint and index of a table, under its name."""

from __future__ import annotations

import re
from dataclasses import replace

from colonnade.emit.models.code import Call, Entries, Items, Keyword, Node, Text, call, items
from colonnade.errors import UnsupportedError
from colonnade.schema import Check, Column, Exclusion, ForeignKey, Index, IndexKey, PrimaryKey, Table, Unique
from colonnade.sql.identifier import quote

# What SQLAlchemy's text takes for a parameter, and the backslash that says it is none.
_PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w+(?!:))|(?<=\\):(?=[\w$]*(?![:\w$]))")

_FUNCTION_CALL = re.compile(r"[a-z_]\w*\((?:[^()']|'[^']*')*\)\Z")


def sql_text(expression: str) -> Text:
    """Return the SQL as SQLAlchemy reads it literally: a colon before a word is no parameter."""
    return Text(_PARAMETER.sub(r"\\:", expression))


def table_args(table: Table) -> Items | None:
    """Return the value of `__table_args__`, None when the table has nothing to say."""
    parts: list[Node] = []
    if table.primary_key is not None:
        parts.append(_primary_key(table.primary_key))
    parts += [_unique(each) for each in table.uniques]
    parts += [_check(each) for each in table.checks]
    parts += [_foreign_key(each) for each in table.foreign_keys]
    parts += [_exclusion(each) for each in table.exclusions]
    parts += [_index(each) for each in table.indexes]
    options: list[tuple[Text, Node]] = []
    if table.namespace != "public":
        options.append((Text("schema"), Text(table.namespace)))
    if table.comment is not None:
        options.append((Text("comment"), Text(table.comment)))
    if table.partition_key is not None:
        key = (
            f"{table.partition_key.strategy} ({', '.join(_partition_key(table, k) for k in table.partition_key.keys)})"
        )
        options.append((Text("postgresql_partition_by"), Text(key)))
    info: list[tuple[Text, Node]] = [(Text("external"), "True")] if table.external else []
    if table.force_row_security:
        info.append((Text("row_security"), Text("forced")))  # what colonnade.runtime compares the database with
    if info:
        options.append((Text("info"), Entries(tuple(info))))
    parts += [Entries(tuple(options))] if options else []
    return items(parts) if parts else None


def generated_column(column: Column) -> Call:
    """Return `Computed` for a generated column."""
    return call("sa.Computed", sql_text(column.generated or ""), persisted="True" if column.stored else "False")


def identity_column(column: Column) -> Call:
    """Return `Identity` for an identity column, with what differs from the defaults."""
    options = column.identity_options
    said = {
        "start": options.start if options.start != options.usual_start else None,
        "increment": options.increment if options.increment != 1 else None,
        "minvalue": options.minimum,
        "maxvalue": options.maximum,
        "cache": options.cache if options.cache != 1 else None,
    }
    return call(
        "sa.Identity",
        always="True" if column.identity == "ALWAYS" else None,
        **{name: None if value is None else str(value) for name, value in said.items()},
        cycle="True" if options.cycle else None,
    )


def _partition_key(table: Table, key: str) -> str:
    """Return a partition key: a column's name quoted, an expression in parentheses."""
    if table.has_column(key):
        return quote(key)
    return key if key.startswith("(") else f"({key})"


def _primary_key(key: PrimaryKey) -> Node:
    return call("sa.PrimaryKeyConstraint", *map(Text, key.columns), name=Text(key.name))


def _unique(unique: Unique) -> Node:
    return _with(
        call("sa.UniqueConstraint", *map(Text, unique.columns), name=Text(unique.name)),
        *_deferring(deferrable=unique.deferrable, initially_deferred=unique.initially_deferred),
        ("postgresql_nulls_not_distinct", "True" if unique.nulls_not_distinct else None),
    )


def _check(check: Check) -> Node:
    return _with(
        call("sa.CheckConstraint", sql_text(check.expression), name=Text(check.name)),
        ("postgresql_not_valid", None if check.validated else "True"),
    )


def _foreign_key(key: ForeignKey) -> Node:
    prefix = "" if key.referenced_namespace == "public" else f"{key.referenced_namespace}."
    names = (key.referenced_namespace, key.referenced_table, *key.referenced_columns)
    if any("." in name for name in names):
        raise UnsupportedError(
            f'foreign key "{key.name}" references a name with a dot',
            detail="SQLAlchemy takes the dot for the end of the table's name.",
            hint="Name the table and column without a dot.",
        )
    referenced = [Text(f"{prefix}{key.referenced_table}.{name}") for name in key.referenced_columns]
    on_delete: str | None = key.on_delete if key.on_delete != "NO ACTION" else None
    if key.on_delete_columns:
        on_delete = f"{key.on_delete} ({', '.join(quote(name) for name in key.on_delete_columns)})"
    return _with(
        call(
            "sa.ForeignKeyConstraint",
            items([Text(name) for name in key.columns], "[]"),
            items(referenced, "[]"),
            name=Text(key.name),
        ),
        ("ondelete", Text(on_delete) if on_delete else None),
        ("onupdate", Text(key.on_update) if key.on_update != "NO ACTION" else None),
        *_deferring(deferrable=key.deferrable, initially_deferred=key.initially_deferred),
        ("postgresql_not_valid", None if key.validated else "True"),
    )


def _exclusion(exclusion: Exclusion) -> Node:
    elements = [items([call("sa.text", sql_text(each.expression)), Text(each.operator)]) for each in exclusion.elements]
    return _with(
        call("pg.ExcludeConstraint", *elements, name=Text(exclusion.name)),
        ("using", Text(exclusion.method)),
        ("where", call("sa.text", sql_text(exclusion.predicate)) if exclusion.predicate else None),
        *_deferring(deferrable=exclusion.deferrable, initially_deferred=exclusion.initially_deferred),
    )


def _index(index: Index) -> Node:
    classes = [
        (Text(key.column), Text(key.operator_class))
        for key in index.keys
        if _plain(replace(key, operator_class="")) and key.operator_class
    ]
    return _with(
        call("sa.Index", Text(index.name), *(_index_key(key) for key in index.keys)),
        ("unique", "True" if index.unique else None),
        ("postgresql_using", Text(index.method) if index.method != "btree" else None),
        ("postgresql_ops", Entries(tuple(classes)) if classes else None),
        ("postgresql_include", items([Text(name) for name in index.include], "[]") if index.include else None),
        ("postgresql_where", call("sa.text", sql_text(index.predicate)) if index.predicate is not None else None),
        ("postgresql_with", _parameters(index.storage_parameters)),
        ("postgresql_nulls_not_distinct", "True" if index.nulls_not_distinct else None),
    )


def _index_key(key: IndexKey) -> Node:
    """Return a key: the column's name where that says everything, else its SQL."""
    if _plain(replace(key, operator_class="")):
        return Text(key.column)
    sql = quote(key.column) if key.column else _key_expression(key.expression)
    sql += f" COLLATE {_collation(key.collation)}" if key.collation else ""
    sql += f" {key.operator_class}" if key.operator_class else ""
    sql += " DESC" if key.descending else ""
    if key.nulls_first is not None:
        sql += " NULLS FIRST" if key.nulls_first else " NULLS LAST"
    return call("sa.text", sql_text(sql))


def _key_expression(expression: str) -> str:
    """Return the expression in the parentheses that anything but a function call needs."""
    return expression if _FUNCTION_CALL.match(expression) else f"({expression})"


def _plain(key: IndexKey) -> bool:
    return key == IndexKey(column=key.column) and bool(key.column)


def _collation(name: str) -> str:
    """Return the collation as an identifier."""
    return '"' + name.replace('"', '""') + '"'


def _parameters(parameters: tuple[tuple[str, str], ...]) -> Node | None:
    """Return storage parameters as a dictionary."""
    return Entries(tuple((Text(name), Text(value)) for name, value in parameters)) if parameters else None


def _deferring(*, deferrable: bool, initially_deferred: bool) -> tuple[tuple[str, Node | None], ...]:
    """Return when the constraint is checked."""
    return (
        ("deferrable", "True" if deferrable else None),
        ("initially", Text("DEFERRED") if initially_deferred else None),
    )


def _with(made: Call, *keywords: tuple[str, Node | None]) -> Call:
    """Return the call with further keywords, without those that are None."""
    named = tuple(Keyword(name, value) for name, value in keywords if value is not None)
    return replace(made, arguments=(*made.arguments, *named))
