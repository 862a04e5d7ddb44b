"""Which names of other modules a module of the models imports."""

from __future__ import annotations

from colonnade.emit.models.imports import import_lines


def test_what_is_read_is_imported_however_it_is_written() -> None:
    marked = "Gen\N{LATIN SMALL LETTER I}\N{COMBINING DOT ABOVE}"  # what a capital I with a dot becomes
    body = [f"count: {marked} = 1", 'kind: "Kind" = "Field"', "event: int = 2", "dt: dt.date"]
    local = {marked: "base", "Kind": "kinds"}
    assert import_lines(body, local=local) == ["import datetime as dt", "", f"from .base import {marked}"]
