"""Whether a default passes the checks of its own attribute, where that can be told without a server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from colonnade.design.checks import ValueCheck
from colonnade.errors import DesignError
from colonnade.spec import Attribute, Entity, ValueType


def refuse_breaking_default(entity: Entity, attribute: Attribute, checks: tuple[ValueCheck, ...]) -> None:
    """Raise DesignError when the default would be refused by a check of its own column."""
    if attribute.default is None or attribute.type.array or attribute.role != "plain":
        return
    topics = {check.topic for check in checks if check.expression}
    for topic, rule in _broken(attribute.type, attribute.default):
        if topic in topics:
            raise DesignError(
                f'default "{attribute.default}" of "{entity.name}.{attribute.name}" breaks its own rule',
                detail=f"The rule is: {rule}.",
                at=next(iter(attribute.at), None),
            )


def _broken(value: ValueType, default: str) -> Iterator[tuple[str, str]]:
    if value.base == "text":
        yield from _broken_text(value, default)
    elif value.base in ("integer", "decimal", "float"):
        try:
            number = Decimal(default)
        except InvalidOperation:
            return
        yield from _broken_number(value, number)


def _broken_text(value: ValueType, default: str) -> Iterator[tuple[str, str]]:
    if value.min_length is not None and len(default) < value.min_length:
        yield "length", f"at least {value.min_length} characters"
    if value.max_length is not None and len(default) > value.max_length:
        yield "length", f"at most {value.max_length} characters"
    if value.trimmed and default != default.strip(" "):
        yield "trimmed", "no spaces around it"
    if value.pattern and not _may_match(value.pattern, default):
        yield "pattern", f"the pattern {value.pattern}"


def _may_match(pattern: str, default: str) -> bool:
    """Tell whether the default matches; a pattern that Python cannot read is left to the server."""
    try:
        return re.search(pattern, default, re.ASCII) is not None
    except re.error:
        return True


def _broken_number(value: ValueType, number: Decimal) -> Iterator[tuple[str, str]]:
    least, most = value.minimum, value.maximum
    if least is not None and (number < least or (number == least and value.exclusive_minimum)):
        yield "range", f"not below {least}"
    if most is not None and (number > most or (number == most and value.exclusive_maximum)):
        yield "range", f"not above {most}"
    if value.multiple_of and number % value.multiple_of != 0:
        yield "multiple", f"a multiple of {value.multiple_of}"
