"""Many users at work on the service: how fast it answers, and whether anybody is ever shown a foreign row.

`python load.py [--url http://127.0.0.1:8000] [--users 20] [--seconds 10] [--seed 1]` opens an account for each user and
lets all of them work at the same time, each thing as often as the spec says. It prints throughput, latencies and
errors, and leaves with 1 for an error or a foreign row.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import secrets
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

_PASSWORD = secrets.token_urlsafe(16)
_STATUSES = ("pending", "in_progress", "done", "cancelled")
_ORDERS = ("-created_at", "due_at", "-priority")
_REMEMBERED = 50
Work = Callable[[httpx.AsyncClient], Coroutine[Any, Any, None]]


@dataclass
class Figures:
    """What was measured: milliseconds by operation, refusals and failures by status, rows of others."""

    latencies: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    foreign: int = 0

    @property
    def requests(self) -> int:
        """How many requests were answered."""
        return sum(map(len, self.latencies.values()))

    def lines(self, seconds: float) -> Iterator[str]:
        """Yield a line for each operation, and one for all."""
        yield f"{'operation':16}{'requests':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}"
        whole = [each for latencies in self.latencies.values() for each in latencies]
        for name, latencies in (*sorted(self.latencies.items()), ("all", whole)):
            marks = statistics.quantiles(latencies, n=100) if len(latencies) > 1 else latencies * 99
            yield f"{name:16}{len(latencies):9}{marks[49]:9.1f}{marks[94]:9.1f}{marks[98]:9.1f}"
        rate = f"{self.requests / seconds:.0f} requests/s"
        yield f"{rate}, errors: {dict(self.errors) or 0}, foreign rows: {self.foreign}"


class Visitor:
    """A user of the service who works on their own tasks, and looks whether all that is shown is theirs."""

    def __init__(self, figures: Figures, seed: int) -> None:
        """Begin without an account."""
        self.figures = figures
        self.chance = random.Random(seed)  # noqa: S311 - a mix, no secret
        self._id = ""
        self._token = ""
        self._tags: list[str] = []
        self._tasks: list[str] = []
        # The spec's frequencies, per second and for all users together.
        self._works: dict[Work, int] = {
            self._read_task: 80,
            self._list_tasks: 50,
            self._profile: 30,
            self._list_comments: 25,
            self._create_task: 20,
            self._change_task: 20,
            self._comment: 15,
            self._list_tags: 10,
            self._search: 2,
            self._report: 1,
        }

    async def arrive(self, web: httpx.AsyncClient) -> None:
        """Open an account, sign in, and have something to work on."""
        address = f"{secrets.token_hex(8)}@example.org"
        account = {"email": address, "password": _PASSWORD, "display_name": "A visitor"}
        self._id = (await self._send(web, "register", "POST", "/auth/register", json=account))["id"]
        signed = await self._send(web, "login", "POST", "/auth/login", json={"email": address, "password": _PASSWORD})
        self._token = signed["access_token"]
        for name in ("home", "work"):
            self._tags.append((await self._send(web, "create tag", "POST", "/tags", json={"name": name}))["id"])
        for _ in range(3):
            await self._create_task(web)

    async def act(self, web: httpx.AsyncClient) -> None:
        """Do one of the things that users do."""
        (work,) = self.chance.choices(list(self._works), weights=list(self._works.values()))
        await work(web)

    async def _send(self, web: httpx.AsyncClient, name: str, method: str, path: str, **options: Any) -> Any:
        started = time.perf_counter()
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        answer = await web.request(method, path, headers=headers, **options)
        self.figures.latencies[name].append((time.perf_counter() - started) * 1000)
        if answer.is_error:
            self.figures.errors[f"{name} {answer.status_code}"] += 1
            return {}
        return answer.json() if answer.content else {}

    def _look(self, *rows: dict[str, Any]) -> None:
        """Count what is another's: by whose it is, and by its tags."""
        for row in rows:
            foreign = "user_id" in row and row["user_id"] != self._id
            foreign |= any(tag["id"] not in self._tags for tag in row.get("tags", ()))
            self.figures.foreign += foreign

    async def _create_task(self, web: httpx.AsyncClient) -> None:
        title = f"task {self.chance.randint(1, 999)}"
        body = {"title": title, "tag_ids": self.chance.sample(self._tags, self.chance.randint(0, 2))}
        made = await self._send(web, "create task", "POST", "/tasks", json=body)
        self._look(made)
        if made:
            self._tasks = [*self._tasks, made["id"]][-_REMEMBERED:]

    async def _change_task(self, web: httpx.AsyncClient) -> None:
        body = {"status": self.chance.choice(_STATUSES)}
        self._look(await self._send(web, "change task", "PATCH", f"/tasks/{self._any_task()}", json=body))

    async def _read_task(self, web: httpx.AsyncClient) -> None:
        self._look(await self._send(web, "read task", "GET", f"/tasks/{self._any_task()}"))

    async def _list_tasks(self, web: httpx.AsyncClient) -> None:
        query = {"sort": self.chance.choice(_ORDERS)}
        page = await self._send(web, "list tasks", "GET", "/tasks", params=query)
        self._look(*page.get("items", ()))
        if page.get("next_cursor"):
            further = {**query, "cursor": page["next_cursor"]}
            self._look(*(await self._send(web, "next page", "GET", "/tasks", params=further)).get("items", ()))

    async def _search(self, web: httpx.AsyncClient) -> None:
        query = {"search": f"sk {self.chance.randint(1, 99)}"}
        self._look(*(await self._send(web, "search", "GET", "/tasks", params=query)).get("items", ()))

    async def _profile(self, web: httpx.AsyncClient) -> None:
        self._look(await self._send(web, "profile", "GET", "/users/me/profile"))

    async def _list_tags(self, web: httpx.AsyncClient) -> None:
        found = await self._send(web, "list tags", "GET", "/tags")
        self._look({"tags": found})

    async def _comment(self, web: httpx.AsyncClient) -> None:
        place = f"/tasks/{self._any_task()}/comments"
        self._look(await self._send(web, "comment", "POST", place, json={"body": "A remark."}))

    async def _list_comments(self, web: httpx.AsyncClient) -> None:
        page = await self._send(web, "list comments", "GET", f"/tasks/{self._any_task()}/comments")
        self._look(*page.get("items", ()))

    async def _report(self, web: httpx.AsyncClient) -> None:
        await self._send(web, "report", "GET", "/reports/productivity")

    def _any_task(self) -> str:
        return self.chance.choice(self._tasks)


async def arrive_all(web: httpx.AsyncClient, users: int, *, seed: int) -> list[Visitor]:
    """Return so many users with accounts of their own; what their arrival took is not measured."""
    visitors = [Visitor(Figures(), seed + number) for number in range(users)]
    await asyncio.gather(*(each.arrive(web) for each in visitors))
    return visitors


async def work(web: httpx.AsyncClient, visitors: list[Visitor], enough: Callable[[int], bool]) -> tuple[Figures, float]:
    """Let all work at the same time until one has done enough; return what was measured, in how many seconds."""
    figures = Figures()

    async def visit(visitor: Visitor) -> None:
        visitor.figures = figures
        done = 0
        while not enough(done):
            await visitor.act(web)
            done += 1

    started = time.perf_counter()
    await asyncio.gather(*map(visit, visitors))
    return figures, time.perf_counter() - started


def client(url: str, users: int) -> httpx.AsyncClient:
    """Return a client with a connection for each user."""
    return httpx.AsyncClient(base_url=url, timeout=60, limits=httpx.Limits(max_connections=users))


async def measure(url: str, users: int, seconds: float, seed: int) -> int:
    """Load the service and print what was measured; return how many foreign rows and failures there were."""
    async with client(url, users) as web:
        visitors = await arrive_all(web, users, seed=seed)
        end = time.perf_counter() + seconds
        figures, took = await work(web, visitors, lambda _: time.perf_counter() > end)
    print("\n".join(figures.lines(took)))  # noqa: T201 - a script
    return figures.foreign + figures.errors.total()


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(asyncio.run(measure(given.url, given.users, given.seconds, given.seed)) > 0)


if __name__ == "__main__":
    main()
