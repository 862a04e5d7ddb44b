"""What a driver is given for a connection string: psycopg and asyncpg take different arguments for the same thing."""

from __future__ import annotations

import ssl
from dataclasses import replace
from typing import Any, Literal

from colonnade.dsn import Dsn
from colonnade.errors import InputError

Driver = Literal["psycopg", "asyncpg"]

CONNECT_SECONDS = 15
"""Longer than a suspended compute takes to wake: shorter, and a cold start is taken for an outage."""

# Idle sockets and probes of the kernel are no activity to a compute that suspends; a dead network is noticed.
_KEEPALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 30_000}
_LIBPQ = frozenset(
    (
        *("hostaddr", "passfile", "require_auth", "channel_binding", "connect_timeout", "client_encoding"),
        *("options", "application_name", "fallback_application_name", "keepalives", "keepalives_idle"),
        *("keepalives_interval", "keepalives_count", "tcp_user_timeout", "replication", "gssencmode", "sslmode"),
        *("requiressl", "sslnegotiation", "sslcompression", "sslcert", "sslkey", "sslpassword", "sslcertmode"),
        *("sslrootcert", "sslcrl", "sslcrldir", "sslsni", "requirepeer", "ssl_min_protocol_version"),
        *("ssl_max_protocol_version", "krbsrvname", "gsslib", "gssdelegation", "service", "target_session_attrs"),
        *("load_balance_hosts", "min_protocol_version", "max_protocol_version"),
    )
)
# What asyncpg has no word for and can do without: libpq's probes, and TLS settings that the context settles.
_NOT_FOR_ASYNCPG = frozenset(
    (
        *("channel_binding", "gssencmode", "sslmode", "sslnegotiation", "sslcert", "sslkey", "sslpassword"),
        *("sslrootcert", "sslsni", "sslcompression", "keepalives", "client_encoding", *_KEEPALIVE),
    )
)
_RENAMED = {"connect_timeout": "timeout", "passfile": "passfile", "krbsrvname": "krbsrvname", "gsslib": "gsslib"}
_PLAIN_MODES = ("disable", "allow", "prefer")
_MODES = (*_PLAIN_MODES, "require", "verify-ca", "verify-full")


def checked(dsn: Dsn) -> Dsn:
    """Return the connection string with TLS for Neon; raises InputError for a parameter that no driver knows."""
    unknown = sorted({key for key, _ in dsn.options} - _LIBPQ)
    if unknown:
        raise InputError(
            f'connection URL has an unknown parameter "{unknown[0]}"',
            hint="Remove it: it is of another driver. What is set in the database belongs into settings=.",
        )
    mode = dsn.option("sslmode")
    if mode and mode not in _MODES:
        raise InputError(f'sslmode "{mode}" does not exist', hint=f"Choose one of {', '.join(_MODES)}.")
    numbers = [dsn.option("connect_timeout"), *dsn.port.split(",")]
    if wrong := next((text for text in numbers if text and not text.removeprefix("-").isdigit()), None):
        raise InputError(f'"{wrong}" is no number', hint="Write a port or a connect_timeout in digits.")
    if not dsn.neon:
        return dsn
    if mode in _PLAIN_MODES:
        raise InputError(
            f'sslmode "{mode}" does not reach Neon',
            detail="Neon's proxy refuses connections without TLS.",
            hint="Write sslmode=require or sslmode=verify-full.",
        )
    return dsn if mode else replace(dsn, options=(*dsn.options, ("sslmode", "require")))


def psycopg_arguments(dsn: Dsn, *, through_pooler: bool) -> dict[str, Any]:
    """Return the keyword arguments of `psycopg.connect`.

    Behind a pooler nothing is prepared: which server connection comes next is not ours to know.
    """
    named = {"host": dsn.host, "port": dsn.port, "user": dsn.user, "password": dsn.password, "dbname": dsn.database}
    given = {key: value for key, value in named.items() if value} | dict(dsn.options)
    defaults = {"connect_timeout": CONNECT_SECONDS, **_KEEPALIVE}
    return {**defaults, **given, **({"prepare_threshold": None} if through_pooler else {})}


def asyncpg_arguments(dsn: Dsn, *, through_pooler: bool) -> dict[str, Any]:
    """Return the keyword arguments of SQLAlchemy's `asyncpg` dialect.

    Behind a pooler statements have no name, so that none is left behind on a server connection or met there again.
    """
    options = dict(dsn.options)
    hosts = dsn.host.split(",") if dsn.host else []
    ports = [int(port) if port else 5432 for port in dsn.port.split(",")] if dsn.port else []
    found: dict[str, Any] = {
        "host": (hosts if len(hosts) > 1 else hosts[0]) if hosts else None,
        "port": (ports if len(ports) > 1 else ports[0]) if ports else None,
        "user": dsn.user or None,
        "password": dsn.password or None,
        "database": dsn.database or None,
        "ssl": tls_context(dsn),
        "timeout": CONNECT_SECONDS,
    }
    if options.get("sslnegotiation") == "direct":
        found["direct_tls"] = True
    startup: dict[str, str] = {}
    for key, value in options.items():
        if key in {"application_name", "options"}:
            startup[key] = value
        elif key == "target_session_attrs":
            found["target_session_attrs"] = value
        elif key in _RENAMED:
            found[_RENAMED[key]] = _seconds(value) if key == "connect_timeout" else value
        elif key not in _NOT_FOR_ASYNCPG:
            raise InputError(f'asyncpg has no parameter "{key}"', hint="Remove it from the URL, or use psycopg.")
    if startup:
        found["server_settings"] = startup
    if through_pooler:
        found |= {
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
            "prepared_statement_name_func": lambda: "",
        }
    return {key: value for key, value in found.items() if value is not None}


def _seconds(text: str) -> float | None:
    """Return asyncpg's timeout for libpq's, to which 0 means none."""
    return float(text) if int(text) > 0 else None


def tls_context(dsn: Dsn) -> ssl.SSLContext | str | bool | None:
    """Return what asyncpg's `ssl` is for an `sslmode`, None where nothing is said.

    asyncpg cannot bind channels, which is how Neon's URLs make sure of the server; its certificate, which a public
    authority has signed, is verified instead.
    """
    mode = dsn.option("sslmode")
    if not mode or dsn.host.startswith(("/", "@")):
        return None
    if mode == "disable":
        return False
    if mode in _PLAIN_MODES:
        return mode
    root = dsn.option("sslrootcert")
    context = ssl.create_default_context(cafile=root if root and root != "system" else None)
    if mode == "require" and not dsn.neon and not root:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif mode != "verify-full" and not dsn.neon:
        context.check_hostname = False
    if certificate := dsn.option("sslcert"):
        context.load_cert_chain(certificate, dsn.option("sslkey") or None, dsn.option("sslpassword") or None)
    return context
