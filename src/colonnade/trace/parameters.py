"""Statements as a driver sends them: `$n` for each value, whatever the driver's own marks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from colonnade.sql.tokens import tokens

_PERCENT = re.compile(r"%%|%s|%\((?P<name>[^)]*)\)s")


def numbered(sql: str, parameters: Mapping[str, object] | Sequence[object], *, style: str) -> str:
    """Return a statement with `$n` for each value, but for booleans, which are written out.

    `style` is the driver's paramstyle: `pyformat` and `format` have the marks of Python's `%`, others `$n` already.
    """
    if style in {"pyformat", "format"}:
        return _of_percents(sql, parameters)
    values = list(parameters) if isinstance(parameters, Sequence) else []
    return _of_dollars(sql, values) if any(isinstance(each, bool) for each in values) else sql


def _of_dollars(sql: str, values: Sequence[object]) -> str:
    texts: list[str] = []
    for token in tokens(sql):
        if texts and texts[-1] == "$" and token.text.isdecimal():
            number = int(token.text)
            texts[-1:] = [_shown(values[number - 1] if 0 < number <= len(values) else None, f"${number}")]
        else:
            texts.append(token.text)
    return "".join(texts)


def _of_percents(sql: str, parameters: Mapping[str, object] | Sequence[object]) -> str:
    numbers: dict[str, int] = {}
    seen = 0

    def mark(found: re.Match[str]) -> str:
        nonlocal seen
        if found[0] == "%%":
            return "%"
        name = found["name"]
        if name is not None and isinstance(parameters, Mapping):
            number = numbers.setdefault(name, len(numbers) + 1)
            return _shown(parameters.get(name), f"${number}")
        seen += 1
        value = parameters[seen - 1] if isinstance(parameters, Sequence) and seen <= len(parameters) else None
        return _shown(value, f"${seen}")

    return _PERCENT.sub(mark, sql)


def _shown(value: object, mark: str) -> str:
    return str(value).lower() if isinstance(value, bool) else mark
