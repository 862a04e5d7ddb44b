"""Claims that a schema that already exists has what a spec asks for."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.design import Design
from colonnade.prove.claim import Evidence


def prove_correspondence(design: Design) -> Iterator[Evidence]:
    """Yield the evidence on what the spec names: a table, a column, a reference for each."""
    yield from ()
