"""Every form of URL, and what each driver is given for it; nothing connects."""

from __future__ import annotations

import ssl
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.dsn import Dsn
from colonnade.errors import InputError
from colonnade.runtime import Compute, Connecting, async_engine, engine
from colonnade.runtime.arguments import asyncpg_arguments, checked, psycopg_arguments, tls_context

POOLED = (
    "postgresql://ada:s3@ep-cool-sun-123-pooler.c-2.us-east-1.aws.neon.tech/app?sslmode=require&channel_binding=require"
)
DIRECT = POOLED.replace("-pooler", "")
HARD = "s%25@:/ü"


def test_pooled_and_direct_differ_in_the_first_label_alone() -> None:
    assert str(Dsn.parse(POOLED).direct()) == str(Dsn.parse(DIRECT))
    assert str(Dsn.parse(DIRECT).through_pooler()) == str(Dsn.parse(POOLED))
    elsewhere = Dsn.parse("postgresql://u@db.my-pooler.example/d")
    assert not elsewhere.pooled
    assert elsewhere.direct() == elsewhere == elsewhere.through_pooler()


def test_endpoint_option_says_the_same_as_the_host() -> None:
    dsn = Dsn.parse("postgresql://u@ep-a-1.eu.aws.neon.tech/d?options=endpoint%3Dep-a-1")
    assert dsn.through_pooler().option("options") == "endpoint=ep-a-1-pooler"
    assert dsn.through_pooler().direct() == dsn


labels = st.from_regex(r"ep-[a-z]{1,5}-[a-z]{1,5}-[0-9]{8}", fullmatch=True)
rests = st.sampled_from([".us-east-2.aws.neon.tech", ".c-2.us-east-1.aws.neon.tech", ".a-pooler.neon.build"])


@settings(max_examples=100)
@given(label=labels, rest=rests, password=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_way_to_the_pooler_and_back_loses_nothing(label: str, rest: str, password: str) -> None:
    dsn = Dsn(host=label + rest, user="u", password=password, database="d", options=(("sslmode", "require"),))
    assert Dsn.parse(dsn.through_pooler().url).direct() == dsn
    assert psycopg_arguments(Dsn.parse(dsn.url), through_pooler=False).get("password", "") == password


def test_psycopg_keeps_what_libpq_knows() -> None:
    found = psycopg_arguments(checked(Dsn.parse(POOLED)), through_pooler=True)
    assert found["channel_binding"] == "require"
    assert found["sslmode"] == "require"
    assert found["prepare_threshold"] is None
    assert found["connect_timeout"] >= 15
    assert "prepare_threshold" not in psycopg_arguments(Dsn.parse(DIRECT), through_pooler=False)
    assert psycopg_arguments(Dsn.parse(f"{DIRECT}&connect_timeout=3"), through_pooler=False)["connect_timeout"] == "3"


def test_asyncpg_is_given_nothing_that_it_would_send_on() -> None:
    found = asyncpg_arguments(checked(Dsn.parse(POOLED)), through_pooler=True)
    assert set(found) == {
        *("host", "user", "password", "database", "ssl", "timeout"),
        *("statement_cache_size", "prepared_statement_cache_size", "prepared_statement_name_func"),
    }
    assert "timeout" not in asyncpg_arguments(Dsn.parse("postgresql://h/d?connect_timeout=0"), through_pooler=False)
    option = Dsn.parse("postgresql://u@ep-a-1.eu.aws.neon.tech/d?options=endpoint%3Dep-a-1&application_name=a")
    assert asyncpg_arguments(option, through_pooler=False)["server_settings"] == {
        "options": "endpoint=ep-a-1",
        "application_name": "a",
    }


TLS = {
    "neon binds no channel, so it verifies": (POOLED, ssl.CERT_REQUIRED, True),
    "verify-full": ("postgresql://h/d?sslmode=verify-full", ssl.CERT_REQUIRED, True),
    "verify-ca": ("postgresql://h/d?sslmode=verify-ca", ssl.CERT_REQUIRED, False),
    "require elsewhere only encrypts": ("postgresql://h/d?sslmode=require", ssl.CERT_NONE, False),
}


@pytest.mark.parametrize(("url", "verifies", "hostname"), TLS.values(), ids=TLS.keys())
def test_tls_of_asyncpg(url: str, verifies: ssl.VerifyMode, hostname: bool) -> None:
    context = tls_context(Dsn.parse(url))
    assert isinstance(context, ssl.SSLContext)
    assert (context.verify_mode, context.check_hostname) == (verifies, hostname)


def test_tls_of_asyncpg_without_verification() -> None:
    assert tls_context(Dsn.parse("postgresql://h/d?sslmode=disable")) is False
    assert tls_context(Dsn.parse("postgresql://h/d?sslmode=prefer")) == "prefer"
    assert tls_context(Dsn.parse("postgresql://h/d")) is None


REFUSED = {
    "ddl through the pooler": (POOLED, Connecting(purpose="ddl"), "ep-cool-sun-123.c-2"),
    "a session through the pooler": (POOLED, Connecting(purpose="session"), "ep-cool-sun-123.c-2"),
    "ddl through a pooler of ours": ("postgresql://h/d", Connecting(purpose="ddl", through_pooler=True), "own address"),
    "an app past the pooler": (DIRECT, Connecting(), "ep-cool-sun-123-pooler.c-2"),
    "another scheme": ("mysql://u:geheim@h/d", Connecting(), "postgresql://"),
    "another driver": ("postgresql+pg8000://u:geheim@h/d", Connecting(), "driver="),
    "a parameter of another driver": (POOLED + "&pgbouncer=true", Connecting(), "another driver"),
    "no TLS to Neon": (POOLED.replace("=require&", "=disable&"), Connecting(), "sslmode=require"),
    "no such TLS": ("postgresql://h/d?sslmode=yes", Connecting(), "verify-full"),
    "settings through a pooler": (POOLED + "&options=-c%20statement_timeout%3D5s", Connecting(), "settings="),
    "a port that is none": ("host=h port=geheim2", Connecting(), "in digits"),
    "a timeout that is none": ("postgresql://h/d?connect_timeout=soon", Connecting(), "in digits"),
    "more processes than connections": (POOLED, Connecting(compute=Compute(processes=500)), "fewer processes"),
}


@pytest.mark.parametrize(("url", "connecting", "hint"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_work_is_refused_with_a_way_out(url: str, connecting: Connecting, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        engine(url, connecting=connecting)
    assert hint in str(caught.value)
    assert "geheim@" not in str(caught.value)


def test_conversion_is_made_where_it_is_asked_for() -> None:
    assert engine(POOLED, connecting=Connecting(purpose="ddl", convert=True)).url.host == Dsn.parse(DIRECT).host
    assert engine(DIRECT, connecting=Connecting(convert=True)).url.host == Dsn.parse(POOLED).host


SHOWN = {
    "password with every separator": f"postgresql://u:{'s%2525%40%3A%2F%C3%BC'}@h/d",
    "IPv6": "postgresql://u:geheim@[::1]:5433/d",
    "socket": "postgresql://u:geheim@/d?host=/run/pg",
    "several hosts": "postgresql://u:geheim@a:1,b:2/d",
}


@pytest.mark.parametrize("url", SHOWN.values(), ids=SHOWN.keys())
def test_engine_shows_no_password(url: str) -> None:
    for made in (engine(url), async_engine(url, driver="asyncpg"), async_engine(url)):
        assert made.url.password is None
        assert "geheim" not in repr(made)


def test_parts_reach_the_driver_unharmed() -> None:
    hard = psycopg_arguments(Dsn.parse(SHOWN["password with every separator"]), through_pooler=False)
    assert hard["password"] == HARD
    assert asyncpg_arguments(Dsn.parse(SHOWN["IPv6"]), through_pooler=False)["host"] == "::1"
    assert asyncpg_arguments(Dsn.parse(SHOWN["socket"]), through_pooler=False)["host"] == "/run/pg"
    several = asyncpg_arguments(Dsn.parse(SHOWN["several hosts"]), through_pooler=False)
    assert (several["host"], several["port"]) == (["a", "b"], [1, 2])


@pytest.mark.parametrize(("units", "connections"), [(0.25, 97), (0.5, 202), (1, 412), (2, 832), (8, 3350), (16, 3993)])
def test_connections_of_a_compute(units: float, connections: int) -> None:
    assert Compute(units=units).connections == connections


@given(units=st.floats(0.25, 56), processes=st.integers(1, 80), suspend=st.integers(0, 604_800))
def test_pools_stay_within_their_share_and_the_time_to_suspend(units: float, processes: int, suspend: int) -> None:
    compute = Compute(units=units, processes=processes, suspend_seconds=suspend)
    found = compute.pool_options()
    assert found["pool_size"] >= 1
    assert (found["pool_size"] + found["max_overflow"]) * processes <= 0.9 * compute.connections
    assert found["pool_pre_ping"] is True
    assert not suspend or found["pool_recycle"] < suspend or suspend < 2


def test_import_is_light() -> None:
    said = "import sys, colonnade.runtime; print(sorted(n for n in sys.modules if n.split('.')[0] in {names}))"
    names = {"sqlalchemy", "sqlmodel", "pydantic", "psycopg", "asyncpg", "typer", "alembic", "rich", "fastapi"}
    run = subprocess.run([sys.executable, "-c", said.format(names=names)], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_tool_side_stays_out() -> None:
    said = (
        "import sys; from colonnade import runtime; [getattr(runtime, name) for name in runtime.__all__];"
        "print(sorted({'.'.join(n.split('.')[:2]) for n in sys.modules if n.startswith('colonnade.')}))"
    )
    run = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "['colonnade.dsn', 'colonnade.errors', 'colonnade.runtime', 'colonnade.span']"
