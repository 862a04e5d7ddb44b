"""Long conditions on several lines."""

from __future__ import annotations

from colonnade.sql.tokens import tokens

_WIDE = 100


def wrapped(condition: str, *, indent: str) -> str:
    """Return a long condition with each AND or OR that stands in no parentheses on a line of its own, indented so.

    A condition that fits, or that was written on several lines, stays as it is. Only spaces change.
    """
    if len(indent) + len(condition) <= _WIDE or "\n" in condition:
        return condition
    lines: list[str] = []
    start = depth = 0
    in_between = False
    for token in tokens(condition):
        if token.kind == "symbol":
            depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth or token.kind != "word":
            continue
        if token.name in ("and", "or") and not in_between:
            lines.append(condition[start : token.start].rstrip())
            start = token.start
        # The AND of a BETWEEN joins no conditions.
        in_between = token.name == "between" or (in_between and token.name != "and")
    return f"\n{indent}".join([*lines, condition[start:]])
