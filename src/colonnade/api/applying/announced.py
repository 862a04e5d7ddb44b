"""What a step does to others: what the files that we write say of themselves, and what else its statements do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

from colonnade.api.texts import read_text
from colonnade.models.history import RanStatement
from colonnade.review.plan.destroyed import destroyed
from colonnade.span import Span

_SAID = re.compile(r"^\s*(?:#|--) This loses (.+): what is gone cannot be brought back\.$", re.MULTILINE)
_DROPPED = re.compile(r"^\s*(?:#|--) This drops (.+)\.$", re.MULTILINE)
_WAITS = re.compile(r"^\s*(?:#|--) ((?:ACCESS|ROW|SHARE|EXCLUSIVE)[A-Z ]* on .+ wait)$", re.MULTILINE)
_OURS = re.compile(r"^def _stages\(\*\*settings|\\gset$", re.MULTILINE)


def losses(path: Path, statements: Iterable[RanStatement], *, forwards: bool) -> tuple[str, ...]:
    """Return what is lost, each once: what the file says that it loses, and what is dropped without a word of it.

    A file of ours names all that it drops, be it a loss or not: a column whose content another one has got is none.
    Any other drop of what holds content counts, one that somebody has added to a file of ours, too.
    """
    text = _part(path, read_text(path), forwards=forwards)
    named = frozenset(_DROPPED.findall(text))
    found = _SAID.findall(text)
    for statement in statements:
        dropped = destroyed(statement.sql, at=Span(path=statement.path, line=statement.line))
        found += [each for each in dropped if each not in named]
    return tuple(dict.fromkeys(found))


def waits(path: Path, *, forwards: bool) -> tuple[str, ...]:
    """Return whom a file of ours says that it makes wait, each once; nothing for all others."""
    text = read_text(path)
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
