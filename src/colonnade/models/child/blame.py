"""Which line of the user's is to blame for an exception."""

from __future__ import annotations

import linecache
import traceback
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from colonnade.models.child.importing import NoModelsError
from colonnade.models.messages import Failure

_MESSAGES = {
    "load": "the models cannot be imported",
    "create": "the models' tables cannot be created",
    "exercise": "the models cannot be tried",
}


def failure(problem: BaseException, *, command: str, root: str) -> Failure:
    """Return what is told about an exception that a command raised."""
    path, line = _place(problem, root)
    original = problem.orig if isinstance(problem, DBAPIError) else None
    said = str(original if original is not None else problem).strip() or "no message"
    return Failure(
        message=_MESSAGES[command],
        detail=f"{type(original if original is not None else problem).__name__}: {said}",
        hint=_hint(problem),
        path=path,
        line=line,
        quote=linecache.getline(path, line).strip() if path else "",
        sqlstate=getattr(original, "sqlstate", None) or "",
    )


def _place(problem: BaseException, root: str) -> tuple[str, int]:
    """Return the innermost place in the user's files."""
    if isinstance(problem, SyntaxError) and problem.filename and _inside(problem.filename, root):
        return problem.filename, problem.lineno or 1
    for frame in reversed(traceback.extract_tb(problem.__traceback__)):
        if _inside(frame.filename, root):
            return frame.filename, frame.lineno or 1
    return "", 0


def _inside(path: str, root: str) -> bool:
    """Whether a file is one of the user's: in the folder of the models, or beside it."""
    if not root or not Path(path).is_file():
        return False
    folder = Path(root) if Path(root).is_dir() else Path(root).parent
    return Path(path).resolve().is_relative_to(folder.resolve())


def _hint(problem: BaseException) -> str:
    """Return the way out, where there is a usual one."""
    match problem:
        case ModuleNotFoundError(name=str(name)):
            return f'Install "{name}" into the environment that colonnade runs in.'
        case ImportError() if "circular import" in str(problem):
            return "Two modules import each other: import one of the names under TYPE_CHECKING, or where it is used."
        case EOFError():
            return "Importing the models must not ask for input."
        case MemoryError():
            return "Importing the models needs more memory than allowed."
        case SystemExit():
            return "Importing the models must not end the process."
        case DBAPIError():
            return ""
        case NoModelsError():
            return "Name the file or package that defines SQLModel classes with table=True, or SQLAlchemy tables."
        case _:
            return "Import the models by hand to see the whole traceback: they must import without a database."
