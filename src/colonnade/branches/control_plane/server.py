"""The control plane over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from colonnade.branches.control_plane.bodies import PROJECT_ID, REGION_ID, project_body, user_body
from colonnade.branches.control_plane.branch_routes import BranchRoutes
from colonnade.branches.control_plane.faults import Fault, Faults, NoFaults
from colonnade.branches.control_plane.inside_routes import InsideRoutes
from colonnade.branches.control_plane.operations import Operations
from colonnade.branches.control_plane.requests import (
    Answer,
    RefusalError,
    Request,
    Route,
    cursor_of,
    refusal_for,
    route,
)
from colonnade.branches.local import LocalProvider
from colonnade.errors import ColonnadeError, DatabaseError

API_PATH = "/api/v2"
_ADDRESS = "127.0.0.1"
_SWEEP = timedelta(seconds=30)
_LARGEST_BODY = 1 << 20


class ControlPlane:
    """Answers requests for Neon's API from the branches of this machine.

    `api_key` is the only key that is let in, None for any. `clock` says when a branch has expired.
    """

    def __init__(
        self,
        local: LocalProvider,
        *,
        clock: Callable[[], datetime],
        faults: Faults | None = None,
        api_key: str | None = None,
    ) -> None:
        """Begin without operations."""
        operations = Operations(clock)
        self.faults: Faults = faults or NoFaults()
        self._local = local
        self._clock = clock
        self._api_key = api_key
        self._swept = clock()
        self._routes: tuple[Route, ...] = (
            *_account_routes(),
            *BranchRoutes(local, operations).routes(),
            *InsideRoutes(local, operations).routes(),
        )

    def answer(self, method: str, target: str, authorization: str, body: bytes) -> Answer | None:
        """Return the answer to a request, None where it is to be lost on the way."""
        parts = urlsplit(target)
        fault: Fault | None = None
        try:
            self._check_key(authorization)
            fault = self.faults.next()
            _refuse(fault)
            answer = self._dispatch(method, parts.path, dict(parse_qsl(parts.query)), body, fault)
        except RefusalError as refusal:
            answer = refusal.answer
        except ColonnadeError as problem:
            answer = refusal_for(problem).answer
        return None if fault == "lost_response" else answer

    def sweep(self) -> None:
        """Delete expired branches, now and then."""
        if self._clock() - self._swept >= _SWEEP:
            self._swept = self._clock()
            with suppress(DatabaseError):  # whoever asks next is told, and the next sweep makes up for it
                self._local.prune()

    @contextmanager
    def listening(self, port: int = 0) -> Iterator[str]:
        """Listen in a thread of its own for the block, and give the base URL of the API."""
        with self.server(port) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
            thread.start()
            try:
                yield server.base_url
            finally:
                server.shutdown()
                thread.join()

    def server(self, port: int) -> _Server:
        """Return the server, bound to the port (any free one for 0) and not yet serving."""
        return _Server(self, port)

    def _check_key(self, authorization: str) -> None:
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not key or self._api_key not in (None, key):
            raise RefusalError(401, "supplied credentials do not pass authentication")

    def _dispatch(self, method: str, path: str, query: dict[str, str], body: bytes, fault: Fault | None) -> Answer:
        if not path.startswith(API_PATH):
            raise RefusalError(404, "this page does not exist")
        known = False
        for each in self._routes:
            found = each.pattern.fullmatch(path.removeprefix(API_PATH))
            if found is None:
                continue
            known = True
            if each.method != method:
                continue
            parts = {name: unquote(value) for name, value in found.groupdict().items()}
            if parts.get("project", PROJECT_ID) != PROJECT_ID:
                raise RefusalError(404, "project not found")
            request = Request(method=method, path=path, parts=parts, query=query, body=_json(body), fault=fault)
            return each.handler(request)
        raise RefusalError(405 if known else 404, "the local control plane does not have this")


def _refuse(fault: Fault | None) -> None:
    """Raise RefusalError for the faults that befall a request before it does anything."""
    match fault:
        case "locked":
            raise RefusalError(423, "project already has running operations, scheduling of new ones is prohibited")
        case "rate_limited":
            raise RefusalError(429, "too many requests", Retry_After="1")
        case "unavailable":
            raise RefusalError(503, "service unavailable")
        case _:
            return


def _account_routes() -> tuple[Route, ...]:
    """Return the routes about who asks, and for which project: everybody, for the only one."""
    everything = [project_body(listed=True)]
    region = {"region_id": REGION_ID, "name": "This machine", "default": True, "geo_lat": "", "geo_long": ""}
    answers: dict[str, dict[str, Any]] = {
        "/users/me": user_body(),
        "/users/me/organizations": {"organizations": []},
        "/auth": {"account_id": user_body()["id"], "auth_method": "api_key_user"},
        "/regions": {"regions": [region]},
        "/projects/shared": {"projects": []},
        "/projects/{project}": {"project": project_body(listed=False)},
    }

    def projects(request: Request) -> Answer:
        page, cursor = request.page(everything, 10)
        return Answer(body={"projects": list(page), **cursor_of(cursor), "applications": {}, "integrations": {}})

    fixed = (route("GET", path, partial(_fixed, body)) for path, body in answers.items())
    return (*fixed, route("GET", "/projects", projects))


def _fixed(body: dict[str, Any], _: Request) -> Answer:
    return Answer(body=body)


def _json(body: bytes) -> dict[str, object]:
    """Read the body of a request; none is as good as an empty object."""
    if not body.strip():
        return {}
    try:
        found = json.loads(body)
    except ValueError:
        raise RefusalError(400, "invalid request: decode application/json") from None
    if not isinstance(found, dict):
        raise RefusalError(400, "invalid request: decode application/json: no object")
    return found


class _Server(ThreadingHTTPServer):
    """The listening socket; a thread for each connection."""

    daemon_threads = True

    def __init__(self, plane: ControlPlane, port: int) -> None:
        self.plane = plane
        super().__init__((_ADDRESS, port), _Handler)

    @property
    def base_url(self) -> str:
        """Where the API is."""
        return f"http://{_ADDRESS}:{self.server_address[1]}{API_PATH}"

    def service_actions(self) -> None:
        """Sweep while waiting for requests."""
        self.plane.sweep()


class _Handler(BaseHTTPRequestHandler):
    """Reads requests and writes answers."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: the client's system would wait before it acknowledges the first
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        """Say nothing: a request may hold a secret."""

    def _serve(self) -> None:
        given = self.headers.get("Content-Length") or "0"
        length = int(given) if given.isdecimal() else _LARGEST_BODY + 1
        if length > _LARGEST_BODY:
            self.close_connection = True  # what follows is a body that nobody reads
            self._write(RefusalError(413, "the body is too large, or of no known length").answer)
            return
        body = self.rfile.read(length)
        answer = self.server.plane.answer(self.command, self.path, self.headers.get("Authorization", ""), body)
        if answer is None:
            self.close_connection = True
            return
        self._write(answer)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _serve  # noqa: N815 - the base class looks for these names

    def _write(self, answer: Answer) -> None:
        content = answer.encoded()
        with suppress(ConnectionError):  # the client did not wait
            self.send_response(answer.status)
            self.send_header("x-neon-ret-request-id", "local")
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
