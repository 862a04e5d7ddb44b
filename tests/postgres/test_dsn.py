"""Connection strings: read in every form, written back, never with the password."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.dsn import Dsn
from colonnade.errors import InputError

CASES = {
    "url": (
        "postgresql://ada:s%40crt@db.example:6543/app?sslmode=require",
        Dsn(
            host="db.example",
            port="6543",
            user="ada",
            password="s@crt",
            database="app",
            options=(("sslmode", "require"),),
        ),
    ),
    "short scheme": ("postgres://h/d", Dsn(host="h", database="d")),
    "sqlalchemy driver": ("postgresql+asyncpg://u@h/d", Dsn(host="h", user="u", database="d")),
    "socket folder": (
        "postgresql://u@/d?host=/run/pg&port=5433",
        Dsn(host="/run/pg", port="5433", user="u", database="d"),
    ),
    "IPv6": ("postgresql://[::1]:5432/d", Dsn(host="::1", port="5432", database="d")),
    "several hosts": (
        "postgresql://a:1,b:2/d",
        Dsn(host="a,b", port="1,2", database="d"),
    ),
    "keywords": (
        r"host=h dbname='my db' password='it\'s' user=u",
        Dsn(host="h", user="u", password="it's", database="my db"),
    ),
    "nothing but a scheme": ("postgresql://", Dsn()),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_every_form_is_read(text: str, expected: Dsn) -> None:
    assert Dsn.parse(text) == expected


@pytest.mark.parametrize("text", ["", "not a url", "mysql://h/d", "postgresql://h:x/d"])
def test_other_text_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(InputError) as caught:
        Dsn.parse(text)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize(
    "rest", ["p%@:/hunter2@h/d", "12/hunter2@h/d", "12?hunter2@h/d", "12?hunter2@h/d?sslmode=require"]
)
def test_password_that_is_not_encoded_is_not_taken_for_a_database(rest: str) -> None:
    with pytest.raises(InputError, match="password that is not encoded") as caught:
        Dsn.parse(f"postgresql://ada:{rest}")
    assert "hunter2" not in str(caught.value)


words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
hosts = st.sampled_from(["", "db.example", "::1", "10.0.0.1", "/run/p g", "a,b"])


@given(host=hosts, user=words, password=words, database=words)
def test_url_is_read_back(host: str, user: str, password: str, database: str) -> None:
    password = password if user else ""
    dsn = Dsn(host=host, port="1,2" if "," in host else "", user=user, password=password)
    dsn = dsn.with_database(database)
    assert Dsn.parse(dsn.url) == dsn
    assert Dsn.parse(dsn.sqlalchemy_url("asyncpg")) == dsn


def test_password_is_never_shown() -> None:
    dsn = Dsn.parse("postgresql://ada:hunter2@h/d?sslpassword=hunter3&sslmode=require")
    for shown in (str(dsn), repr(dsn), f"{dsn}"):
        assert "hunter" not in shown
    assert str(dsn) == "postgresql://ada:***@h/d?sslpassword=***&sslmode=require"


def test_neon_pooler_is_told_from_the_direct_host() -> None:
    pooled = Dsn.parse("postgresql://u@ep-cool-sun-123-pooler.eu-central-1.aws.neon.tech/d")
    assert pooled.pooled
    assert not pooled.direct().pooled
    assert pooled.direct().host == "ep-cool-sun-123.eu-central-1.aws.neon.tech"
