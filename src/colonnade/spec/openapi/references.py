"""Follows `$ref` inside a document and into other files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from colonnade.errors import InputError, SpecError
from colonnade.spec.document import Document, Node, load

_LONGEST_CHAIN = 50
"""References that only lead to another reference; an honest document has one or two."""


class References:
    """Finds what a reference points at; reads a file that was not named when a reference needs it."""

    def __init__(self, documents: Iterable[Document], *, read: Callable[[Path], Document] = load) -> None:
        """Start with the documents that were named."""
        self._documents = {_normal(document.path): document for document in documents}
        self._read = read

    @property
    def documents(self) -> tuple[Document, ...]:
        """The documents read so far."""
        return tuple(self._documents.values())

    def target(self, node: Node) -> Node:
        """Return the node that stands at the end of the node's references; the node itself when it has none.

        Raises SpecError for a reference that is missing, remote, or leads back to itself.
        """
        seen = {node}
        current = node
        while (reference := current.get("$ref")) is not None:
            current = self.follow(reference)
            if current in seen or len(seen) > _LONGEST_CHAIN:
                raise SpecError(
                    f'reference "{reference.text}" leads back to itself',
                    at=reference.span,
                    hint="Let one schema of the circle hold the properties.",
                )
            seen.add(current)
        return current

    def follow(self, reference: Node) -> Node:
        """Return the node that one `$ref` value points at."""
        if not reference.is_scalar:
            raise SpecError('the value of "$ref" is not text', at=reference.span)
        address = urlsplit(reference.text)
        if address.scheme or address.netloc:
            raise SpecError(
                f'reference "{reference.text}" is remote and is not fetched',
                at=reference.span,
                hint="Save the file next to this one and refer to it by a relative path.",
            )
        document = self._document(reference, unquote(address.path))
        target = document.at(unquote(address.fragment))
        if target is None:
            raise SpecError(
                f'reference "{reference.text}" points at nothing',
                at=reference.span,
                hint="Check the spelling of the name after the last slash.",
            )
        return target

    def _document(self, reference: Node, path: str) -> Document:
        here = reference.source.path
        wanted = _normal(os.path.join(os.path.dirname(here), path)) if path else _normal(here)  # noqa: PTH118, PTH120 - "./" must survive as the user wrote it
        document = self._documents.get(wanted)
        if document is None:
            try:
                document = self._read(Path(wanted))
            except InputError as error:
                raise SpecError(
                    f'reference "{reference.text}" points into a file that cannot be read',
                    at=reference.span,
                    detail=str(error),
                    hint="The path is relative to the file that refers.",
                ) from error
            self._documents[wanted] = document
        return document


def reference_name(reference: Node) -> str:
    """Return the name that a reference gives to what it points at: a component's, else the file's."""
    address = urlsplit(reference.text)
    last = address.fragment.rstrip("/").rsplit("/", 1)[-1]
    if last:
        return unquote(last).replace("~1", "/").replace("~0", "~")
    return Path(unquote(address.path)).name.split(".")[0]


def _normal(path: str) -> str:
    return os.path.normpath(path)
