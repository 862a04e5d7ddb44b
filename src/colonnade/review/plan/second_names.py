"""Views by which code reads and writes a table under another name."""

from __future__ import annotations

import re

from colonnade.schema import Column, Schema, View
from colonnade.sql.identifier import parts

_NAME = r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)'
_COLUMN = rf"{_NAME}(?: AS {_NAME})?"
# As pg_get_viewdef prints them.
_PLAIN = re.compile(rf"\s*SELECT\s+({_COLUMN}(?:,\s+{_COLUMN})*)\s+FROM\s+((?:{_NAME}\.)?{_NAME});?\s*")
_SHOWN = re.compile(rf"({_NAME})(?: AS {_NAME})?")


def is_second_name(view: View, schema: Schema) -> bool:
    """Tell whether a view shows rows of one table as they are, with every column that an INSERT must give."""
    found = _PLAIN.fullmatch(view.definition)
    if found is None or view.materialized:
        return False
    *namespace, name = parts(found[2])
    table = schema.find_table(name, namespace=namespace[0] if namespace else "public")
    if table is None:
        return False
    shown = {parts(each[1])[0] for each in _SHOWN.finditer(found[1])}
    return all(column.name in shown for column in table.columns if _must_be_given(column))


def _must_be_given(column: Column) -> bool:
    return column.not_null and column.default is None and column.generated is None and not column.identity
