"""The example's service in a process of its own, since its models would meet those of other tests, and its users."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from colonnade.dsn import Dsn

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "taskboard"
PASSWORD = "correct horse battery"
QUICK = ("--hash-memory", "1024")
_NUMBERS = count(1)
_STARTED = re.compile(r"running on (http://\S+)")


@contextmanager
def served(owner: Dsn, login: Dsn, *options: str) -> Iterator[str]:
    """Give the address of the service, started by the command of its README."""
    command = [
        sys.executable,
        "-m",
        "service",
        "--owner",
        owner.url,
        "--login",
        login.url,
        "--port",
        "0",
        *QUICK,
        *options,
    ]
    process = subprocess.Popen(command, cwd=EXAMPLE, env={**os.environ}, stderr=subprocess.PIPE, text=True)
    try:
        yield _address(process)
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if found := _STARTED.search(line):
            return found[1]
    raise AssertionError("".join(said))


@contextmanager
def signed_in(address: str, name: str) -> Iterator[Person]:
    """Give somebody new, signed in."""
    with httpx.Client(base_url=address, timeout=30) as web:
        yield Person(web, name)


class Person:
    """Somebody with an account, signed in."""

    def __init__(self, web: httpx.Client, name: str) -> None:
        """Open an account and sign in."""
        self.email = f"{name}{next(_NUMBERS)}@Example.org"
        self.web = web
        account = {"email": self.email, "password": PASSWORD, "display_name": name}
        self.id = UUID(self("POST", "/auth/register", json=account, status=201)["id"])
        self.sign_in()

    def sign_in(self) -> str:
        """Sign in; return the token."""
        given = {"email": self.email.lower(), "password": PASSWORD}
        token = self("POST", "/auth/login", json=given)["access_token"]
        self.web.headers["Authorization"] = f"Bearer {token}"
        return str(token)

    def __call__(self, method: str, path: str, *, status: int = 200, **options: Any) -> Any:
        """Send a request that is answered with this status; return what the answer says."""
        answer = self.web.request(method, path, **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        if status >= 400:
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.json()["status"] == status
        return answer.json() if answer.content else None

    def problem(self, method: str, path: str, status: int, **options: Any) -> str:
        """Send a request that is refused; return the code of the problem."""
        return str(self(method, path, status=status, **options)["type"]).rpartition(":")[2]

    def task(self, title: str = "Write it down", **more: Any) -> dict[str, Any]:
        """Create a task."""
        made: dict[str, Any] = self("POST", "/tasks", json={"title": title, **more}, status=201)
        return made

    def tag(self, name: str, **more: Any) -> dict[str, Any]:
        """Create a tag."""
        made: dict[str, Any] = self("POST", "/tags", json={"name": name, **more}, status=201)
        return made

    def titles(self, **query: Any) -> list[str]:
        """Return the titles of the first page of tasks."""
        return [task["title"] for task in self("GET", "/tasks", params=query)["items"]]

    def pages(self, path: str, **query: Any) -> Iterator[list[dict[str, Any]]]:
        """Yield page after page."""
        cursor: dict[str, str] = {}
        while True:
            page = self("GET", path, params={**query, **cursor})
            yield page["items"]
            if page["next_cursor"] is None:
                return
            cursor = {"cursor": page["next_cursor"]}
