"""The application, put together."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from service.database import Database, Transactions
from service.passwords import Passwords
from service.problems import problem_responses
from service.routes import accounts, comments, profiles, reports, tags, tasks
from service.settings import Settings


def create_app(transactions: Transactions, settings: Settings | None = None) -> FastAPI:
    """Return the application over a database; it does not start where rows of one user would reach another."""
    wanted = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        try:
            await transactions.ready()
            yield
        finally:
            await transactions.close()

    app = FastAPI(title="Taskboard", version="1.0.0", lifespan=lifespan)
    app.state.transactions = transactions
    app.state.passwords = Passwords(memory_kib=wanted.hash_memory_kib, concurrent=wanted.concurrent_hashes)
    app.state.settings = wanted
    problem_responses(app)
    for module in (accounts, profiles, tasks, comments, tags, reports):
        app.include_router(module.router)
    return app


def from_environment() -> FastAPI:
    """Return the application for `uvicorn --factory service.app:from_environment`.

    `DATABASE_URL` is the service's own; `WEB_CONCURRENCY` says, to uvicorn too, how many processes share the server.
    """
    return create_app(Database(os.environ["DATABASE_URL"], processes=int(os.environ.get("WEB_CONCURRENCY", "1"))))
