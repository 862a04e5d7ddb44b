"""The tree: nodes with the offsets at which they stand, and the text they stand in."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, Literal

from colonnade.span import Span

Kind = Literal["mapping", "sequence", "scalar"]
Scalar = str | int | float | bool | None

_QUOTE_LENGTH = 100
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_BASED_INTEGER = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


def resolve(text: str) -> Scalar:
    """Return what a plain scalar means in YAML 1.2's core schema; `no`, `on` and dates are text.

    Source: yaml.org/spec/1.2.2, section 10.3.2. Raises ValueError for an integer of thousands of digits.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    if _BASED_INTEGER.match(text):
        return int(text, 0)
    return text


class Source:
    """The text of one document; turns offsets into places."""

    __slots__ = ("_line_starts", "path", "text")

    def __init__(self, path: str, text: str) -> None:
        """Keep the text; lines are counted when the first place is asked for."""
        self.path = path
        self.text = text
        self._line_starts: list[int] = []

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of a character, both from 1; the column counts characters."""
        if not self._line_starts:
            self._line_starts = [0, *(each.end() for each in _LINE_BREAK.finditer(self.text))]
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def span(self, start: int, end: int | None = None, *, first_line: bool = True) -> Span:
        """Return the place of `text[start:end]`, quoted on one line; up to the end of the line without `end`."""
        line, column = self.place(start)
        words = self.text[start : len(self.text) if end is None else end][: 4 * _QUOTE_LENGTH].strip()
        if first_line:
            words = _LINE_BREAK.split(words, maxsplit=1)[0]
        words = " ".join(words.split())
        if len(words) > _QUOTE_LENGTH:
            words = words[: _QUOTE_LENGTH - 1] + "…"
        return Span(self.path, line, column, words)


class Node:
    """A mapping, sequence or scalar, with its place.

    Nodes are built by the readers of this package and not changed afterwards; where a document uses an
    alias, one node stands in several places of the tree. `start` and `end` are character offsets into
    `source.text`. `text` is a scalar's text after escapes and folding; `plain` tells that it stood
    without quotes, so that it may mean a number, a boolean or null. `size` counts the nodes of the
    tree below, aliases expanded.
    """

    __slots__ = ("_elements", "_entries", "end", "kind", "plain", "size", "source", "start", "text")

    def __init__(
        self, source: Source, kind: Kind, start: int, end: int, *, text: str = "", plain: bool = False
    ) -> None:
        """Make a node; the children of a collection are added by its builder."""
        self.source = source
        self.kind: Kind = kind
        self.start = start
        self.end = end
        self.text = text
        self.plain = plain
        self.size = 1
        self._entries: dict[str, tuple[Node, Node]] = {}
        self._elements: list[Node] = []

    def __repr__(self) -> str:
        """Return kind and place, for debugging."""
        return f"<{self.kind} at {self.span}>"

    def __len__(self) -> int:
        """Return the number of entries or elements."""
        return len(self._entries) or len(self._elements)

    def __bool__(self) -> bool:
        """Return True: an empty collection is a node too."""
        return True

    def __contains__(self, key: object) -> bool:
        """Tell whether the mapping has the key."""
        return key in self._entries

    @property
    def is_mapping(self) -> bool:
        """Whether this is a mapping."""
        return self.kind == "mapping"

    @property
    def is_sequence(self) -> bool:
        """Whether this is a sequence."""
        return self.kind == "sequence"

    @property
    def is_scalar(self) -> bool:
        """Whether this is a scalar."""
        return self.kind == "scalar"

    @property
    def scalar(self) -> Scalar:
        """What a scalar means; its text when it was quoted. None for a collection."""
        if self.kind != "scalar":
            return None
        return resolve(self.text) if self.plain else self.text

    @property
    def value(self) -> Any:
        """The whole tree below as plain Python: dict with text keys, list, or scalar."""
        if self.kind == "mapping":
            return {key: node.value for key, node in self.items()}
        if self.kind == "sequence":
            return [node.value for node in self._elements]
        return self.scalar

    def get(self, key: str) -> Node | None:
        """Return the value under the key, None when there is none (or this is no mapping)."""
        entry = self._entries.get(key)
        return None if entry is None else entry[1]

    def keys(self) -> tuple[str, ...]:
        """Return the keys in order, as text: a response code `200` is `"200"`."""
        return tuple(self._entries)

    def items(self) -> Iterator[tuple[str, Node]]:
        """Yield the entries of a mapping in order; nothing for another kind."""
        for key, (_, value) in self._entries.items():
            yield key, value

    def elements(self) -> tuple[Node, ...]:
        """Return the elements of a sequence; nothing for another kind."""
        return tuple(self._elements)

    @property
    def span(self) -> Span:
        """Where the value stands; quotes the words of a scalar, the first line of a collection."""
        return self.source.span(self.start, self.end, first_line=self.kind != "scalar")

    def span_of(self, start: int, end: int | None = None) -> Span:
        """Where the characters `start` to `end` of a scalar's text stand in the file, quotes and escapes allowed for.

        The place of the whole scalar when its text cannot be matched with what is written.
        """
        offsets = _offsets(self)
        if offsets is None or start >= len(offsets):
            return self.span if offsets is None else self.source.span(self._content_end(), self.end)
        last = start if end is None else max(start, min(end, len(offsets)) - 1)
        return self.source.span(offsets[start], offsets[last] + 1 if end is not None else self._content_end())

    def _content_end(self) -> int:
        quoted = self.source.text[self.start : self.start + 1] in ("'", '"') and not self.plain
        return self.end - 1 if quoted else self.end

    def key_span(self, key: str) -> Span:
        """Where the key of an entry stands; quotes key and value. Raises KeyError when there is none."""
        named, value = self._entries[key]
        aliased_or_merged = value.source is not named.source or value.start < named.end
        return self.source.span(named.start, named.end if aliased_or_merged else value.end)

    def key_node(self, key: str) -> Node:
        """Return the node of the key itself. Raises KeyError when there is none."""
        return self._entries[key][0]

    def put(self, key: Node, value: Node) -> None:
        """Add an entry; for builders."""
        self._entries[key.text] = (key, value)

    def drop(self, key: str) -> None:
        """Remove an entry; for builders."""
        del self._entries[key]

    def append(self, value: Node) -> None:
        """Add an element; for builders."""
        self._elements.append(value)


def _offsets(node: Node) -> list[int] | None:
    """Return the offset of each character of a scalar's text, None when text and file do not match.

    Folding and block indentation change white space only; quotes are doubled in single-quoted text.
    """
    raw = node.source.text
    position = node.start
    opening = "" if node.plain else raw[position : position + 1]
    if opening in ("'", '"'):
        position += 1
    elif opening in ("|", ">"):
        position = raw.find("\n", position) + 1
    offsets: list[int] = []
    for character in node.text:
        if character.isspace():
            offsets.append(position)
            position = _skip_space(raw, position, node.end)
            continue
        position = _skip_space(raw, position, node.end)
        offsets.append(position)
        if opening == '"' and raw[position] == "\\":
            position += _escape_length(raw, position, character)
        elif opening == "'" and raw.startswith("''", position):
            position += 2
        elif raw[position : position + 1] == character:
            position += 1
        else:
            return None
        if position > node.end:
            return None
    return offsets


def _skip_space(raw: str, position: int, end: int) -> int:
    while position < end and raw[position].isspace():
        position += 1
    return position


def _escape_length(raw: str, position: int, character: str) -> int:
    """Return the length of an escape in double-quoted text; JSON writes high characters as two of them."""
    kind = raw[position + 1 : position + 2]
    if kind == "u" and ord(character) > 0xFFFF:
        return 12
    return {"x": 4, "u": 6, "U": 10}.get(kind, 2)


class Document:
    """One loaded file."""

    __slots__ = ("root", "source")

    def __init__(self, source: Source, root: Node) -> None:
        """Keep the text and its tree."""
        self.source = source
        self.root = root

    @property
    def path(self) -> str:
        """The path as the user named it."""
        return self.source.path

    def at(self, pointer: str) -> Node | None:
        """Return the node at a JSON pointer (`/paths/~1tasks/get`), None when there is none.

        The pointer is already percent-decoded; the empty pointer is the root. Source: RFC 6901.
        """
        node: Node | None = self.root
        for part in pointer.split("/")[1:]:
            if node is None:
                return None
            key = part.replace("~1", "/").replace("~0", "~")
            if node.kind == "sequence":
                inside = key.isascii() and key.isdigit() and len(key) < 10 and int(key) < len(node)
                node = node.elements()[int(key)] if inside else None
            else:
                node = node.get(key)
        return node
