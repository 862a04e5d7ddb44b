"""Classes and annotated fields, broken over lines where the formatter would break them."""

from __future__ import annotations

import re

from colonnade.emit.models.code import Call, Keyword, Node, flat, printed
from colonnade.emit.models.letters import width
from colonnade.emit.models.text import WIDTH, block

_SUBSCRIPT = re.compile(r"(?P<outer>\w+)\[(?P<inner>.*)\]\Z")
_MARGIN = "    "


def class_lines(name: str, arguments: tuple[str, ...], docstring: str) -> list[str]:
    """Return the head and docstring of a class."""
    head = f"class {name}({', '.join(arguments)}):"
    lines = [head] if width(head) <= WIDTH else [f"class {name}(", *(f"{_MARGIN}{each}," for each in arguments), "):"]
    return [*lines, *block(docstring, indent=len(_MARGIN))]


def field_lines(name: str, annotation: str, settings: list[Keyword]) -> list[str]:
    """Return a field: with the bare default where that is all there is to say and fits."""
    if not settings:
        return declaration(name, annotation, None)
    only = settings[0] if len(settings) == 1 and settings[0].name == "default" else None
    if only is not None and width(f"{_MARGIN}{name}: {annotation} = {flat(only.value)}") <= WIDTH:
        return declaration(name, annotation, only.value)
    return declaration(name, annotation, Call("Field", tuple(settings)))


def declaration(name: str, annotation: str, value: Node | None) -> list[str]:
    """Return `name: annotation = value` in a class body."""
    head = f"{name}: {annotation}"
    opening = head if value is None else f"{head} = {_opening(value)}"
    if width(_MARGIN + opening) <= WIDTH:
        return [_MARGIN + head] if value is None else printed(value, indent=1, before=f"{head} = ")
    if value is not None and width(f"{_MARGIN}{head} = (") <= WIDTH:
        return [f"{_MARGIN}{head} = (", *printed(value, indent=2), f"{_MARGIN})"]
    if _is_union(annotation) or value is None:
        before, middle, after = f"{name}: (", annotation, ")"
    elif subscript := _SUBSCRIPT.match(annotation):
        before, middle, after = f"{name}: {subscript['outer']}[", subscript["inner"], "]"
    else:
        return printed(value, indent=1, before=f"{head} = ")
    rest = [f"{_MARGIN}{after}"] if value is None else printed(value, indent=1, before=f"{after} = ")
    return [_MARGIN + before, f"{_MARGIN * 2}{middle}", *rest]


def _opening(value: Node) -> str:
    """Return what of a value must stand on the line on which it begins."""
    return f"{value.head}{value.brackets[0]}" if isinstance(value, Call) and value.arguments else flat(value)


def _is_union(annotation: str) -> bool:
    """Whether the annotation has a `|` outside brackets."""
    return " | " in re.sub(r"\[.*\]", "", annotation)
