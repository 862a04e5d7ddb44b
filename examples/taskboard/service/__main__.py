"""`python -m service`: a server, the schema, the service's role, and the service.

Without `--owner` an embedded Postgres is started, which ends with the service and takes everything with it.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from colonnade.dsn import Dsn
from service.app import create_app
from service.database import Database
from service.preparation import prepare
from service.settings import Settings


@contextmanager
def owner_of(url: str) -> Iterator[Dsn]:
    """Give how the owner connects: to the database that is named, else to one of an embedded server."""
    if url:
        yield Dsn.parse(url)
        return
    from colonnade.postgres import Server  # of colonnade[cli], which a service with a server of its own does not need

    with Server.start() as server:
        yield server.dsn


def main() -> None:
    """Prepare and serve, until a signal ends it."""
    parser = argparse.ArgumentParser(prog="python -m service", description=__doc__)
    parser.add_argument("--owner", default=os.environ.get("DATABASE_URL", ""), help="URL of the owner; DATABASE_URL")
    parser.add_argument("--login", default="", help="URL that the service uses, where it is not the owner's place")
    parser.add_argument("--through-pooler", action="store_true", help="--login leads through a transaction pooler")
    parser.add_argument("--hash-memory", type=int, default=Settings.hash_memory_kib, help="KiB for each password")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args()
    with owner_of(given.owner) as owner:
        login = prepare(owner, Dsn.parse(given.login) if given.login else None)
        database = Database(login.url, through_pooler=given.through_pooler or None)
        app = create_app(database, Settings(hash_memory_kib=given.hash_memory))
        uvicorn.run(app, host=given.host, port=given.port)


if __name__ == "__main__":
    main()
