"""ASGI middleware for Starlette and FastAPI: who has written reads it in the next request too, also from a replica."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from colonnade.runtime.replicas import following

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
COOKIE = "colonnade-position"
_POSITION = re.compile(r"[0-9A-F]{1,8}/[0-9A-F]{1,8}")


class ReadYourWrites:
    """Keeps the position of a client's latest write in a cookie for `seconds`, as long as a replica may lag behind."""

    def __init__(self, app: App, *, seconds: int = 10) -> None:
        """Wrap an application."""
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        before = _position(scope)
        with following(before) as latest:

            async def tell(message: Message) -> None:
                if message["type"] == "http.response.start" and latest.position not in {"", before}:
                    cookie = f"{COOKIE}={latest.position}; Max-Age={self.seconds}; Path=/; HttpOnly; SameSite=Lax"
                    message["headers"] = [*message.get("headers", []), (b"set-cookie", cookie.encode())]
                await send(message)

            await self.app(scope, receive, tell)


def _position(scope: MutableMapping[str, Any]) -> str:
    """Return the position that the client brings; a cookie is anybody's to write, and so only a position counts."""
    text = "; ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie")
    try:
        found = SimpleCookie(text).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found and _POSITION.fullmatch(found.value) else ""
