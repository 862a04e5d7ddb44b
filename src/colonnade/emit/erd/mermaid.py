"""The diagram as Mermaid's erDiagram."""

from __future__ import annotations

import re
from collections.abc import Iterator

from colonnade.schema import ForeignKey, Schema, Table


def mermaid(schema: Schema) -> str:
    """Return the text of an erDiagram: every table with its columns, every foreign key."""
    lines = ["erDiagram"]
    for table in schema.tables:
        lines += _entity(table)
    for table in schema.tables:
        lines += [f"    {_relationship(table, key)}" for key in table.foreign_keys]
    return "\n".join(lines) + "\n"


def is_unique(table: Table, key: ForeignKey) -> bool:
    """Tell whether at most one row of the table refers to each referenced row."""
    columns = set(key.columns)
    keys = [set(unique.columns) for unique in table.uniques]
    keys += [set(table.primary_key.columns)] if table.primary_key else []
    keys += [
        set(index.columns)
        for index in table.indexes
        if index.unique and index.predicate is None and len(index.columns) == len(index.keys)
    ]
    return any(each <= columns for each in keys)


def is_optional(table: Table, key: ForeignKey) -> bool:
    """Tell whether a row may refer to nothing."""
    return not all(table.column(name).not_null for name in key.columns)


def _entity(table: Table) -> Iterator[str]:
    primary = set(table.primary_key.columns) if table.primary_key else set()
    referencing = {name for key in table.foreign_keys for name in key.columns}
    yield f"    {_name(table.name)} {{"
    for column in table.columns:
        marks = [mark for mark, names in (("PK", primary), ("FK", referencing)) if column.name in names]
        mark = " " + ", ".join(marks) if marks else ""
        yield f"        {_word(column.type)} {_word(column.name)}{mark}"
    yield "    }"


def _relationship(table: Table, key: ForeignKey) -> str:
    one = "|o" if is_optional(table, key) else "||"
    many = "o|" if is_unique(table, key) else "o{"
    return f'{_name(key.referenced_table)} {one}--{many} {_name(table.name)} : "{_label(", ".join(key.columns))}"'


def _name(text: str) -> str:
    """Return a name of an entity; Mermaid takes any text but a double quote inside quotes."""
    return text if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text) else f'"{_label(text)}"'


def _word(text: str) -> str:
    """Return a type or attribute as the one word that Mermaid's grammar takes."""
    word = re.sub(r"[^\w\[\](),*-]+", "_", text.replace(",", "-"), flags=re.ASCII).strip("_")
    return word if re.match(r"[A-Za-z_]", word) else f"c_{word}"


def _label(text: str) -> str:
    return text.replace('"', "'").replace("\n", " ")
