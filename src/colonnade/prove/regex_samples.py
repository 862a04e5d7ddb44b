"""Strings that match a regular expression, and near misses.

A small reader of Postgres's advanced regular expressions (and of the part of ECMAScript's that they
share). It over-approximates: look-around and back references match anything here. That is enough,
because every sample is judged by Postgres before it is used.
"""

from __future__ import annotations

import functools
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass

_UNIVERSE = string.ascii_lowercase + string.digits + string.ascii_uppercase + "-_.@ /:+#!%&,;=?~*()[]{}<>|^$\\'\"\té"
_CLASSES = {
    "d": string.digits,
    "w": string.ascii_lowercase + string.digits + string.ascii_uppercase + "_",
    "s": " \t\n",
}
_POSIX = {
    "alpha": string.ascii_letters,
    "digit": string.digits,
    "alnum": string.ascii_letters + string.digits,
    "upper": string.ascii_uppercase,
    "lower": string.ascii_lowercase,
    "space": " \t\n",
    "blank": " \t",
    "punct": string.punctuation,
    "xdigit": string.hexdigits,
    "word": _CLASSES["w"],
}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "e": "\x1b", "0": ""}
_QUANTIFIER = re.compile(r"([*+?]|\{(\d+)(,(\d*))?\})[?+]?")
_LONGEST = 1_000_000


class _UnreadableError(ValueError):
    """The pattern is not one that this reader knows."""


@dataclass(frozen=True, slots=True)
class _Chars:
    """One character out of these."""

    options: str


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    branches: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    part: _Node
    low: int
    high: int | None


_Node = _Chars | _Sequence | _Choice | _Repeat
_NOTHING = _Sequence(())


def like_as_regex(pattern: str) -> str:
    """Return the regular expression of a LIKE pattern."""
    parts = {"%": ".*", "_": "."}
    return "^" + "".join(parts.get(char, re.escape(char)) for char in pattern) + "$"


@functools.lru_cache(maxsize=1_000)  # many columns have the same few patterns
def matching(pattern: str, *, count: int = 1, length: int | None = None, mixed: bool = False) -> tuple[str, ...]:
    """Return up to `count` different strings that should match, of exactly `length` characters if given.

    Each branch of an alternation is used in turn. `mixed` takes the characters of a class in turn too,
    where the plain samples vary as little as they can. Empty when the pattern cannot be read or has no
    match of that length.
    """
    try:
        node = _Reader(pattern).read()
    except _UnreadableError:
        return ()
    fill = _fill_mixed if mixed else _fill
    found: dict[str, None] = {}
    for spare in (0, 1, 3) if length is None else (0,):
        for number in range(count * 2):
            positions = _positions(node, number, length, spare)
            if positions:
                found[fill(positions, number)] = None
            if len(found) == count:
                return tuple(found)
    return tuple(found)


def near_misses(sample: str) -> tuple[str, ...]:
    """Return strings one step away from a matching one, which the pattern probably refuses."""
    if not sample:
        return ("!", " ")
    steps = (
        "!" + sample[1:],
        sample[:-1] + "!",
        sample[1:],
        sample[:-1],
        sample + sample[-1],
        sample[: len(sample) // 2] + " " + sample[len(sample) // 2 + 1 :],
        sample.upper(),
        sample.lower(),
        "0" + sample[1:],
        "z" + sample[1:],
        sample[:-1] + "0",
        sample[:-1] + "z",
        sample + "!",
        sample + "\n",
        "",
    )
    return tuple(dict.fromkeys(each for each in steps if each != sample))


def _positions(node: _Node, number: int, length: int | None, spare: int) -> list[str] | None:
    """Return the options of each character of one match; None when no match has that length.

    Without a length the match is the shortest of one branch, with up to `spare` characters more.
    """
    if length is None:
        return _grow(_one_branch(node, number), spare, number)[0]
    shortest = _shortest(node)
    if not shortest <= length <= _LONGEST:
        return None
    positions, used = _grow(node, length - shortest, number)
    return positions if used == length - shortest else None


def _one_branch(node: _Node, number: int) -> _Node:
    """Return the node with each alternation replaced by one of its branches, another for each number."""
    match node:
        case _Chars():
            return node
        case _Sequence(parts):
            return _Sequence(tuple(_one_branch(part, number) for part in parts))
        case _Choice(branches):
            return _one_branch(branches[number % len(branches)], number // len(branches))
        case _Repeat(part, low, high):
            return _Repeat(_one_branch(part, number), low, high)


def _fill(positions: list[str], number: int) -> str:
    """Choose a character for each position: the number written in the positions' own digits, last first."""
    chars: list[str] = []
    for options in reversed(positions):
        number, digit = divmod(number, len(options))
        chars.append(options[digit])
    return "".join(reversed(chars))


def _fill_mixed(positions: list[str], number: int) -> str:
    """Choose characters from all over each class, so that a demand on some of them is likely met."""
    return "".join(options[(place * 11 + number) % len(options)] for place, options in enumerate(positions))


def _shortest(node: _Node) -> int:
    match node:
        case _Chars():
            return 1
        case _Sequence(parts):
            return sum(map(_shortest, parts))
        case _Choice(branches):
            return min(map(_shortest, branches))
        case _Repeat(part, low, _):
            return low * _shortest(part)


def _grow(node: _Node, extra: int, number: int) -> tuple[list[str], int]:
    """Return the positions of a match with up to `extra` characters beyond the shortest, and how many beyond."""
    match node:
        case _Chars(options):
            return [options], 0
        case _Sequence(parts):
            return _grow_all(parts, extra, number)
        case _Choice(branches):
            least = _shortest(node)
            ways = [each for each in branches if _shortest(each) <= least + extra]
            branch = ways[number % len(ways)]
            beyond = _shortest(branch) - least
            positions, used = _grow(branch, extra - beyond, number)
            return positions, used + beyond
        case _Repeat(part, low, high):
            return _grow_repeat(part, low, high, extra, number)


def _grow_all(parts: tuple[_Node, ...], extra: int, number: int) -> tuple[list[str], int]:
    positions: list[str] = []
    used = 0
    for part in parts:
        grown, more = _grow(part, extra - used, number)
        positions += grown
        used += more
    return positions, used


def _grow_repeat(part: _Node, low: int, high: int | None, extra: int, number: int) -> tuple[list[str], int]:
    width = _shortest(part)
    room = extra // width if width else 0
    more = room if high is None else min(room, high - low)
    copies = low + more
    if isinstance(part, _Chars):
        return [part.options] * copies, more
    used = more * width
    positions: list[str] = []
    for _ in range(copies):
        grown, beyond = _grow(part, extra - used, number)
        positions += grown
        used += beyond
    return positions, used


class _Reader:
    """A recursive descent over one pattern."""

    def __init__(self, pattern: str) -> None:
        options = re.match(r"(?:\*\*\*[:=])?(?:\(\?([a-z]+)\))?", pattern)
        self._ignore_case = bool(options and options[1] and "i" in options[1])
        self._text = pattern[options.end() :] if options else pattern
        self._at = 0

    def read(self) -> _Node:
        """Return the whole pattern; text may follow where no anchor ends it."""
        node = self._choice()
        if self._at < len(self._text):
            raise _UnreadableError(self._text)
        if self._text.endswith(("$", r"\Z", "$)")):
            return node
        return _Sequence((node, _Repeat(_Chars(_CLASSES["w"]), 0, None)))

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        char = self._peek()
        if not char:
            raise _UnreadableError(self._text)
        self._at += 1
        return char

    def _choice(self) -> _Node:
        branches = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else _Choice(tuple(branches))

    def _sequence(self) -> _Node:
        parts: list[_Node] = []
        while self._peek() not in {"", "|", ")"}:
            parts.append(self._quantified(self._atom()))
        return parts[0] if len(parts) == 1 else _Sequence(tuple(parts))

    def _quantified(self, node: _Node) -> _Node:
        quantifier = _QUANTIFIER.match(self._text, self._at)
        if not quantifier:
            return node
        self._at = quantifier.end()
        if node == _NOTHING:
            return node
        match quantifier[1]:
            case "*":
                return _Repeat(node, 0, None)
            case "+":
                return _Repeat(node, 1, None)
            case "?":
                return _Repeat(node, 0, 1)
        low = int(quantifier[2])
        if quantifier[3] is None:
            return _Repeat(node, low, low)
        return _Repeat(node, low, int(quantifier[4]) if quantifier[4] else None)

    def _atom(self) -> _Node:
        char = self._take()
        match char:
            case "^" | "$":
                return _NOTHING
            case "(":
                return self._group()
            case "[":
                return self._bracket()
            case ".":
                return _Chars(_UNIVERSE)
            case "\\":
                return self._escape()
        return self._chars(char)

    def _chars(self, options: str) -> _Node:
        if self._ignore_case:
            options += options.swapcase()
        unique = "".join(dict.fromkeys(options))
        if not unique:
            raise _UnreadableError(self._text)
        return _Chars(unique)

    def _group(self) -> _Node:
        head = re.compile(r"\?(?::|[=!]|<[=!]|P?<\w+>)").match(self._text, self._at)
        self._at = head.end() if head else self._at
        node = self._choice()
        if self._take() != ")":
            raise _UnreadableError(self._text)
        looks_around = head is not None and head[0] in {"?=", "?!", "?<=", "?<!"}
        return _NOTHING if looks_around else node

    def _escape(self) -> _Node:
        char = self._take()
        if char in _CLASSES:
            return _Chars(_CLASSES[char])
        if char.lower() in _CLASSES:
            return _Chars(_without(_CLASSES[char.lower()]))
        if char in "AZmMyYbB" or char.isdigit():
            return _NOTHING
        return self._chars(self._escaped(char))

    def _escaped(self, char: str) -> str:
        """Return the character that an escape stands for."""
        if char in _CONTROLS:
            return _CONTROLS[char]
        digits = {"x": 2, "u": 4}.get(char)
        if digits is None:
            return char
        code = self._text[self._at : self._at + digits]
        try:
            value = chr(int(code, 16))
        except ValueError:
            raise _UnreadableError(self._text) from None
        self._at += digits
        return value

    def _bracket(self) -> _Node:
        negated = self._peek() == "^"
        self._at += negated
        options = "".join(self._members())
        if negated:
            options = _without(options + (options.swapcase() if self._ignore_case else ""))
        return self._chars(_pleasant_first(options))

    def _members(self) -> Iterator[str]:
        first = True
        while first or self._peek() != "]":
            first = False
            posix = re.compile(r"\[:(\w+):\]").match(self._text, self._at)
            if posix:
                self._at = posix.end()
                yield _POSIX.get(posix[1], "")
                continue
            char = self._take()
            if char == "\\":
                char = self._take()
                if char.lower() in _CLASSES:
                    yield _CLASSES[char] if char in _CLASSES else _without(_CLASSES[char.lower()])
                    continue
                char = self._escaped(char)
            yield self._range(char)
        self._at += 1

    def _range(self, low: str) -> str:
        """Return the members of `low-high`, or `low` alone; a long range is cut."""
        if self._peek() != "-" or self._text[self._at + 1 : self._at + 2] in {"]", ""}:
            return low
        self._at += 1
        high = self._take()
        high = self._escaped(self._take()) if high == "\\" else high
        if len(low) != 1 or len(high) != 1:
            raise _UnreadableError(self._text)
        return "".join(chr(code) for code in range(ord(low), min(ord(high), ord(low) + 255) + 1) if code > 0)


def _without(excluded: str) -> str:
    return "".join(char for char in _UNIVERSE if char not in excluded)


def _pleasant_first(options: str) -> str:
    """Return the options with letters and digits first, so that samples are readable."""
    rank = {char: place for place, char in enumerate(_UNIVERSE)}
    return "".join(sorted(dict.fromkeys(options), key=lambda char: rank.get(char, len(rank) + ord(char))))
