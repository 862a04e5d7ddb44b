"""What came of a step: fine, a disagreement, or an exception."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from colonnade.models.messages import Step, StepName

_SHOWN = 400


class DisagreementError(Exception):
    """What was seen is not what should have been seen."""


class SetupError(Exception):
    """The rows that a trial starts from could not be stored."""


class Recorder:
    """The statements that an engine has sent."""

    def __init__(self, engine: sa.Engine) -> None:
        """Listen to an engine."""
        self._statements: list[str] = []
        event.listen(engine, "before_cursor_execute", self._keep)

    def taken(self) -> str:
        """Return what was sent since the last call, without savepoints and casts of values."""
        found = [each for each in self._statements if each.startswith(("INSERT", "UPDATE", "DELETE", "SELECT"))]
        self._statements.clear()
        written = [each for each in found if not each.startswith("SELECT")]
        return ";\n".join(" ".join(each.split()) for each in written or found[-1:])

    def _keep(self, _: Any, __: Any, statement: str, *___: Any) -> None:
        self._statements.append(statement)


def step_of(trial: str, name: StepName, action: Callable[[], str], recorder: Recorder | None = None) -> Step:
    """Run an action and return what came of it."""
    if recorder is not None:
        recorder.taken()
    started = time.perf_counter()
    sqlstate = ""
    try:
        observed, ok = action(), True
    except DisagreementError as problem:
        observed, ok = str(problem), False
    except Exception as problem:  # noqa: BLE001 - whatever the models raise is what the step is about
        observed, ok, sqlstate = described(problem), False, sqlstate_of(problem)
    return Step(
        trial=trial,
        name=name,
        ok=ok,
        observed=observed,
        sql=recorder.taken() if recorder is not None else "",
        sqlstate=sqlstate,
        elapsed_ms=(time.perf_counter() - started) * 1000,
    )


def untried(trial: str, name: StepName, problem: SetupError) -> Step:
    """Return the step of a trial that could not start."""
    return Step(trial=trial, name=name, ok=False, tried=False, observed=str(problem))


def described(problem: BaseException) -> str:
    """Return an exception in one line."""
    original = problem.orig if isinstance(problem, DBAPIError) and problem.orig is not None else problem
    text = " ".join(str(original).split())
    return f"{type(original).__name__}: {text}"[:_SHOWN]


def sqlstate_of(problem: BaseException) -> str:
    """Return the SQLSTATE of a refused statement, "" for anything else."""
    return getattr(getattr(problem, "orig", None), "sqlstate", None) or ""


def refusal(problem: DBAPIError) -> str:
    """Return the SQLSTATE and the constraint that a refused statement violates."""
    diagnostic = getattr(problem.orig, "diag", None)
    constraint = getattr(diagnostic, "constraint_name", None) or ""
    state = getattr(problem.orig, "sqlstate", None) or ""
    return " ".join(filter(None, (state, constraint))) or described(problem)
