"""Mappings with checked keys, and scalars of the kind that a key asks for."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.errors import SpecError
from colonnade.span import Span
from colonnade.spec.colonnade_file.problems import Problems
from colonnade.spec.document import Node
from colonnade.spec.nearest import suggestion


def text_of(node: Node, what: str) -> str:
    """Return a scalar's text; numbers and booleans as they are written."""
    if not node.is_scalar or node.scalar is None or not node.text.strip():
        raise SpecError(f"{what} must be text", at=node.span)
    return node.text


def flag_of(node: Node, what: str) -> bool:
    """Return true or false."""
    value = node.scalar
    if not isinstance(value, bool):
        raise SpecError(f"{what} must be true or false", at=node.span)
    return value


def word_of(node: Node, what: str, allowed: Iterable[str]) -> str:
    """Return a text that is one of the allowed words."""
    word = text_of(node, what)
    choices = tuple(allowed)
    if word not in choices:
        article = "an" if what[0] in "aeio" else "a"
        raise SpecError(f'"{word}" is not {article} {what}', at=node.span, hint=suggestion(word, choices))
    return word


def items_of(node: Node, what: str) -> tuple[Node, ...]:
    """Return the elements of a sequence; a scalar stands for a sequence of one."""
    if node.is_sequence:
        return node.elements()
    if node.is_scalar and node.scalar is not None:
        return (node,)
    raise SpecError(f"{what} must be a list", at=node.span)


def mapping_of(node: Node, what: str) -> Node:
    """Return the node when it is a mapping."""
    if not node.is_mapping:
        raise SpecError(f"{what} must be a mapping", at=node.span, hint='Write it as "key: value" lines.')
    return node


class Block:
    """A mapping of which only the given keys are allowed.

    Unknown keys are reported as problems and otherwise passed over.
    """

    def __init__(self, node: Node, what: str, allowed: Iterable[str], problems: Problems) -> None:
        """Check the keys. Raises SpecError when the node is no mapping."""
        self.node = mapping_of(node, what)
        self.what = what
        keys = tuple(allowed)
        for key in node.keys():  # noqa: SIM118 - a Node is no dict
            if key not in keys:
                problems.add(
                    SpecError(f'unknown key "{key}" in {what}', at=self.key_span(key), hint=suggestion(key, keys))
                )

    def __contains__(self, key: str) -> bool:
        """Tell whether the key is there."""
        return key in self.node

    def get(self, key: str) -> Node | None:
        """Return the value, None when the key is missing or nothing stands behind it."""
        node = self.node.get(key)
        return None if node is None or (node.is_scalar and node.scalar is None) else node

    def need(self, key: str) -> Node:
        """Return the value. Raises SpecError when the key is missing."""
        node = self.get(key)
        if node is None:
            raise SpecError(f'{self.what} needs the key "{key}"', at=self.node.span)
        return node

    def key_span(self, key: str) -> Span:
        """Where the key stands; quotes key and value."""
        return self.node.key_span(key)

    def text(self, key: str, default: str = "") -> str:
        """Return the text under the key."""
        node = self.get(key)
        return default if node is None else text_of(node, f'"{key}"')

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return the boolean under the key."""
        node = self.get(key)
        return default if node is None else flag_of(node, f'"{key}"')

    def word(self, key: str, allowed: Iterable[str], default: str = "") -> str:
        """Return one of the allowed words under the key."""
        node = self.get(key)
        return default if node is None else word_of(node, f'value of "{key}"', allowed)

    def items(self, key: str) -> tuple[Node, ...]:
        """Return the elements under the key; none when it is missing."""
        node = self.get(key)
        return () if node is None else items_of(node, f'"{key}"')
