"""Regular expressions of contracts (ECMA-262, as JSON Schema has them) in Postgres's own dialect.

Postgres's advanced regular expressions differ: `\\b` is a backspace, `.` matches line ends, `\\d` and `\\w` follow the
locale, a bound ends at 255, and names, properties and flags are missing.
Source: postgresql.org/docs/current/functions-matching.html#POSIX-SYNTAX-DETAILS
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

_MOST = 255
_LARGEST = 6000
"""Atoms after all bounds are multiplied out; compiling grows with the square and takes 50 ms here."""
_DIGITS = "0-9"
_WORDS = "A-Za-z0-9_"
_NOT_DIGITS = r"\u0001-/:-\U0010FFFF"
_NOT_WORDS = r"\u0001-/:-@\[-^`{-\U0010FFFF"
_OUTSIDE = {"d": f"[{_DIGITS}]", "D": f"[^{_DIGITS}]", "w": f"[{_WORDS}]", "W": f"[^{_WORDS}]", "s": r"\s", "S": r"\S"}
_ASSERTED = {"b": r"\y", "B": r"\Y", "A": r"\A", "Z": r"\Z", "z": r"\Z"}
_INSIDE = {"d": _DIGITS, "D": _NOT_DIGITS, "w": _WORDS, "W": _NOT_WORDS, "s": r"\s", "S": r"\S", "b": r"\u0008"}
_CONTROL = {"t": r"\t", "n": r"\n", "r": r"\r", "f": r"\f", "v": r"\v"}
_BOUND = re.compile(r"\{(\d+)(,?)(\d*)\}")
_GROUP = re.compile(r"\(\?(?:P?<(?P<name>[A-Za-z_]\w*)>|(?P<plain>:|=|!|<=|<!))")
_HEX = re.compile(r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}")
_NAMED_REFERENCE = re.compile(r"k<([A-Za-z_]\w*)>")


class UntranslatableError(ValueError):
    """A pattern that Postgres cannot express; the text says which part and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """A pattern as Postgres's `~` takes it.

    `shortest` and `longest` are the lengths of the texts that it matches, if it is anchored at both ends; else 0
    and None, as where there is no upper bound.
    """

    text: str
    shortest: int = 0
    longest: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A translated part and the lengths of what it matches."""

    text: str
    least: int = 1
    most: int | None = 1
    repeatable: bool = True


@dataclass(slots=True)
class _Reader:
    """Reads a pattern from left to right and writes it anew."""

    text: str
    position: int = 0
    groups: int = 0
    names: dict[str, int] = field(default_factory=dict)
    looks_around: bool = False
    refers_back: bool = False
    size: int = 0

    def peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def take(self, length: int = 1) -> str:
        taken = self.text[self.position : self.position + length]
        self.position += length
        return taken

    def alternatives(self, *, nested: bool) -> list[list[_Part]]:
        """Read up to the end of the group or of the text."""
        branches: list[list[_Part]] = [[]]
        while self.peek():
            if self.peek() == ")":
                if nested:
                    break
                raise UntranslatableError("a parenthesis closes what none opened")
            if self.peek() == "|":
                self.take()
                branches.append([])
            else:
                branches[-1].append(self.term())
        return branches

    def term(self) -> _Part:
        """Read an atom with its quantifier, or an assertion."""
        size = self.size
        self.size += 1
        atom = self.atom()
        quantifier = self.quantifier()
        if not quantifier:
            return atom
        if not atom.repeatable:
            raise UntranslatableError(f"{atom.text} cannot be repeated")
        least, most = _bounds(quantifier)
        self.size = size + (self.size - size) * max(least, most or 1)
        if self.size > _LARGEST:
            raise UntranslatableError("its bounds multiply out to an expression that is too large")
        longest = None if most is None or atom.most is None else atom.most * most
        return _Part(text=_repeat(atom.text, quantifier), least=atom.least * least, most=longest)

    def quantifier(self) -> str:
        """Read `*`, `+`, `?` or a bound, without the `?` that makes it lazy: whether it matches stays the same."""
        mark = self.peek()
        if mark and mark in "*+?":
            self.take()
        elif mark == "{" and (bound := _BOUND.match(self.text, self.position)):
            mark = self.take(len(bound[0]))
        else:
            return ""
        if self.peek() == "?":
            self.take()
        elif self.peek() == "+":
            raise UntranslatableError(f"the possessive quantifier {mark}+ does not exist")
        return mark

    def atom(self) -> _Part:
        """Read one atom or assertion."""
        first = self.take()
        if first == "\\":
            return self.escape()
        if first == "[":
            return _Part(text=self.bracket())
        if first == "(":
            return self.group()
        if first == ".":
            return _Part(text=r"[^\n\r\u2028\u2029]")
        if first in "^$":
            return _assertion(first)
        if first in "*+?":
            raise UntranslatableError(f"{first} has nothing to repeat")
        return _Part(text=f"\\{first}" if first in "{}]" else first)

    def group(self) -> _Part:
        """Read a group after its opening parenthesis."""
        opening = "("
        if self.peek() == "?":
            match = _GROUP.match(self.text, self.position - 1)
            if match is None:
                raise UntranslatableError(f"({self.text[self.position : self.position + 3]}… is unknown to Postgres")
            self.position = match.end()
            opening = f"(?{match['plain']}" if match["plain"] else "("
            if match["name"]:
                self.names[match["name"]] = self.groups + 1
        around = opening not in ("(", "(?:")
        self.looks_around |= around
        self.groups += opening == "("
        inner = _joined(self.alternatives(nested=True))
        if self.take() != ")":
            raise UntranslatableError("a group is not closed")
        written = f"{opening}{inner.text})"
        return _assertion(written) if around else replace(inner, text=written)

    def escape(self) -> _Part:
        """Read what follows a backslash outside of brackets."""
        if (code := self.code_point()) is not None:
            return _Part(text=code)
        named = _NAMED_REFERENCE.match(self.text, self.position)
        if named and named[1] in self.names:
            self.position = named.end()
            return self.reference(str(self.names[named[1]]))
        letter = self.take()
        if letter in _ASSERTED:
            return _assertion(_ASSERTED[letter])
        if letter in _OUTSIDE:
            return _Part(text=_OUTSIDE[letter])
        if letter.isdigit() and letter != "0":
            number = letter
            while self.peek().isdigit() and int(number + self.peek()) <= self.groups:
                number += self.take()
            return self.reference(number)
        return _Part(text=_literal_escape(letter))

    def reference(self, number: str) -> _Part:
        """Write a back reference, ended so that no digit after it belongs to it."""
        if int(number) > self.groups:
            raise UntranslatableError(f"\\{number} refers to a group that is not there yet")
        self.refers_back = True
        return _Part(text=f"(?:\\{number})", least=0, most=None)

    def code_point(self) -> str | None:
        """Read `\\xHH`, `\\uHHHH` or `\\u{H…}` if it stands here."""
        match = _HEX.match(self.text, self.position)
        if match is None:
            return None
        self.position = match.end()
        code = int(match[1] or match[2] or match[3], 16)
        if code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise UntranslatableError(f"no text in Postgres holds the character U+{code:04X}")
        return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"

    def bracket(self) -> str:
        """Read a bracket expression after its opening bracket."""
        negated = self.peek() == "^"
        self.take(int(negated))
        parts: list[str] = []
        while self.peek() != "]":
            if not self.peek():
                raise UntranslatableError("a bracket is not closed")
            parts.append(self.bracket_part(first=not parts))
        self.take()
        if not parts:
            return r"[\u0001-\U0010FFFF]" if negated else r"(?!)"
        return f"[{'^' if negated else ''}{''.join(parts)}]"

    def bracket_part(self, *, first: bool) -> str:
        """Read one character, class or dash inside brackets."""
        character = self.take()
        if character == "\\":
            if (code := self.code_point()) is not None:
                return code
            letter = self.take()
            return _INSIDE[letter] if letter in _INSIDE else _literal_escape(letter)
        if character == "-" and not first and self.peek() != "]" and self.after_class():
            return r"\-"
        return f"\\{character}" if character in "[^" or (character == "-" and first) else character

    def after_class(self) -> bool:
        """Tell whether the dash just read follows a class escape, after which it is a plain character."""
        return bool(re.search(r"\\[dDwWsS]-\Z", self.text[: self.position]))


def translate(pattern: str) -> Translation:
    """Return the pattern for Postgres; it matches what the original finds. Raises UntranslatableError."""
    flags = ""
    if pattern.startswith("(?i)"):
        flags, pattern = "(?i)", pattern[4:]
    if "\0" in pattern:
        raise UntranslatableError("no text in Postgres holds the character U+0000")
    reader = _Reader(pattern)
    branches = reader.alternatives(nested=False)
    if reader.looks_around and reader.refers_back:
        raise UntranslatableError("Postgres allows no back references beside lookaround")
    whole = _joined(branches)
    texts = [part.text for part in branches[0]]
    if len(branches) == 1 and texts[:1] == ["^"] and texts[-1:] == ["$"]:
        return Translation(text=flags + whole.text, shortest=whole.least, longest=whole.most)
    return Translation(text=flags + whole.text)


def _joined(branches: list[list[_Part]]) -> _Part:
    """Return the alternatives as one part."""
    longest = [None if any(part.most is None for part in branch) else _sum(branch) for branch in branches]
    most = None if None in longest else max(length for length in longest if length is not None)
    return _Part(
        text="|".join("".join(part.text for part in branch) for branch in branches),
        least=min(sum(part.least for part in branch) for branch in branches),
        most=most,
    )


def _sum(branch: list[_Part]) -> int:
    return sum(part.most for part in branch if part.most is not None)


def _assertion(text: str) -> _Part:
    return _Part(text=text, least=0, most=0, repeatable=False)


def _literal_escape(letter: str) -> str:
    """Return an escaped character that stands for itself or for a control character."""
    if letter in _CONTROL:
        return _CONTROL[letter]
    if letter in ("p", "P"):
        raise UntranslatableError("Unicode properties (\\p) do not exist in Postgres")
    if not letter or letter.isalnum():
        raise UntranslatableError(f"\\{letter} has no counterpart")
    return letter if letter == "_" else f"\\{letter}"


def _bounds(quantifier: str) -> tuple[int, int | None]:
    """Return how often a quantifier repeats at least and at most."""
    match = _BOUND.fullmatch(quantifier)
    if match is None:
        return (1 if quantifier == "+" else 0), (1 if quantifier == "?" else None)
    least = int(match[1])
    most = least if not match[2] else int(match[3]) if match[3] else None
    if most is not None and most < least:
        raise UntranslatableError(f"{quantifier} is out of order")
    return least, most


def _repeat(atom: str, quantifier: str) -> str:
    """Return the atom repeated; a bound beyond 255 is written as a product."""
    least, most = _bounds(quantifier)
    if max(least, most or 0) <= _MOST:
        return atom + quantifier
    required = _exactly(atom, least)
    return required + (f"{atom}*" if most is None else _at_most(atom, most - least))


def _exactly(atom: str, count: int) -> str:
    blocks, rest = divmod(count, _MOST)
    return (f"(?:{atom}{{{_MOST}}}){{{blocks}}}" if blocks else "") + (f"{atom}{{{rest}}}" if rest else "")


def _at_most(atom: str, count: int) -> str:
    blocks, rest = divmod(count, _MOST)
    return (f"(?:{atom}{{0,{_MOST}}}){{0,{blocks}}}" if blocks else "") + (f"{atom}{{0,{rest}}}" if rest else "")
