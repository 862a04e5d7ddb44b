"""The data dictionary: what is to be said of each table, before it becomes Markdown or HTML."""

from colonnade.emit.dictionary.entries import (
    ColumnEntry,
    ConstraintEntry,
    GroupedDecision,
    IndexEntry,
    ProgramEntry,
    RelationshipEntry,
    TableEntry,
)
from colonnade.emit.dictionary.reading import Dictionary, dictionary

__all__ = [
    "ColumnEntry",
    "ConstraintEntry",
    "Dictionary",
    "GroupedDecision",
    "IndexEntry",
    "ProgramEntry",
    "RelationshipEntry",
    "TableEntry",
    "dictionary",
]
