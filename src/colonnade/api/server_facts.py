"""What a server says of a connection: read in one READ ONLY transaction, and by connecting twice."""

from __future__ import annotations

import time
from dataclasses import replace

from colonnade.api.snapshots import begin_reading
from colonnade.dsn import Dsn
from colonnade.postgres import Session
from colonnade.review.connection import ServerFacts
from colonnade.runtime.arguments import CONNECT_SECONDS
from colonnade.runtime.voided import VOIDED

_ROLE = f"""
SELECT r.rolname::text, r.rolsuper, r.rolbypassrls, {VOIDED},
       ARRAY(SELECT g.rolname::text FROM pg_roles g WHERE g.oid <> r.oid AND NOT r.rolsuper
             AND pg_has_role(r.oid, g.oid, 'MEMBER') ORDER BY 1),
       pg_backend_pid()
FROM pg_roles r WHERE r.rolname = current_user
"""  # noqa: S608 - our own text
_TABLES = """
SELECT n.nspname || '.' || c.relname, pg_has_role(c.relowner, 'USAGE'), c.relforcerowsecurity
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND has_table_privilege(c.oid, 'SELECT')
ORDER BY 1
"""
_LIMITS = """
SELECT current_setting('max_connections')::int,
       current_setting('superuser_reserved_connections')::int
           + coalesce(current_setting('reserved_connections', true)::int, 0),
       (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend')
"""
_TIMEOUTS = """
SELECT name, current_setting(name) FROM pg_settings
WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout',
               'transaction_timeout')
ORDER BY name
"""
_EXTENSIONS = "SELECT extname::text, extversion FROM pg_extension ORDER BY 1"
_SCHEDULER = "SELECT to_regclass('cron.job') IS NOT NULL AND has_table_privilege(to_regclass('cron.job'), 'SELECT')"
_JOBS = "SELECT count(*)::int FROM cron.job WHERE active"


def server_facts(dsn: Dsn) -> ServerFacts:
    """Read what is to be known; raises DatabaseError when the server cannot be reached.

    The first connection wakes a compute that is suspended, the second meets it awake.
    """
    patient = (
        dsn
        if dsn.option("connect_timeout")
        else replace(dsn, options=(*dsn.options, ("connect_timeout", str(CONNECT_SECONDS))))
    )
    first, first_ms = _connected(patient)
    with first:
        second, next_ms = _connected(patient)
        second.close()
        with first.rolled_back():
            begin_reading(first, dsn)
            return _read(first, first_ms, next_ms)


def _read(session: Session, first_ms: float, next_ms: float) -> ServerFacts:
    ((role, superuser, bypasses, voided, member_of, backend),) = session.execute(_ROLE)
    tables = session.execute(_TABLES)
    ((limit, reserved, used),) = session.execute(_LIMITS)
    scheduler = session.value(_SCHEDULER)
    return ServerFacts(
        version=str(session.value("SHOW server_version")),
        pooled=backend != session.backend_pid,  # a pooler hands out numbers of its own to cancel by
        encrypted=session.encrypted,
        role=role,
        superuser=superuser,
        bypasses=bypasses,
        voided=tuple(voided),
        member_of=tuple(member_of),
        owned=tuple(name for name, shared, _ in tables if shared),
        isolated=tuple(name for name, _, _ in tables),
        unforced=tuple(name for name, shared, forced in tables if shared and not forced),
        max_connections=limit,
        reserved_connections=reserved,
        used_connections=used,
        timeouts=tuple((name, value) for name, value in session.execute(_TIMEOUTS)),
        extensions=tuple((name, version) for name, version in session.execute(_EXTENSIONS)),
        scheduled_jobs=int(str(session.value(_JOBS))) if scheduler else 0,
        first_connect_ms=first_ms,
        next_connect_ms=next_ms,
    )


def _connected(dsn: Dsn) -> tuple[Session, float]:
    started = time.perf_counter()
    session = Session(dsn)
    return session, (time.perf_counter() - started) * 1000
