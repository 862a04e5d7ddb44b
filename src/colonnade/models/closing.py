"""What holds a process of ours, and lets go of it at the end of a block."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Closing(ABC):
    """A context manager that is closed when its block ends, however it ends."""

    @abstractmethod
    def close(self) -> None:
        """End the process; idempotent."""

    def __enter__(self) -> Self:
        """Return the value itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self.close()
