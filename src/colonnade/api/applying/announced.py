"""What a step does to others: what the files that we write say of themselves, else what its statements do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from colonnade.errors import StatementError
from colonnade.models.history import RanStatement
from colonnade.review.plan.acts import Drop, DropColumn, Truncate, Write
from colonnade.review.plan.reading import acts_of
from colonnade.schema.own import ALEMBIC_VERSIONS
from colonnade.span import Span

_SAID = re.compile(r"^\s*(?:#|--) This loses (.+): what is gone cannot be brought back\.$", re.MULTILINE)
_WAITS = re.compile(r"^\s*(?:#|--) ((?:ACCESS|ROW|SHARE|EXCLUSIVE)[A-Z ]* on .+ wait)$", re.MULTILINE)
_OURS = re.compile(r"^def _stages\(\*\*settings|\\gset$", re.MULTILINE)
_FILLED = ("TABLE", "FOREIGN TABLE", "SCHEMA", "DATABASE", "SEQUENCE")


def losses(path: Path, statements: Iterable[RanStatement], *, forwards: bool) -> tuple[str, ...]:
    """Return what is lost, each once.

    A file of ours says where content is lost, and that a column is dropped whose content another one has got is no
    loss; of all others every drop of what holds content counts.
    """
    text = path.read_text(encoding="utf-8")
    if _OURS.search(text):
        return tuple(dict.fromkeys(_SAID.findall(_part(path, text, forwards=forwards))))
    found: list[str] = []
    for statement in statements:
        found += _lost(statement)
    return tuple(dict.fromkeys(found))


def waits(path: Path, *, forwards: bool) -> tuple[str, ...]:
    """Return whom a file of ours says that it makes wait, each once; nothing for all others."""
    text = path.read_text(encoding="utf-8")
    return tuple(dict.fromkeys(_WAITS.findall(_part(path, text, forwards=forwards)))) if _OURS.search(text) else ()


def _part(path: Path, text: str, *, forwards: bool) -> str:
    """Return the function of a revision that runs; a file of SQL is one way only."""
    if path.suffix != ".py":
        return text
    name = "upgrade" if forwards else "downgrade"
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return "\n".join(lines[node.lineno - 1 : node.end_lineno])
    return ""


def _lost(statement: RanStatement) -> Iterator[str]:
    try:
        acts = acts_of(statement.sql, at=Span(path=statement.path, line=statement.line))
    except StatementError:
        return  # the server will refuse it
    for act in acts:
        match act:
            case Drop(kind=kind, names=names) if kind in _FILLED:
                yield from (f"{kind.lower()} {name}" for name in names)
            case DropColumn(table=table, column=column):
                yield f"column {table}.{column}"
            case Truncate(tables=tables):
                yield from (f"rows of {table}" for table in tables)
            case Write(kind="DELETE", table=table) if table.name != ALEMBIC_VERSIONS:
                yield f"rows of {table}"
