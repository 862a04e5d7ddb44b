"""The schema in DBML, the language of dbdiagram.io and of the tools around it.

Source: dbml.dbdiagram.io/docs
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from colonnade.emit.erd.mermaid import is_unique
from colonnade.schema import Column, EnumType, ForeignKey, Index, Schema, Table

_PLAIN_TYPE = re.compile(r"[A-Za-z_]\w*(\(\d+(, ?\d+)*\))?(\[\])*")
_PLAIN_VALUE = re.compile(r"-?\d+(\.\d+)?|true|false|null")
_STRING = re.compile(r"'((?:[^']|'')*)'(?:::[\w\s\"().\[\]]+)?")


def dbml(schema: Schema) -> str:
    """Return every table with its columns, keys, checks and indexes, every enum and every reference."""
    parts = [*(_enum(each) for each in schema.enum_types), *(_table(each) for each in schema.tables)]
    references = list(_references(schema))
    texts = ["\n".join(part) for part in parts]
    return "\n\n".join([*texts, *(["\n".join(references)] if references else [])]) + "\n"


def _enum(enum: EnumType) -> Iterator[str]:
    yield f"Enum {_qualified(enum.namespace, enum.name)} {{"
    yield from (f"  {_name(value)}" for value in enum.values)
    yield "}"


def _table(table: Table) -> Iterator[str]:
    yield f"Table {_qualified(table.namespace, table.name)} {{"
    yield from (f"  {_column(table, column)}" for column in table.columns)
    if table.checks:
        yield ""
        yield "  checks {"
        yield from (f"    {_expression(each.expression)} [name: {_text(each.name)}]" for each in table.checks)
        yield "  }"
    indexes = [*_keys(table), *(_index(each) for each in table.indexes)]
    if indexes:
        yield ""
        yield "  indexes {"
        yield from (f"    {each}" for each in indexes)
        yield "  }"
    if table.comment:
        yield ""
        yield f"  Note: {_text(table.comment)}"
    yield "}"


def _column(table: Table, column: Column) -> str:
    single = table.primary_key is not None and table.primary_key.columns == (column.name,)
    settings = ["pk"] if single else ["not null"] if column.not_null else []
    settings += ["increment"] if column.identity else []
    settings += [f"default: {_default(column.default)}"] if column.default is not None else []
    settings += [f"note: {_text(column.comment)}"] if column.comment else []
    return f"{_name(column.name)} {_type(column.type)}" + (f" [{', '.join(settings)}]" if settings else "")


def _keys(table: Table) -> Iterator[str]:
    """Yield the key of several columns and the unique constraints, which DBML writes as indexes."""
    key = table.primary_key
    if key is not None and len(key.columns) > 1:
        yield f"({', '.join(map(_name, key.columns))}) [pk, name: {_text(key.name)}]"
    for unique in table.uniques:
        yield f"({', '.join(map(_name, unique.columns))}) [unique, name: {_text(unique.name)}]"


def _index(index: Index) -> str:
    """Return an index; what DBML has no word for, such as a predicate, stands in its note."""
    found = (_name(key.column) if key.column else _expression(key.expression) for key in index.keys)
    keys = ", ".join(dict.fromkeys(found))  # DBML refuses a column that is there twice
    settings = [f"name: {_text(index.name)}"]
    settings += ["unique"] if index.unique else []
    settings += [f"type: {index.method}"] if index.method in ("btree", "hash") else []
    notes = [f"USING {index.method}"] if index.method not in ("btree", "hash") else []
    notes += [f"WHERE {index.predicate}"] if index.predicate is not None else []
    settings += [f"note: {_text('; '.join(notes))}"] if notes else []
    return f"({keys}) [{', '.join(settings)}]"


def _references(schema: Schema) -> Iterator[str]:
    """Yield the foreign keys; of two over the same columns the first one, for DBML takes no two."""
    seen: set[object] = set()
    for table in schema.tables:
        for key in table.foreign_keys:
            target = (key.referenced_namespace, key.referenced_table, key.referenced_columns)
            ends = frozenset(((table.namespace, table.name, key.columns), target))
            if ends not in seen:
                seen.add(ends)
                yield _reference(table, key)


def _reference(table: Table, key: ForeignKey) -> str:
    """Return a foreign key: `>` is many to one, `-` one to one."""
    sign = "-" if is_unique(table, key) else ">"
    own = f"{_qualified(table.namespace, table.name)}.({', '.join(map(_name, key.columns))})"
    target = _qualified(key.referenced_namespace, key.referenced_table)
    referenced = f"{target}.({', '.join(map(_name, key.referenced_columns))})"
    settings = [f"delete: {key.on_delete.lower()}"]
    settings += [f"update: {key.on_update.lower()}"] if key.on_update != "NO ACTION" else []
    return f"Ref {_name(key.name)}: {own} {sign} {referenced} [{', '.join(settings)}]"


def _qualified(namespace: str, name: str) -> str:
    return _name(name) if namespace == "public" else f"{_name(namespace)}.{_name(name)}"


def _name(name: str) -> str:
    """Return a name in double quotes, where a backslash and a quote are escaped."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def _type(type_: str) -> str:
    return type_ if _PLAIN_TYPE.fullmatch(type_) else _name(type_)


def _text(text: str) -> str:
    return "'" + " ".join(text.split()).replace("\\", "\\\\").replace("'", "\\'") + "'"


def _expression(expression: str) -> str:
    """Return SQL between backticks, of which it cannot hold one."""
    return "`" + " ".join(expression.split()).replace("`", "'") + "`"


def _default(default: str) -> str:
    found = _STRING.fullmatch(default)
    if found:
        return _text(found[1].replace("''", "'"))
    return default if _PLAIN_VALUE.fullmatch(default) else _expression(default)
