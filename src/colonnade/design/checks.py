"""The CHECK constraints that the values of one attribute need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from colonnade.errors import DesignError
from colonnade.schema import Column, Function
from colonnade.spec import Attribute, Entity, ValueType
from colonnade.sql.identifier import quote
from colonnade.sql.literal import literal
from colonnade.sql.pattern import UntranslatableError, translate

_LIMITS = {"smallint": 16, "integer": 32, "bigint": 64}
_LONGEST_TEXT = 10_485_760
"""Characters that a varchar can be limited to; a longer limit limits nothing."""
EMAIL_PATTERN = r"^[^@\s]+@[^@\s]+$"
"""What an e-mail address without a pattern of its own has to match."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueCheck:
    """A check on one column: what it is called after, its expression, the function it needs and why it exists.

    Without an expression it is a rule that Postgres cannot hold, and `reason` says why.
    """

    topic: str
    expression: str
    reason: str
    function: Function | None = None


def value_checks(entity: Entity, attribute: Attribute, column: Column, *, is_enum_type: bool) -> Iterator[ValueCheck]:
    """Yield the checks of a column; none that its type says already.

    Raises DesignError for bounds that let nothing in.
    """
    if attribute.role == "password":
        yield from _password(attribute)
        return
    if attribute.role in ("created", "updated", "deleted", "version", "computed"):
        return
    _refuse_contradiction(entity, attribute)
    name = quote(column.name)
    if attribute.type.array:
        yield from _array(attribute.type, column, name)
    elif attribute.type.base == "text":
        yield from _text(attribute.type, name)
    elif attribute.type.base == "enum":
        yield from () if is_enum_type else _enum(attribute.type, name)
    elif attribute.type.base in ("integer", "decimal", "float"):
        yield from _number(attribute.type, column, name)
    elif attribute.type.base == "json":
        yield from _json(attribute.type, name)


def _password(attribute: Attribute) -> Iterator[ValueCheck]:
    value = attribute.type
    if value.min_length is not None or value.max_length is not None or value.pattern:
        yield ValueCheck(
            topic="password",
            expression="",
            reason="Only its hash is stored, so the length and form of the password are checked before it is hashed.",
        )


def _refuse_contradiction(entity: Entity, attribute: Attribute) -> None:
    value = attribute.type
    pairs: tuple[tuple[str, Decimal | int | None, Decimal | int | None], ...] = (
        ("length", *_lengths(value)),
        ("number of elements", value.array_min, value.array_max),
        ("value", value.minimum, value.maximum),
    )
    for what, least, most in pairs:
        if least is None or most is None:
            continue
        empty = least > most or (
            what == "value" and least == most and (value.exclusive_minimum or value.exclusive_maximum)
        )
        if empty:
            raise DesignError(
                f'no value of "{entity.name}.{attribute.name}" meets its bounds',
                detail=f"The least {what} is {least} and the greatest is {most}.",
                at=next(iter(attribute.at), None),
            )


def _lengths(value: ValueType) -> tuple[int | None, int | None]:
    """Return the bounds of the length, by number or by pattern, whichever is closer."""
    shortest, longest = _pattern_lengths(value) or (0, None)
    least = max(value.min_length or 0, shortest)
    limits = [limit for limit in (value.max_length, longest) if limit is not None]
    return least, min(limits, default=None)


def _text(value: ValueType, name: str) -> Iterator[ValueCheck]:
    length = _between(f"char_length({name})", value.min_length or None, _text_limit(value))
    if length and not _said_by_pattern(value):
        yield ValueCheck(topic="length", expression=length, reason=f"The spec bounds its length: {_said(value)}.")
    if value.trimmed:
        reason = "Spaces around it would make two spellings of one value."
        yield ValueCheck(topic="trimmed", expression=f"{name} = btrim({name})", reason=reason)
    if value.pattern:
        yield _pattern(value.pattern, name, "{} ~ {}")
    elif value.format.lower() == "email":
        yield ValueCheck(
            topic="email",
            expression=f"{name} ~ {literal(EMAIL_PATTERN)}",
            reason="The contract says an e-mail address: one @ between two parts without spaces. Whether it "
            "exists only a message to it can show.",
        )


def _text_limit(value: ValueType) -> int | None:
    return value.max_length if value.max_length is not None and value.max_length < _LONGEST_TEXT else None


def _said_by_pattern(value: ValueType) -> bool:
    """Tell whether the pattern matches only texts within the bounds, so that a second CHECK would add nothing."""
    lengths = _pattern_lengths(value)
    if lengths is None:
        return False
    shortest, longest = lengths
    limit = _text_limit(value)
    return (value.min_length or 0) <= shortest and (limit is None or (longest is not None and longest <= limit))


def _pattern_lengths(value: ValueType) -> tuple[int, int | None] | None:
    """Return the lengths of the texts that the pattern matches; None without a pattern that Postgres can hold."""
    if not value.pattern:
        return None
    try:
        translated = translate(value.pattern)
    except UntranslatableError:
        return None
    return translated.shortest, translated.longest


def _said(value: ValueType) -> str:
    least = f"at least {value.min_length}" if value.min_length else ""
    most = f"at most {value.max_length}" if value.max_length is not None else ""
    return f"{' and '.join(part for part in (least, most) if part)} characters"


def _pattern(pattern: str, name: str, template: str, function: Function | None = None) -> ValueCheck:
    try:
        expression = template.format(name, literal(translate(pattern).text))
    except UntranslatableError as error:
        reason = f"The pattern {pattern} cannot be a CHECK: {error}."
        return ValueCheck(topic="pattern", expression="", reason=reason)
    reason = f"The spec gives the pattern {pattern}."
    return ValueCheck(topic="pattern", expression=expression, reason=reason, function=function)


def _enum(value: ValueType, name: str) -> Iterator[ValueCheck]:
    values = ", ".join(literal(each) for each in dict.fromkeys(value.values))
    if values:
        more = " More will come, and a CHECK is replaced in one statement." if value.open else ""
        reason = f"The spec lists the values.{more}"
        yield ValueCheck(topic="values", expression=f"{name} IN ({values})", reason=reason)


def _number(value: ValueType, column: Column, name: str) -> Iterator[ValueCheck]:
    bounds = _bounds(value, column, name)
    if bounds:
        yield ValueCheck(topic="range", expression=bounds, reason="The spec bounds the number.")
    step = value.multiple_of
    if step is not None and not _said_by_type(step, column.type):
        number = f"{name}::numeric" if column.type == "double precision" else name
        reason = f"The spec allows only multiples of {literal(step)}."
        yield ValueCheck(topic="multiple", expression=f"{number} % {literal(step)} = 0", reason=reason)


def _said_by_type(step: Decimal, type_name: str) -> bool:
    """Tell whether every value of the type is a multiple of the step already."""
    if type_name in _LIMITS:
        return step == 1
    if type_name.startswith("numeric(") and step != 0:
        scale = int(type_name.rstrip(")").partition(",")[2])
        return Decimal(1).scaleb(-scale) % step == 0
    return False


def _bounds(value: ValueType, column: Column, name: str) -> str:
    least, most = value.minimum, value.maximum
    if column.type in _LIMITS:
        limit = Decimal(2) ** (_LIMITS[column.type] - 1)
        least = None if least is not None and least <= -limit and not value.exclusive_minimum else least
        most = None if most is not None and most >= limit - 1 and not value.exclusive_maximum else most
    if not (value.exclusive_minimum or value.exclusive_maximum):
        return _between(name, least, most)
    parts = []
    if least is not None:
        parts.append(f"{name} {'>' if value.exclusive_minimum else '>='} {literal(least)}")
    if most is not None:
        parts.append(f"{name} {'<' if value.exclusive_maximum else '<='} {literal(most)}")
    return " AND ".join(parts)


def _between(term: str, least: Decimal | int | None, most: Decimal | int | None) -> str:
    if least is not None and most is not None:
        if least == most:
            return f"{term} = {literal(least)}"
        return f"{term} BETWEEN {literal(least)} AND {literal(most)}"
    if least is not None:
        return f"{term} >= {literal(least)}"
    return f"{term} <= {literal(most)}" if most is not None else ""


def _json(value: ValueType, name: str) -> Iterator[ValueCheck]:
    if value.format in ("object", "array"):
        reason = f"The contract says a JSON {value.format}; anything else is no value of it."
        yield ValueCheck(topic="shape", expression=f"jsonb_typeof({name}) = '{value.format}'", reason=reason)


def _array(value: ValueType, column: Column, name: str) -> Iterator[ValueCheck]:
    if column.type == "jsonb":
        reason = "The contract says a list."
        yield ValueCheck(topic="shape", expression=f"jsonb_typeof({name}) = 'array'", reason=reason)
        # A CASE, because the length of what is no array is an error rather than false.
        size = _between(f"jsonb_array_length({name})", value.array_min or None, value.array_max)
        guarded = f"CASE WHEN jsonb_typeof({name}) = 'array' THEN {size} ELSE true END" if size else ""
    else:
        expression = f"array_position({name}, NULL) IS NULL"
        yield ValueCheck(topic="elements", expression=expression, reason="An element of a list is never absent.")
        guarded = _between(f"cardinality({name})", value.array_min or None, value.array_max)
    if guarded:
        yield ValueCheck(topic="cardinality", expression=guarded, reason="The spec bounds the number of elements.")
    if column.type != "jsonb":
        yield from _elements(value, column, name)


def _elements(value: ValueType, column: Column, name: str) -> Iterator[ValueCheck]:
    if value.array_unique:
        reason = "The spec says that no element is repeated."
        expression = f"all_distinct({name})"
        yield ValueCheck(topic="distinct", expression=expression, reason=reason, function=ALL_DISTINCT)
    if value.base == "enum" and value.values:
        values = ", ".join(literal(each) for each in dict.fromkeys(value.values))
        expression = f"{name} <@ ARRAY[{values}]::{column.type}"
        yield ValueCheck(topic="values", expression=expression, reason="The spec lists the values of an element.")
    texts = f"{name}::text[]" if column.type == "citext[]" else name
    if value.base == "text" and (value.min_length or value.max_length is not None):
        expression = f"all_lengths_between({texts}, {value.min_length or 0}, {value.max_length or 'NULL'})"
        reason = f"The spec bounds the length of an element: {_said(value)}."
        yield ValueCheck(topic="length", expression=expression, reason=reason, function=ALL_LENGTHS)
    if value.base == "text" and value.pattern:
        yield _pattern(value.pattern, texts, "all_match({}, {})", ALL_MATCH)
    if value.base in ("integer", "decimal", "float"):
        yield from _number_elements(value, name)


def _number_elements(value: ValueType, name: str) -> Iterator[ValueCheck]:
    parts = []
    if value.minimum is not None:
        parts.append(f"{literal(value.minimum)} {'<' if value.exclusive_minimum else '<='} ALL ({name})")
    if value.maximum is not None:
        parts.append(f"{literal(value.maximum)} {'>' if value.exclusive_maximum else '>='} ALL ({name})")
    if parts:
        yield ValueCheck(topic="range", expression=" AND ".join(parts), reason="The spec bounds an element.")
    if value.multiple_of is not None and value.multiple_of != 1:
        yield ValueCheck(
            topic="multiple",
            expression="",
            reason=f"That every element is a multiple of {value.multiple_of} needs a loop over the elements.",
        )


def _on_elements(name: str, arguments: str, body: str, comment: str) -> Function:
    """Return an immutable function over the elements of an array; a CHECK cannot hold the subquery itself."""
    return Function(
        name=name,
        arguments=arguments,
        returns="boolean",
        language="sql",
        body=f"\n    {body}\n",
        volatility="IMMUTABLE",
        parallel="SAFE",
        comment=comment,
    )


ALL_DISTINCT = _on_elements(
    "all_distinct",
    "elements anyarray",
    "SELECT count(*) = count(DISTINCT element) FROM unnest(elements) AS element",
    "Whether no element of the array is repeated.",
)
ALL_LENGTHS = _on_elements(
    "all_lengths_between",
    "elements text[], shortest integer, longest integer",
    "SELECT coalesce(bool_and(char_length(element) BETWEEN shortest AND coalesce(longest, char_length(element))), true)"
    " FROM unnest(elements) AS element",
    "Whether every element has a length within the bounds; no longest means no upper bound.",
)
ALL_MATCH = _on_elements(
    "all_match",
    "elements text[], pattern text",
    "SELECT coalesce(bool_and(element ~ pattern), true) FROM unnest(elements) AS element",
    "Whether every element matches the regular expression.",
)
