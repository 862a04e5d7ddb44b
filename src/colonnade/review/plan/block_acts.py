"""The acts that a DO block spells out: its statements, and the commands that it executes as literals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
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
_ENDS = frozenset(("PLpgSQL_stmt_commit", "PLpgSQL_stmt_rollback"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Command:
    """A command of a block, whether it is known as it stands, and in which of the block's transactions it runs."""

    text: str
    known: bool
    part: int


def block_acts(node: Node, read: Callable[[Node], Iterator[Act]]) -> Iterator[Act]:
    """Yield the block itself and then what it spells out; `read` reads a statement of it.

    Offsets count from the beginning of the block's body.
    """
    body, language = _parts(node)
    found = tuple(_statements(body)) if language == "plpgsql" else ()
    opaque = tuple(each.text for each in found if not each.known)
    yield Block(body=body, raises="raise" in body.lower(), words=names(body), opaque=opaque)
    for each in found:
        if each.known:
            place = max(0, body.find(each.text))
            for statement in _parsed(each.text):
                yield from (replace(act, offset=place, part=each.part) for act in read(statement))


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


def _statements(body: str) -> Iterator[_Command]:
    """Yield each SQL command of a PL/pgSQL block."""
    try:
        parsed = postgast.parse_plpgsql(f"DO {literal(body)}")
    except postgast.PgQueryError:
        return  # the server says what is wrong with it
    part = 1
    for each in _commands(parsed):
        if each is None:
            part += 1
        else:
            text, known = each
            yield _Command(text=text, known=known, part=part)


def _commands(value: Any) -> Iterator[tuple[str, bool] | None]:
    """Yield the commands in the parser's answer, in the order of the text; None where a transaction ends."""
    if isinstance(value, list):
        for each in value:
            yield from _commands(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key in _ENDS:
                yield None
            elif key == "PLpgSQL_stmt_dynexecute":
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
