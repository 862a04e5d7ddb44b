"""YAML text to a tree, through libyaml's events."""

from __future__ import annotations

import re
from typing import Any

import yaml

from colonnade.errors import SpecError
from colonnade.spec.document.builder import TreeBuilder
from colonnade.spec.document.node import Node, Source, resolve

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml when PyYAML was built with it: ten times faster, same events."""

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CORE_TAG = "tag:yaml.org,2002:"
_TAGGED_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "null": (type(None),),
}


def read_yaml(source: Source) -> Node | None:
    """Return the tree, None when the file holds no document.

    Raises SpecError with line and column at the first thing that is not YAML.
    """
    unprintable = _UNPRINTABLE.search(source.text)
    if unprintable:
        raise SpecError(
            f"character U+{ord(unprintable[0]):04X} cannot stand in YAML",
            at=source.span(unprintable.start()),
            hint="Remove it, or write it as an escape in a double-quoted text.",
        )
    try:
        return _Reader(source).read()
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(source, error) from error
    except yaml.YAMLError as error:
        raise SpecError("the file is not YAML", at=source.span(0), detail=f"The parser says: {error}.") from error


def _syntax_error(source: Source, error: yaml.MarkedYAMLError) -> SpecError:
    """Return the parser's complaint in our form."""
    mark = error.problem_mark or error.context_mark
    offset = min(mark.index, len(source.text)) if mark else 0
    hint = "Check indentation, quotes and brackets at this place and on the line above."
    if source.text[offset : offset + 1] == "\t":
        hint = "Indent with spaces; YAML takes no tabs."
    elif source.text[offset : offset + 1] in ("@", "`", "%"):
        hint = "Put the text in quotes; this character cannot start it."
    detail = ""
    if error.context:
        where = f" that starts on line {error.context_mark.line + 1}" if error.context_mark else ""
        detail = f"The parser stopped {error.context}{where}."
    return SpecError(f"not YAML: {error.problem}", at=source.span(offset), detail=detail, hint=hint)


class _Reader:
    """Turns events into calls of the builder."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._builder = TreeBuilder(source)
        self._anchors: dict[str, Node] = {}
        self._documents = 0

    def read(self) -> Node | None:
        for event in yaml.parse(self._source.text, Loader=_LOADER):
            self._take(event)
        return self._builder.root

    def _take(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        match event:
            case yaml.ScalarEvent():
                self._name(event, self._scalar(event, start, end))
            case yaml.MappingStartEvent():
                self._check_tag(event, "map")
                self._name(event, self._builder.open("mapping", start))
            case yaml.SequenceStartEvent():
                self._check_tag(event, "seq")
                self._name(event, self._builder.open("sequence", start))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._builder.close(end)
            case yaml.AliasEvent():
                self._builder.add(self._aliased(event.anchor, start), start=start)
            case yaml.DocumentStartEvent():
                self._start_document(start)

    def _start_document(self, start: int) -> None:
        self._documents += 1
        if self._documents > 1:
            raise SpecError(
                "the file holds more than one YAML document",
                at=self._source.span(start),
                hint="Split it at the line with three dashes and name both files.",
            )

    def _scalar(self, event: Any, start: int, end: int) -> Node:
        plain = bool(event.implicit[0])
        tag = event.tag
        if tag and tag != "!":
            self._check_tag(event, "str", *_TAGGED_TYPES)
            plain = tag != _CORE_TAG + "str"
            self._check_tagged_value(event, start, end)
        return self._builder.scalar(start, end, event.value, plain=plain)

    def _check_tagged_value(self, event: Any, start: int, end: int) -> None:
        name = event.tag.removeprefix(_CORE_TAG)
        types = _TAGGED_TYPES.get(name)
        value = resolve(event.value) if types else None
        if types and (not isinstance(value, types) or (bool not in types and isinstance(value, bool))):
            raise SpecError(f"the value is not of its tag !!{name}", at=self._source.span(start, end))

    def _check_tag(self, event: Any, *allowed: str) -> None:
        tag = event.tag
        if tag is None or tag == "!" or tag in [_CORE_TAG + each for each in allowed]:
            return
        shown = tag.replace(_CORE_TAG, "!!")
        raise SpecError(
            f'YAML tag "{shown}" is not accepted',
            at=self._source.span(event.start_mark.index),
            hint="Write the value without a tag; a document may not name types of a programming language.",
        )

    def _name(self, event: Any, node: Node) -> None:
        if event.anchor:
            self._anchors[event.anchor] = node

    def _aliased(self, anchor: str, start: int) -> Node:
        node = self._anchors.get(anchor)
        if node is None:
            raise SpecError(
                f'alias "*{anchor}" has no anchor',
                at=self._source.span(start),
                hint=f"Mark the value with &{anchor} before this place, or put the text in quotes.",
            )
        if self._builder.is_open(node):
            raise SpecError(
                f'alias "*{anchor}" stands inside the value that it repeats',
                at=self._source.span(start),
                hint="Such a document would never end; write the inner part out.",
            )
        return node
