"""Somebody's files of text: how they are read, and how their paths are shown."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

from colonnade.errors import InputError
from colonnade.span import Span


def shown_path(path: str) -> str:
    """Return a path as people write it: from the current folder where it lies below."""
    return os.path.normpath(path).removeprefix(f"{Path.cwd()}{os.sep}")


def read_text(path: Path) -> str:
    """Return the text of a file; raises InputError when it is no text in UTF-8."""
    try:
        data = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise InputError(
            f'cannot read "{path}"', detail=str(error.strerror), hint="Check its name and permissions."
        ) from error
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InputError(
            f"byte 0x{data[error.start]:02X} is not UTF-8",
            at=Span(path=str(path), line=data.count(b"\n", 0, error.start) + 1),
            hint="Save the file in the encoding UTF-8.",
        ) from error
