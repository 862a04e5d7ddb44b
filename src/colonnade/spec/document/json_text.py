"""JSON text to a tree. Source: RFC 8259."""

from __future__ import annotations

import json
import re

from colonnade.errors import SpecError
from colonnade.spec.document.builder import TreeBuilder
from colonnade.spec.document.node import Node, Source

_TOKEN = re.compile(
    r"""[ \t\n\r]*(?:
      (?P<open>[{\[])
    | (?P<close>[}\]])
    | (?P<string>"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*")
    | (?P<plain>(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)(?![\w.+-]))
    | (?P<mark>[,:])
    | (?P<end>\Z)
    | (?P<bad>.)
    )""",
    re.VERBOSE | re.DOTALL,
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_CLOSES = {"{": "}", "[": "]"}


def read_json(source: Source) -> Node:
    """Return the tree. Raises SpecError with line and column at the first thing that is not JSON."""
    return _Reader(source).read()


class _Reader:
    """Walks over the tokens; `_expected` is what may come next."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._builder = TreeBuilder(source)
        self._closers: list[str] = []
        self._expected = "value"

    def read(self) -> Node:
        position = 0
        text = self._source.text
        while True:
            token = _TOKEN.match(text, position)
            assert token is not None  # noqa: S101 - the last alternative matches any character
            kind = str(token.lastgroup)
            start, position = token.span(kind)
            if kind == "end":
                break
            self._take(kind, token[kind], start)
        root = self._builder.root
        if root is None:
            raise self._error(len(text), "the JSON text ends too early")
        return root

    def _take(self, kind: str, word: str, start: int) -> None:
        expected = self._expected
        if kind == "mark":
            self._take_mark(word, start)
        elif kind == "close" and self._may_close(word):
            self._closers.pop()
            self._builder.close(start + 1)
            self._after_value()
        elif kind == "string" and expected in ("value", "value or ]", "key", "key or }"):
            self._builder.scalar(start, start + len(word), self._unescape(word, start), plain=False)
            if expected.startswith("key"):
                self._expected = ":"
            else:
                self._after_value()
        elif kind in ("plain", "open") and expected.startswith("value"):
            if kind == "open":
                self._builder.open("mapping" if word == "{" else "sequence", start)
                self._closers.append(_CLOSES[word])
                self._expected = "key or }" if word == "{" else "value or ]"
            else:
                self._builder.scalar(start, start + len(word), word, plain=True)
                self._after_value()
        else:
            raise self._error(start, f'expected {expected}, found "{word[:20]}"')

    def _take_mark(self, word: str, start: int) -> None:
        if word == ":" and self._expected == ":":
            self._expected = "value"
        elif word == "," and self._expected.startswith(", or"):
            self._expected = "key" if self._closers[-1] == "}" else "value"
        else:
            raise self._error(start, f'expected {self._expected}, found "{word}"')

    def _may_close(self, word: str) -> bool:
        return bool(self._closers) and word == self._closers[-1] and self._expected.endswith(f"or {word}")

    def _after_value(self) -> None:
        self._expected = f", or {self._closers[-1]}" if self._closers else "end of file"

    def _unescape(self, word: str, start: int) -> str:
        if "\\" not in word:
            return word[1:-1]
        text = str(json.loads(word))
        if _SURROGATE.search(text):
            raise self._error(start, "text contains half of a surrogate pair")
        return text

    def _error(self, start: int, message: str) -> SpecError:
        """Return the error, with a hint for the slips that people make most."""
        rest = self._source.text[start : start + 2]
        hint = "The file is read as JSON because of its name or its first character."
        if rest in ("//", "/*") or rest.startswith("#"):
            hint = "JSON has no comments; remove it, or save the file as YAML."
        elif rest.startswith("'"):
            hint = "JSON text stands in double quotes."
        elif rest.startswith('"'):
            hint = "The text does not end on its line, or holds a backslash that must be doubled."
        elif rest[:1] in ("}", "]"):
            hint = "Remove the comma before it, or add what is missing."
        return SpecError(message, at=self._source.span(start), hint=hint)
