"""What is wrong with a file, gathered so that one run reports it all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from colonnade.errors import SpecError

_LISTED = 20


class Problems:
    """Errors in reading order; a stage that left some is not built upon."""

    def __init__(self) -> None:
        """Start with none."""
        self._found: list[SpecError] = []

    @contextmanager
    def gather(self) -> Iterator[None]:
        """Keep a SpecError of the block instead of raising it; what the block had still to do is left out."""
        try:
            yield
        except SpecError as error:
            self._found.append(error)

    def add(self, error: SpecError) -> None:
        """Keep an error and go on."""
        self._found.append(error)

    def check(self) -> None:
        """Raise the first error by place, with the others in its detail; return when there is none."""
        if not self._found:
            return
        first, *others = sorted(self._found, key=_place)
        if not others:
            raise first
        listed = [f"{other.at}: {other.message}" for other in others[:_LISTED]]
        listed += [f"and {len(others) - _LISTED} more"] if len(others) > _LISTED else []
        detail = "\n    ".join([f"{len(others)} more in this file:", *listed])
        raise SpecError(
            first.message, at=first.at, hint=first.hint, detail=f"{first.detail} {detail}".strip()
        ) from first


def _place(error: SpecError) -> tuple[str, int, int]:
    return (error.at.path, error.at.line, error.at.column) if error.at else ("", 0, 0)
