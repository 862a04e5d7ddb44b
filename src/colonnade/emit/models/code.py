"""Python code as a tree, printed as its formatter would leave it.

What fits on a line stays on it; what does not goes one item a line, each with its comma. The
formatter keeps both forms, so emitted code is formatted without running the formatter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from colonnade.emit.models.letters import width
from colonnade.emit.models.text import WIDTH, pieces, quoted

_STEP = 4


@dataclass(frozen=True, slots=True)
class Text:
    """A string literal; a long one is printed as several, joined by Python."""

    value: str


@dataclass(frozen=True, slots=True)
class Keyword:
    """`name=value` of a call."""

    name: str
    value: Node


@dataclass(frozen=True, slots=True)
class Call:
    """`head(arguments)`; with `brackets="[]"` a subscript."""

    head: str
    arguments: tuple[Node | Keyword, ...] = ()
    brackets: str = "()"


@dataclass(frozen=True, slots=True)
class Items:
    """A tuple, list or set, by its brackets."""

    items: tuple[Node, ...]
    brackets: str = "()"


@dataclass(frozen=True, slots=True)
class Entries:
    """A dictionary; its keys are strings."""

    entries: tuple[tuple[Text, Node], ...]


Node = str | Text | Call | Items | Entries
"""A string stands for itself: a name, a number, anything that is never broken."""


def call(head: str, *arguments: Node, **keywords: Node | None) -> Call:
    """Return a call; keywords that are None are left out."""
    named = tuple(Keyword(name, value) for name, value in keywords.items() if value is not None)
    return Call(head, (*arguments, *named))


def items(nodes: Iterable[Node], brackets: str = "()") -> Items:
    """Return a tuple, list or set."""
    return Items(tuple(nodes), brackets)


def flat(node: Node) -> str:
    """Return the code on one line, however long."""
    match node:
        case str():
            return node
        case Text(value):
            return quoted(value)
        case Call(head, arguments, brackets):
            inside = ", ".join(_flat_argument(argument) for argument in arguments)
            return f"{head}{brackets[0]}{inside}{brackets[1]}"
        case Items(parts, brackets):
            inside = ", ".join(flat(part) for part in parts)
            comma = "," if brackets == "()" and len(parts) == 1 else ""
            return f"{brackets[0]}{inside}{comma}{brackets[1]}"
        case Entries(entries):
            return "{" + ", ".join(f"{flat(key)}: {flat(value)}" for key, value in entries) + "}"


def printed(node: Node, *, indent: int = 0, before: str = "", after: str = "") -> list[str]:
    """Return the lines of `before`, the node and `after`, indented by this many steps."""
    return list(_printed(node, indent * _STEP, before, after, bare=False))


def _printed(node: Node, indent: int, before: str, after: str, *, bare: bool) -> Iterator[str]:
    """Give the lines; `bare` says that a broken string needs no parentheses of its own."""
    margin = " " * indent
    line = f"{margin}{before}{flat(node)}{after}"
    if isinstance(node, str) or width(line) <= WIDTH:
        yield line
    elif isinstance(node, Text):
        yield from _printed_text(node, indent, before, after, bare=bare)
    elif isinstance(node, Entries):
        yield f"{margin}{before}{{"
        for key, value in node.entries:
            yield from entry_lines(key, value, indent=indent + _STEP)
        yield f"{margin}}}{after}"
    else:
        opening, closing, parts = _parts(node)
        if not parts:
            yield line
            return
        yield f"{margin}{before}{opening}"
        for name, part in parts:
            own = isinstance(node, Call) and not name
            yield from _printed(part, indent + _STEP, name, ",", bare=own)
        yield f"{margin}{closing}{after}"


def entry_lines(key: Text, value: Node, *, indent: int) -> Iterator[str]:
    """Give the lines of an entry of a dictionary, indented by this many columns."""
    opening = f"{flat(key)}: "
    if width(opening) + indent < WIDTH:
        yield from _printed(value, indent, opening, ",", bare=False)
        return
    *keyed, last = _printed_text(key, indent, "", "", bare=False)
    yield from keyed
    yield from _printed(value, indent, f"{last.strip()}: ", ",", bare=False)


def _printed_text(node: Text, indent: int, before: str, after: str, *, bare: bool) -> Iterator[str]:
    """Give a string as several, one a line."""
    depth = indent if bare else indent + _STEP
    room = WIDTH - depth - 2 - (len(after) if bare else 0)
    parts = [quoted(piece) for piece in pieces(node.value, room=room)]
    margin = " " * depth
    if not bare:
        yield f"{' ' * indent}{before}("
    yield from (f"{margin}{part}" for part in parts[:-1])
    yield f"{margin}{parts[-1]}{after if bare else ''}"
    if not bare:
        yield f"{' ' * indent}){after}"


def _flat_argument(argument: Node | Keyword) -> str:
    """Return one argument of a call on one line."""
    if isinstance(argument, Keyword):
        return f"{argument.name}={flat(argument.value)}"
    return flat(argument)


def _parts(node: Call | Items) -> tuple[str, str, list[tuple[str, Node]]]:
    """Return the opening, the closing, and what stands between, each with what precedes it."""
    match node:
        case Call(head, arguments, brackets):
            return (
                head + brackets[0],
                brackets[1],
                [(f"{each.name}=", each.value) if isinstance(each, Keyword) else ("", each) for each in arguments],
            )
        case Items(parts, brackets):
            return brackets[0], brackets[1], [("", part) for part in parts]
