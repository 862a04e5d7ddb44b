"""The line of the application that the current call comes from."""

from __future__ import annotations

import functools
import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from colonnade.span import Span

_LIBRARIES = frozenset({"colonnade", "sqlalchemy", "sqlmodel"})
"""What stands between an application and its driver, also where it is installed for editing."""
_STANDARD = tuple(sysconfig.get_paths()[name] + os.sep for name in ("stdlib", "platstdlib"))
_INSTALLED = frozenset({"site-packages", "dist-packages"})


def call_site() -> Span | None:
    """Return the innermost line that is no library's; None where all of them are."""
    for frame in _frames():
        if _is_own(frame.f_code.co_filename, str(frame.f_globals.get("__name__", ""))):
            return Span(path=_shown(frame.f_code.co_filename, os.getcwd()), line=frame.f_lineno)  # noqa: PTH109 - often
    return None


def _frames() -> Iterator[FrameType]:
    """Yield the frames from the innermost on, those too that wait for a greenlet, as SQLAlchemy's asyncio does."""
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - the documented way to the caller
    current = sys.modules["greenlet"].getcurrent() if "greenlet" in sys.modules else None
    while frame is not None:
        yield frame
        frame = frame.f_back
        if frame is None and current is not None and current.parent is not None:
            current = current.parent
            frame = current.gr_frame


@functools.cache
def _is_own(path: str, module: str) -> bool:
    installed = path.startswith(("<", *_STANDARD)) or _INSTALLED & set(Path(path).parts)
    return not installed and module.partition(".")[0] not in _LIBRARIES


@functools.cache
def _shown(path: str, folder: str) -> str:
    """Return a path from the folder on, where it is below."""
    found = Path(path)
    return str(found.relative_to(folder)) if found.is_relative_to(folder) else path
