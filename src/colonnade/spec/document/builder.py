"""Builds the tree from what a scanner reads, and holds its limits."""

from __future__ import annotations

from colonnade.errors import SpecError
from colonnade.spec.document.node import Kind, Node, Source, resolve

MAX_DEPTH = 200
"""Readers walk the tree by recursion; no honest document nests deeper."""

MAX_NODES = 2_000_000
"""Values of one document with its aliases expanded."""


class TreeBuilder:
    """Takes scalars, openings and closings in reading order; the finished tree is `root`."""

    def __init__(self, source: Source) -> None:
        """Start with nothing."""
        self._source = source
        self._open: list[tuple[Node, Node | None]] = []
        self._key: Node | None = None
        self.root: Node | None = None

    @property
    def depth(self) -> int:
        """How many collections are open."""
        return len(self._open)

    @property
    def inside(self) -> Kind | None:
        """The kind of the innermost open collection."""
        return self._open[-1][0].kind if self._open else None

    @property
    def wants_key(self) -> bool:
        """Whether the next value is a key."""
        return self.inside == "mapping" and self._key is None

    def open(self, kind: Kind, start: int) -> Node:
        """Open a mapping or sequence."""
        if len(self._open) >= MAX_DEPTH:
            raise SpecError(
                f"the document nests deeper than {MAX_DEPTH} levels",
                at=self._source.span(start),
                hint="Flatten it, or give the deep part a name and refer to it.",
            )
        if self.wants_key:
            raise SpecError(
                f"a {kind} cannot be a key", at=self._source.span(start), hint="Put the key in quotes if it is text."
            )
        node = Node(self._source, kind, start, start)
        self._open.append((node, self._key))
        self._key = None
        return node

    def close(self, end: int) -> Node:
        """Close the innermost collection and put it where it belongs."""
        node, self._key = self._open.pop()
        node.end = end
        self._merge(node)
        self.add(node, start=node.start)
        return node

    def scalar(self, start: int, end: int, text: str, *, plain: bool) -> Node:
        """Add a scalar, or remember it as the key of the next value."""
        node = Node(self._source, "scalar", start, end, text=text, plain=plain)
        self._check_scalar(node)
        if self.wants_key:
            self._check_key(node)
            self._key = node
        else:
            self.add(node, start=start)
        return node

    def add(self, node: Node, *, start: int) -> None:
        """Put a finished node, or one that an alias at `start` repeats, where it belongs."""
        if not self._open:
            self.root = node
            return
        parent = self._open[-1][0]
        if parent.kind == "sequence":
            parent.append(node)
        elif self._key is None:
            raise SpecError("an alias cannot be a key", at=self._source.span(start), hint="Write the key out.")
        else:
            parent.put(self._key, node)
            self._key = None
        parent.size += node.size
        if parent.size > MAX_NODES:
            raise SpecError(
                f"the document holds more than {MAX_NODES:,} values",
                at=self._source.span(start),
                detail="Aliases count as often as they are used.",
                hint="Write the repeated part once and refer to it by name.",
            )

    def is_open(self, node: Node) -> bool:
        """Tell whether the node is not finished yet, so that an alias to it would never end."""
        return any(each is node for each, _ in self._open)

    def _merge(self, node: Node) -> None:
        """Fill in the entries of the mappings under a plain key `<<` where the node has none of that name.

        Not in YAML 1.2, but written in many contracts. Source: yaml.org/type/merge.html
        """
        merged = node.get("<<")
        if merged is None or not node.key_node("<<").plain:
            return
        key = node.key_node("<<")
        node.drop("<<")
        for other in merged.elements() or (merged,):
            if other.kind != "mapping":
                raise SpecError("only a mapping can be merged", at=self._source.span(key.start, key.end))
            for name, value in other.items():
                if name not in node:
                    node.put(other.key_node(name), value)
        node.size = 1 + sum(value.size for _, value in node.items())

    def _check_key(self, node: Node) -> None:
        parent = self._open[-1][0]
        if node.text not in parent:
            return
        first = parent.key_node(node.text)
        line = self._source.place(first.start)[0]
        raise SpecError(
            f'key "{node.text}" stands twice in one mapping',
            at=self._source.span(node.start, node.end),
            detail=f"It stands on line {line} and again on line {self._source.place(node.start)[0]}.",
            hint="Keep one of them, or merge what they say.",
        )

    def _check_scalar(self, node: Node) -> None:
        if "\0" in node.text:
            raise SpecError(
                "text contains the character NUL",
                at=self._source.span(node.start, node.end),
                hint="Postgres stores no NUL in text; remove it.",
            )
        if node.plain:
            try:
                resolve(node.text)
            except ValueError as error:
                raise SpecError(
                    "number is too long",
                    at=self._source.span(node.start, node.end),
                    hint="Put it in quotes if it is text.",
                ) from error
