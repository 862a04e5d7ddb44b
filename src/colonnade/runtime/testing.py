"""pytest: a database of its own for each test, copied from one that has the schema.

`pytest_plugins = ["colonnade.runtime.testing"]` in the outermost conftest.py, and a fixture `template_url` of your own.
Transactions are real ones, over any driver and any number of connections, and what they commit goes with the copy.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, text

from colonnade.dsn import Dsn
from colonnade.errors import InputError
from colonnade.runtime.engines import Connecting, engine

_EVERYWHERE = "postgres"
_LONGEST_NAME = 63


@pytest.fixture(scope="session")
def template_url() -> str:
    """Return the URL of the database that has the schema, to be made once a run; nobody may stay connected to it."""
    raise InputError(
        "no template_url is given", hint='Define a session fixture "template_url" in conftest.py that returns its URL.'
    )


@pytest.fixture
def database_url(template_url: str) -> Iterator[str]:
    """Give the URL of a copy of the template, which is dropped after the test."""
    with copied_database(template_url) as url:
        yield url


@contextmanager
def copied_database(template: str | Dsn) -> Iterator[str]:
    """Give the URL of a copy of a database, which is dropped afterwards with all its connections."""
    dsn = template if isinstance(template, Dsn) else Dsn.parse(template)
    ending = f"_{secrets.token_hex(4)}"
    name = dsn.database.encode()[: _LONGEST_NAME - len(ending)].decode(errors="ignore") + ending
    connecting = Connecting(purpose="ddl", convert=True)
    maintenance = engine(
        dsn.with_database(_EVERYWHERE), connecting=connecting, execution_options={"isolation_level": "AUTOCOMMIT"}
    )
    _run(maintenance, "CREATE DATABASE {} TEMPLATE {}", name, dsn.database)
    try:
        yield dsn.with_database(name).url
    finally:
        _run(maintenance, "DROP DATABASE {} WITH (FORCE)", name)
        maintenance.dispose()


def _run(maintenance: Engine, command: str, *names: str) -> None:
    quote = maintenance.dialect.identifier_preparer.quote_identifier
    with maintenance.connect() as connection:
        connection.execute(text(command.format(*map(quote, names)).replace(":", r"\:")))
