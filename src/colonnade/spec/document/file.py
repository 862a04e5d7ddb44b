"""Files to documents: what may be read at all, and in which of the two languages."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from colonnade.errors import InputError, SpecError
from colonnade.span import Span
from colonnade.spec.document.json_text import read_json
from colonnade.spec.document.node import Document, Source
from colonnade.spec.document.yaml_text import read_yaml

MAX_BYTES = 20_000_000
"""A larger file is refused unread; the largest public API contracts stay below half of it."""

_SUFFIXES: dict[str, Literal["json", "yaml"]] = {".json": "json", ".yaml": "yaml", ".yml": "yaml"}


def load(path: Path) -> Document:
    """Read a YAML or JSON file.

    Raises InputError when the file cannot be read at all, SpecError with line and column when what it
    holds is empty, too large, not UTF-8, not YAML or JSON, or built to exhaust its reader.
    """
    return parse(_text(path), path=str(path))


def parse(text: str, *, path: str) -> Document:
    """Read YAML or JSON text; `path` is for places, and its suffix says which of the two it is.

    Without a telling suffix a text that begins with a brace or bracket is JSON.
    """
    source = Source(path, text)
    nul = text.find("\0")
    if nul >= 0:
        raise SpecError("the file contains the character NUL", at=source.span(nul), hint="Is it a text file?")
    begins_as_json = text.lstrip()[:1] in ("{", "[")
    language = _SUFFIXES.get(Path(path).suffix.lower(), "json" if begins_as_json else "yaml")
    root = None
    if text.strip():
        root = read_json(source) if language == "json" else read_yaml(source)
    if root is None:
        raise SpecError(
            "the file is empty",
            at=Span(path),
            hint='A spec file begins with "colonnade: 1", a contract with "openapi".',
        )
    return Document(source, root)


def _text(path: Path) -> str:
    """Read the file as UTF-8, at most one byte more than the limit."""
    place = Span(str(path))
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            data = b"" if size > MAX_BYTES else file.read(MAX_BYTES + 1)
    except IsADirectoryError as error:
        raise InputError(f'"{path}" is a folder', hint="Name the files in it.") from error
    except FileNotFoundError as error:
        raise InputError(f'there is no file "{path}"', hint="Check the spelling and the current folder.") from error
    except (OSError, ValueError) as error:
        raise InputError(f'file "{path}" cannot be read', detail=f"The system says: {error}.") from error
    if max(size, len(data)) > MAX_BYTES:
        raise SpecError(
            f"the file is larger than {MAX_BYTES // 1_000_000} MB",
            at=place,
            hint="Split it into several files; they are merged when named together.",
        )
    return _decode(data, path=str(path))


def _decode(data: bytes, *, path: str) -> str:
    """Return the text without a byte order mark; names line and column of the first byte that is not UTF-8."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = Source(path, data[: error.start].decode())
        line, column = before.place(len(before.text))
        raise SpecError(
            f"byte 0x{data[error.start]:02X} is not UTF-8",
            at=Span(path, line, column),
            hint="Save the file in the encoding UTF-8.",
        ) from error
