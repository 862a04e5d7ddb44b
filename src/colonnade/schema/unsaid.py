"""What a database holds and a schema cannot say: phrases that name it, for a person to read."""

from __future__ import annotations

import re
from collections.abc import Iterable

from colonnade.schema.schema import Schema
from colonnade.schema.tables import Table
from colonnade.schema.types import Sequence, View
from colonnade.sql.identifier import quote


def surviving(before: Schema, after: Schema) -> tuple[str, ...]:
    """Return what the first schema cannot say, but for what goes with a relation that the second has not."""
    gone = [_as_said(name) for name in _relations(before) - _relations(after)]
    return tuple(note for note in before.unsaid if not _is_about(note, gone))


def _relations(schema: Schema) -> set[tuple[str, str]]:
    kinds: tuple[Iterable[Table | View | Sequence], ...] = (schema.tables, schema.views, schema.sequences)
    return {(each.namespace, each.name) for kind in kinds for each in kind}


def _as_said(name: tuple[str, str]) -> str:
    return ".".join(map(quote, name))


def _is_about(note: str, relations: Iterable[str]) -> bool:
    """Tell whether a phrase names one of the relations, or a column or the like of it."""
    return any(re.search(rf"(?:^|[ ,(]){re.escape(each)}(?:$|[ ,.)])", note) for each in relations)
