"""One spelling for what a catalog prints: settings that change it, and what Postgres itself respells."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

from colonnade.postgres.session import Session
from colonnade.sql.tokens import Token, split_list, tokens, without_parentheses

# What decides how constants and names are printed. `public` is the one namespace that goes without saying.
_SETTINGS = {
    "search_path": "public, pg_temp",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "quote_all_identifiers": "off",
}

_ARRAY_CAST = re.compile(r"""::((?:[a-z_ .] | "(?:[^"]|"")*")+(?:\([\d,]+\))?)\[\]""", re.VERBOSE)


@contextmanager
def canonical(session: Session) -> Iterator[None]:
    """Read one snapshot of the catalog with settings that do not depend on the caller's."""
    with session.rolled_back():
        session.execute(
            "SELECT set_config(name, setting, true) FROM unnest(%s::text[], %s::text[]) AS given (name, setting)",
            (list(_SETTINGS), list(_SETTINGS.values())),
        )
        yield


@functools.lru_cache(maxsize=4096)
def bare(expression: str | None) -> str | None:
    """Return the expression without parentheses around the whole of it, in the spelling that reads back the same."""
    return None if expression is None else without_parentheses(settled(expression))


def settled(expression: str) -> str:
    """Return the expression with the casts of an array moved to its elements.

    `x IN ('a', 'b')` over a varchar prints as `(ARRAY['a'::character varying, …])::text[]`; reading that,
    Postgres casts each element instead. Both mean the same; only the second prints as it was read.
    """
    while "(ARRAY[" in expression and "])::" in expression:
        respelled = _cast_elements(expression)
        if respelled == expression:
            break
        expression = respelled
    return expression


def _cast_elements(expression: str) -> str:
    """Return the expression with the first `(ARRAY[…])::type[]` as `ARRAY[(…)::type, …]`."""
    parts = list(tokens(expression))
    for position, (opening, following) in enumerate(pairwise(parts)):
        if opening.text != "(" or not following.is_word("array"):
            continue
        closing = _closing(parts[position:])
        cast = _ARRAY_CAST.match(expression, closing + 1)
        array = expression[following.end : closing]
        if cast and array.startswith("[") and array.endswith("]"):
            elements = (f"({element})::{cast[1]}" for element in split_list(array[1:-1]))
            return f"{expression[: opening.start]}ARRAY[{', '.join(elements)}]{expression[cast.end() :]}"
    return expression


def _closing(parts: Sequence[Token]) -> int:
    """Return where the parenthesis closes that opens first."""
    depth = 0
    for token in parts:
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "symbol" else 0
        if depth == 0:
            return token.start
    return parts[-1].end
