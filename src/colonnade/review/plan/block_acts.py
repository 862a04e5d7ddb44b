"""The acts that a DO block spells out: its statements, and the commands that it executes as literals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import postgast

from colonnade.errors import StatementError
from colonnade.review.plan.acts import Act, Block
from colonnade.review.plan.tree import Node, constant, inner, kind_of, parse, strings
from colonnade.span import Span
from colonnade.sql.literal import literal
from colonnade.sql.tokens import names

_NOWHERE = Span(path="")
_QUERIES = frozenset(("PLpgSQL_stmt_execsql", "PLpgSQL_stmt_perform"))


def block_acts(node: Node, read: Callable[[Node], Iterator[Act]]) -> Iterator[Act]:
    """Yield the block itself and then what it spells out; `read` reads a statement of it.

    Offsets count from the beginning of the block's body.
    """
    body, language = _parts(node)
    found = tuple(_statements(body)) if language == "plpgsql" else ()
    opaque = tuple(text for text, known in found if not known)
    yield Block(body=body, raises="raise" in body.lower(), words=names(body), opaque=opaque)
    for text, known in found:
        if known:
            place = max(0, body.find(text))
            for statement in _parsed(text):
                yield from (replace(act, offset=place) for act in read(statement))


def _parts(node: Node) -> tuple[str, str]:
    body, language = "", "plpgsql"
    for each in node.args:
        option = inner(each)
        value = inner(option.arg)
        if option.defname == "as":
            body = value.sval if kind_of(value) == "String" else "".join(strings(value.items))
        elif option.defname == "language":
            language = str(value.sval)
    return body, language


def _statements(body: str) -> Iterator[tuple[str, bool]]:
    """Yield each SQL command of a PL/pgSQL block, and whether it is known as it stands."""
    try:
        parsed = postgast.parse_plpgsql(f"DO {literal(body)}")
    except postgast.PgQueryError:
        return  # the server says what is wrong with it
    yield from _commands(parsed)


def _commands(value: Any) -> Iterator[tuple[str, bool]]:
    """Yield the commands in the parser's answer, in the order of the text."""
    if isinstance(value, list):
        for each in value:
            yield from _commands(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key == "PLpgSQL_stmt_dynexecute":
                yield _executed(each["query"]["PLpgSQL_expr"]["query"])
            elif key in _QUERIES:
                expression = each.get("sqlstmt") or each.get("expr")
                yield expression["PLpgSQL_expr"]["query"], True
            else:
                yield from _commands(each)


def _executed(expression: str) -> tuple[str, bool]:
    """Return the command that EXECUTE runs: known when the expression is a single literal."""
    parsed = _parsed(f"SELECT {expression}")
    targets = list(parsed[0].target_list) if parsed else []
    text = constant(inner(targets[0]).val) if len(targets) == 1 else None
    return (text, True) if text is not None else (expression, False)


def _parsed(text: str) -> tuple[Node, ...]:
    """Return the trees of a command; none for what only runs with the block's variables in place."""
    try:
        return parse(text, at=_NOWHERE)
    except StatementError:
        return ()
