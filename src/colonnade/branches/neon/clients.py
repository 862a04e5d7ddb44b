"""Two ways for requests to travel: one that waits, one that awaits. The rules are the same."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

import httpx

from colonnade.branches.neon.steps import Call, LostReplyError, Pause, Reply, Result, Rule

BASE_URL = "https://console.neon.tech/api/v2"
_TIMEOUT_SECONDS = 60.0


class NeonClient:
    """Carries rules out while the caller waits; a context manager."""

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str = BASE_URL,
        sleep: Callable[[float], None] = time.sleep,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Use a key; `progress` hears why a pause is made."""
        self._client = httpx.Client(**_settings(api_key, base_url))
        self._sleep = sleep
        self._progress = progress

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self._client.close()

    def run(self, rule: Rule[Result]) -> Result:
        """Carry a rule out."""
        try:
            step = next(rule)
            while True:
                reply: Reply | None = None
                if isinstance(step, Pause):
                    self._progress(f"waiting {step.seconds:.1f} s for Neon: {step.reason}")
                    self._sleep(step.seconds)
                else:
                    try:
                        reply = _reply(self._client.request(**_request(step)))
                    except httpx.TransportError as problem:
                        step = rule.throw(_lost(problem))
                        continue
                step = rule.send(reply)
        except StopIteration as end:
            result: Result = end.value
            return result


class AsyncNeonClient:
    """Carries rules out while other tasks go on; an asynchronous context manager."""

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str = BASE_URL,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Use a key."""
        self._client = httpx.AsyncClient(**_settings(api_key, base_url))
        self._sleep = sleep

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def run(self, rule: Rule[Result]) -> Result:
        """Carry a rule out."""
        try:
            step = next(rule)
            while True:
                reply: Reply | None = None
                if isinstance(step, Pause):
                    await self._sleep(step.seconds)
                else:
                    try:
                        reply = _reply(await self._client.request(**_request(step)))
                    except httpx.TransportError as problem:
                        step = rule.throw(_lost(problem))
                        continue
                step = rule.send(reply)
        except StopIteration as end:
            result: Result = end.value
            return result


def _settings(api_key: str, base_url: str) -> dict[str, Any]:
    return {
        "base_url": base_url,
        "headers": {"Authorization": f"Bearer {api_key}", "User-Agent": "colonnade"},
        "timeout": _TIMEOUT_SECONDS,
    }


def _request(asked: Call) -> dict[str, Any]:
    return {"method": asked.method, "url": asked.path, "params": dict(asked.query), "json": asked.body}


def _reply(response: httpx.Response) -> Reply:
    """Return an answer; one that is no JSON object (204, a page of a proxy) has an empty body."""
    try:
        body = response.json()
    except ValueError:
        body = {}
    return Reply(status=response.status_code, headers=response.headers, body=body if isinstance(body, dict) else {})


def _lost(problem: httpx.TransportError) -> LostReplyError:
    return LostReplyError(
        "Neon cannot be reached, or its answer was lost",
        detail=f"{type(problem).__name__}: {problem}",
        hint="Check the network, then look with colonnade branch list.",
    )
