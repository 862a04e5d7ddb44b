"""Failures are answered as `application/problem+json` (RFC 9457), constraints of the database by their names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg import Error as DriverError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from colonnade.errors import UnknownOutcomeError
from colonnade.runtime.fastapi import error_responses

_TYPE = "urn:taskboard:problem:"
# What a constraint that refuses a request says to whoever made it: status, code, detail.
CONSTRAINTS: dict[str, tuple[int, str, str]] = {
    "uq_users_email": (409, "email-taken", "There is an account with this e-mail address."),
    "uq_tags_user_id_name": (409, "tag-exists", "There is such a tag already."),
    "fk_tasks_assignee_id_users": (422, "unknown-assignee", "There is no such user to assign the task to."),
    "fk_tasks_parent_id_tasks": (422, "unknown-parent", "There is no such task to be a part of."),
    "tasks_parent_id_own": (422, "unknown-parent", "There is no such task to be a part of."),
    "fk_comments_task_id_tasks": (404, "unknown-task", "There is no such task."),
    "fk_task_tags_task_id_tasks": (404, "unknown-task", "There is no such task."),
    "fk_task_tags_tag_id_tags": (404, "unknown-tag", "There is no such tag."),
}
_NOT_NULL, _CHECK = "23502", "23514"


class ProblemError(Exception):
    """What an endpoint refuses."""

    def __init__(self, status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        """Take what is answered; `code` is for programs, `detail` for people."""
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers


def problem_responses(app: FastAPI) -> None:
    """Answer every failure as a problem; what nobody expected stays an error of the server, in its log."""
    error_responses(app)
    for of_runtime in (UnknownOutcomeError, DBAPIError, PoolTimeoutError):
        app.add_exception_handler(of_runtime, _as_problem(app.exception_handlers[of_runtime]))
    app.exception_handler(ProblemError)(_stated)
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(IntegrityError)(_refused)
    app.exception_handler(ProgrammingError)(_refused)
    app.exception_handler(DataError)(_unstorable)
    app.exception_handler(Exception)(_unexpected)
    app.exception_handler(StaleDataError)(_stale)


def answer(
    status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
) -> JSONResponse:
    """Return a problem as RFC 9457 has it."""
    title = code.replace("-", " ").capitalize()
    content = {"type": _TYPE + code, "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(content, status, headers=dict(headers or {}), media_type="application/problem+json")


def _stated(request: Request, problem: ProblemError) -> JSONResponse:
    del request
    return answer(problem.status, problem.code, problem.detail, headers=problem.headers)


def _http(request: Request, problem: HTTPException) -> JSONResponse:
    """Answer what the framework refuses: no such path, no such method."""
    del request
    return answer(problem.status_code, "http", str(problem.detail), headers=problem.headers)


def _invalid(request: Request, problem: RequestValidationError) -> JSONResponse:
    """Answer 422 with places and reasons, without the values: one of them may be a password."""
    del request
    errors = [{"at": ".".join(map(str, each["loc"])), "message": each["msg"]} for each in problem.errors()]
    return answer(422, "invalid-request", "The request is not as it has to be.", errors=errors)


def _refused(request: Request, problem: DBAPIError) -> Response:
    """Answer what a constraint, a trigger or a missing value has refused; raises what was not the caller's fault."""
    del request
    cause = problem.orig
    if not isinstance(cause, DriverError):
        raise problem
    constraint = cause.diag.constraint_name or ""
    if constraint in CONSTRAINTS:
        status, code, detail = CONSTRAINTS[constraint]
        return answer(status, code, detail)
    if cause.sqlstate == _NOT_NULL:
        return answer(422, "invalid-request", f"{cause.diag.column_name} may not be null.")
    if cause.sqlstate == _CHECK:
        return answer(422, "invalid-request", f"The request breaks the rule {constraint}.")
    raise problem


def version_conflict() -> ProblemError:
    """Return what is answered when somebody else was faster."""
    return ProblemError(409, "version-conflict", "It was changed in the meantime: read it again.")


def _unstorable(request: Request, problem: DataError) -> JSONResponse:
    """Answer what no text or number of the database can be, as a text with a NUL in it."""
    del request, problem
    return answer(422, "invalid-request", "A value is not one that can be stored.")


def _unexpected(request: Request, problem: Exception) -> JSONResponse:
    """Answer what is our own fault; the framework raises it again, for the log."""
    del request, problem
    return answer(500, "internal", "Something went wrong here.")


def _stale(request: Request, problem: StaleDataError) -> JSONResponse:
    del problem
    return _stated(request, version_conflict())


def _as_problem(handler: Any) -> Any:
    """Return the runtime's own answer, in the form of ours."""

    def answered(request: Request, problem: Exception) -> Response:
        plain: JSONResponse = handler(request, problem)
        headers = {key: value for key, value in plain.headers.items() if key == "retry-after"}
        return answer(plain.status_code, "try-later", json.loads(bytes(plain.body))["detail"], headers=headers)

    return answered
