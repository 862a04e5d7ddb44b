"""The grammar of a field line: `title: text(1..200)! trimmed = untitled`.

A line is a type, `!` when the value is never absent, and modifiers in any order; a pattern (`~ …`) comes last.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from colonnade.span import Span
from colonnade.spec.colonnade_file.cursor import Cursor
from colonnade.spec.colonnade_file.defaults import check_default
from colonnade.spec.colonnade_file.quantities import parse_share
from colonnade.spec.colonnade_file.shape import text_of
from colonnade.spec.colonnade_file.type_words import TypeWord
from colonnade.spec.colonnade_file.value_types import read_type
from colonnade.spec.counts import parse_count
from colonnade.spec.document import Node
from colonnade.spec.entities import Attribute, Base, ValueType
from colonnade.spec.nearest import suggestion

_NUMBERS: tuple[Base, ...] = ("integer", "decimal", "float")
# Words that stand alone: which bases take them, and what they set in the type.
_TYPE_FLAGS: dict[str, tuple[tuple[Base, ...], dict[str, Any]]] = {
    "trimmed": (("text",), {"trimmed": True}),
    "citext": (("text",), {"case_insensitive": True}),
    "ordered": (("enum",), {"ordered": True}),
    "open": (("enum",), {"open": True}),
    "local": (("timestamp", "time"), {"zoned": False}),
}
_LINE_FLAGS = ("unique", "key", "immutable")
_CALLS = ("share", "null", "distinct", "width", "step", "as")
_SLIPS = ("missing )", "unbalanced parenthesis", "unterminated character set", "nothing to repeat")
MODIFIERS = (*_TYPE_FLAGS, "no_repeats", *_LINE_FLAGS, *_CALLS)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLine:
    """An attribute, and what its line says about the whole entity.

    `expression` is the place of a generated attribute's expression, to be checked when all names are known.
    """

    attribute: Attribute
    unique: bool = False
    key: bool = False
    immutable: bool = False
    expression: Cursor | None = None


@dataclass(slots=True, kw_only=True)
class _Parts:
    """What has been read of a line so far."""

    word: TypeWord
    values: dict[str, Any]
    facts: dict[str, Any] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    seen: dict[str, int] = field(default_factory=dict)
    default_at: tuple[int, int] = (0, 0)
    expression: Cursor | None = None

    @property
    def base(self) -> Base:
        return self.values["base"]  # type: ignore[no-any-return] # filled from a ValueType


def read_field_line(name: str, node: Node, *, at: Span) -> FieldLine:
    """Read the line of the field `name`. Raises SpecError at the word that cannot be read."""
    text_of(node, f'field "{name}"')
    cursor = Cursor(node)
    cursor.skip_space()
    word, value = read_type(cursor)
    required = cursor.take("!") or word.required
    parts = _Parts(word=word, values=value.model_dump(), facts={"required": required, "role": word.role})
    while not cursor.done:
        if not cursor.skip_space():
            raise cursor.error(
                f'unexpected "{cursor.rest[:20]}"', end=cursor.limit, hint="Put a space before what follows the type."
            )
        _modifier(cursor, parts)
    return _finished(name, parts, cursor, at)


def _modifier(cursor: Cursor, parts: _Parts) -> None:
    """Read one modifier."""
    start = cursor.position
    if cursor.peek('"') or cursor.peek("'"):
        _once(cursor, parts, "description", start)
        parts.facts["description"] = cursor.quoted()
    elif cursor.take("="):
        _once(cursor, parts, "=", start)
        _read_default(cursor, parts)
    elif cursor.take("~"):
        _read_pattern(cursor, parts, start)
    else:
        word = cursor.word()
        if word not in MODIFIERS:
            shown = word or cursor.bare()
            hint = suggestion(shown, MODIFIERS)
            if shown.startswith("!"):
                hint = 'Put "!" directly behind the type: text!'
            raise cursor.error(f'unexpected "{shown}"', start=start, end=start + len(shown), hint=hint)
        _once(cursor, parts, word, start)
        _word(cursor, parts, word, start)


def _once(cursor: Cursor, parts: _Parts, what: str, start: int) -> None:
    if what in parts.seen:
        raise cursor.error(f'"{what}" stands twice in the line', start=start, end=start + len(what))
    parts.seen[what] = start


def _word(cursor: Cursor, parts: _Parts, word: str, start: int) -> None:
    """Read what a modifier's word asks for."""
    if word in _CALLS:
        cursor.skip_space()
        arguments = cursor.group("(", ")")
        if arguments is None:
            raise cursor.error(f'"{word}" needs something in parentheses', start=start, end=cursor.position)
        _call(arguments, parts, word, start)
    elif word in _LINE_FLAGS:
        parts.flags.add(word)
    elif word == "no_repeats":
        if not parts.values["array"]:
            raise cursor.error('"no_repeats" is for lists only', start=start, end=cursor.position)
        parts.values["array_unique"] = True
    else:
        bases, values = _TYPE_FLAGS[word]
        _need_base(cursor, parts, word, bases, start)
        parts.values |= values


def _need_base(cursor: Cursor, parts: _Parts, word: str, bases: tuple[Base, ...], start: int) -> None:
    if parts.base not in bases:
        raise cursor.error(
            f'"{word}" is not for values of the kind {parts.base}',
            start=start,
            end=start + len(word),
            hint=f"It is for {' and '.join(bases)}.",
        )


def _call(arguments: Cursor, parts: _Parts, word: str, start: int) -> None:
    """Read a modifier with parentheses."""
    text = arguments.rest.strip()
    if word == "as":
        parts.facts |= {"role": "generated", "expression": text}
        parts.expression = arguments
    elif word == "share":
        _need_base(arguments, parts, word, ("enum", "boolean"), start)
        parts.facts["share"] = _shares(arguments, parts.values["values"] or ("true", "false"))
    elif word == "null":
        share = parse_share(text)
        if share is None or parts.facts["required"]:
            message = "a required value is never absent" if share is not None else f'"{text}" is not a share'
            raise arguments.error(message, end=arguments.limit, hint="Write it as null(30%), and without the !.")
        parts.facts["null_share"] = share
    elif word == "step":
        _need_base(arguments, parts, word, _NUMBERS, start)
        parts.values["multiple_of"] = _step(arguments, text)
    else:
        count = parse_count(text)
        if not count:
            raise arguments.error(f'"{text}" is not a number', end=arguments.limit, hint=f"Write it as {word}(20k).")
        parts.facts["distinct" if word == "distinct" else "average_length"] = count


def _step(arguments: Cursor, text: str) -> Decimal:
    try:
        step = Decimal(text)
    except InvalidOperation:
        step = Decimal(0)
    if not (step.is_finite() and step > 0):
        raise arguments.error(f'"{text}" is not a step', end=arguments.limit, hint="Write it as step(0.25).")
    return step


def _shares(arguments: Cursor, values: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    """Read `pending 60%, done 40%`; of two values one is enough."""
    shares: dict[str, float] = {}
    first = arguments.position
    for part in arguments.split(","):
        start = part.position
        value = part.quoted() or part.word()
        end = part.position
        part.skip_space()
        share = parse_share(part.rest)
        if value not in values or value in shares:
            message = f'"{value}" stands twice' if value in shares else f'"{value}" is not a value of the field'
            raise part.error(message, start=start, end=max(end, start + 1), hint=suggestion(value, values))
        if share is None:
            raise part.error(f'"{part.rest}" is not a share', end=part.limit, hint="Write it as 60%.")
        shares[value] = share
    if len(values) == 2 and len(shares) == 1:
        other = next(value for value in values if value not in shares)
        shares[other] = round(1 - sum(shares.values()), 10)
    total = sum(shares.values())
    if abs(total - 1) > 0.01 + 1e-9:
        raise arguments.error(
            f"the shares add up to {total:.0%}", start=first, end=arguments.limit, hint="They must make 100%."
        )
    return tuple(shares.items())


def _read_default(cursor: Cursor, parts: _Parts) -> None:
    cursor.skip_space()
    start = cursor.position
    quoted = cursor.quoted()
    default = cursor.bare() if quoted is None else quoted
    if quoted is None and not default:
        raise cursor.error("the default is missing", hint="Write it as = pending; quote a text with spaces.")
    parts.facts["default"] = default
    parts.default_at = (start, cursor.position)


def _read_pattern(cursor: Cursor, parts: _Parts, start: int) -> None:
    _need_base(cursor, parts, "~", ("text",), start)
    pattern = cursor.rest.strip()
    if not pattern:
        raise cursor.error("the pattern is missing", start=start, hint="Write it last, as ~ ^[a-z]+$.")
    cursor.skip_space()
    _check_pattern(cursor, pattern)
    parts.values["pattern"] = pattern
    cursor.position = cursor.limit


def _check_pattern(cursor: Cursor, pattern: str) -> None:
    """Refuse what is a slip in every dialect of regular expressions; the rest is for Postgres to judge."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        try:
            re.compile(pattern)
        except re.error as error:
            if error.msg.startswith(_SLIPS):
                start = cursor.position + (error.pos or 0)
                raise cursor.error(f"the pattern is wrong: {error.msg}", start=start, end=start + 1) from error


def _finished(name: str, parts: _Parts, cursor: Cursor, at: Span) -> FieldLine:
    """Put the parts together, and refuse those that exclude each other."""
    facts = parts.facts
    if facts["role"] == "computed":
        facts["reason"] = facts.pop("description", "")
    if facts["role"] in ("computed", "generated", "version") and "default" in facts:
        raise cursor.error(
            f"a {facts['role']} field takes no default", start=parts.default_at[0], end=parts.default_at[1]
        )
    if "key" in parts.flags:
        facts |= {"role": "key", "required": True}
    value = ValueType(**parts.values)
    if "default" in facts:
        check_default(facts["default"], value, cursor, *parts.default_at)
    return FieldLine(
        attribute=Attribute(name=name, type=value, at=(at,), **facts),
        unique="unique" in parts.flags,
        key="key" in parts.flags,
        immutable="immutable" in parts.flags,
        expression=parts.expression,
    )
