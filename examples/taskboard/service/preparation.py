"""What the owner of the database does once: the schema, and the role that the service logs in as.

In production `colonnade migrate apply` takes the schema on; here it is made where there is none.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection, text

from colonnade.dsn import Dsn
from colonnade.runtime import Connecting, engine
from service.database import APPLICATION, GATE

LOGIN = "taskboard_web"
SCHEMA = Path(__file__).resolve().parent.parent / "generated" / "schema.sql"
# Services that start at the same time take turns; the number is the example's own.
_TURN = text("SELECT pg_advisory_xact_lock(20261128)")


def prepare(owner: Dsn, login: Dsn | None = None) -> Dsn:
    """Make schema and login where they are missing; return how the service connects.

    `login` says so where it is not the same place, for example behind a pooler, with the password that is to be set.
    """
    service = login or replace(owner, user=LOGIN, password=secrets.token_urlsafe(24))
    made = engine(owner, connecting=Connecting(purpose="ddl"))
    try:
        with made.begin() as connection:
            connection.execute(_TURN)
            if connection.scalar(text("SELECT to_regclass('public.users')")) is None:
                _run(connection, SCHEMA.read_text(encoding="utf-8"))
            _make_login(connection, service)
    finally:
        made.dispose()
    return service


def _make_login(connection: Connection, service: Dsn) -> None:
    """Make the role that logs in, with the right to become what its transactions need, and none of its own.

    Without INHERIT no statement sees by mistake what the gate sees.
    """
    login = connection.dialect.identifier_preparer.quote_identifier(service.user)
    known = text("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = :login")
    if connection.scalar(known, {"login": service.user}) is None:
        _run(connection, f"CREATE ROLE {login} LOGIN NOINHERIT NOBYPASSRLS")
    _run(connection, f"GRANT {APPLICATION}, {GATE} TO {login}")
    if service.password:
        written = text("SELECT format('ALTER ROLE %I PASSWORD %L', CAST(:role AS text), CAST(:password AS text))")
        _run(connection, str(connection.scalar(written, {"role": service.user, "password": service.password})))


def _run(connection: Connection, script: str) -> None:
    """Run a script as it stands; without parameters a `%` is just a `%`."""
    connection.exec_driver_sql(script, execution_options={"no_parameters": True})
