"""Regular expressions of contracts in Postgres's dialect: what the original finds, the translation finds."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from colonnade.postgres import Server, Session
from colonnade.sql.pattern import UntranslatableError, translate

SAMPLES = [
    "#3B82F6", "a@b.co", "é@b.c", "123-4567", "Abcdefg1", "x\ny", "foo", "afoo b", "a" * 300, "a" * 501, "2020-2020",
    "aa", "ab", "bb", "", "éAB", "a-b", "a--b", "a{3", "[", "/x.y", "GB12ABC", "+123456", "xxy", "23:59", "\\", "中文",
    "${ab}", "-a", "a-", "a\n", "1 2", "_", "]", "a\u2028b", "\b", "\t",
]  # fmt: skip


@pytest.fixture(scope="module")
def session(server: Server) -> Iterator[Session]:
    """Give one session for the module; nothing is written."""
    with server.session() as opened:
        yield opened


@pytest.mark.parametrize(
    "pattern",
    [
        r"^#[0-9A-Fa-f]{6}$", r"^[\w.+-]+@[\w-]+\.[\w.]+$", r"^\d{3}-\d{4}$", r"^(?=.*[A-Z])(?=.*\d).{8,}$",
        r"^[^\s@]+@[^\s@]+$", r"^(?P<y>\d{4})-(?P=y)$", r"\bfoo\b", r"\Bfoo", r"^a{1,500}$", r"^a{300}$", r"^a{256,}$",
        r"^[\W\D]+$", r"^(a|b)?\1$", r"^[a-z0-9]+(?:-[a-z0-9]+)*$", r"^\u00e9\x41B$", r"^.{0,1000}$", r"^[\w-]+$",
        r"^[a-z[]+$", r"^\/x\.y$", r"(?<!a)b", r"^\+?[1-9]\d{1,14}$", r"^x*?y+?$", r"^([01]?\d|2[0-3]):[0-5]\d$",
        r"^[ -~]+$", r"^[\\/:]$", r"^[\u4e00-\u9fa5]+$", r"^\$\{[a-z]+\}$", r"^(?!-)[a-z-]{1,63}(?<!-)$", r"^.*$",
        "a|^b", r"[\b]", r"^(|a)$", r"a{3", r"^[a\-z]$", r"^[-a]$", r"\_", "(?i)^AA$",
    ],
)  # fmt: skip
def test_translation_finds_the_same(pattern: str, session: Session) -> None:
    translated = translate(pattern.replace("(?P=y)", r"\k<y>")).text
    original = re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", pattern), re.ASCII)
    for sample in SAMPLES:
        if "." in pattern and re.search("[\u2028\r]", sample):
            continue  # a line end for ECMA, not for Python
        assert session.value("SELECT %s ~ %s", (sample, translated)) == bool(original.search(sample)), sample


def test_empty_classes_find_nothing_and_anything(session: Session) -> None:
    assert session.value("SELECT 'a' ~ %s", (translate("[]").text,)) is False
    assert session.value("SELECT %s ~ %s", ("\n", translate("^[^]$").text)) is True


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\p{L}+$", r"(", r")", r"a{2,1}", r"*a", r"a++", r"(?>a)", r"(a(?i)b)", r"[a", r"\q", r"\u0000", "\\",
        r"^(a{1,200}b){1,200}$", r"(?=a)*", r"\2(a)", r"(a)(?=\1)", r"\ud800",
    ],
)  # fmt: skip
def test_what_postgres_cannot_say_is_refused(pattern: str) -> None:
    with pytest.raises(UntranslatableError):
        translate(pattern)


@pytest.mark.parametrize(
    ("pattern", "lengths"),
    [
        ("^a{2,4}b$", (3, 5)),
        ("^(a|bc)*$", (0, None)),
        ("^(?=.{8})a?$", (0, 1)),
        (r"^(a)\1$", (1, None)),
        ("a", (0, None)),
        ("^a|b$", (0, None)),
    ],
)
def test_lengths_of_what_an_anchored_pattern_matches(pattern: str, lengths: tuple[int, int | None]) -> None:
    translated = translate(pattern)
    assert (translated.shortest, translated.longest) == lengths


_ATOMS = st.sampled_from(["a", "b", ".", r"\d", r"\w", r"\s", "[ab]", "[^a]", r"[\d-]", "-", "(?:ab)", "(a|b)", r"\."])
_PIECES = st.tuples(_ATOMS, st.sampled_from(["", "*", "+", "?", "{2}", "{1,3}", "*?"])).map("".join)
_PATTERNS = st.lists(_PIECES, min_size=1, max_size=5).map("".join)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pattern=_PATTERNS, samples=st.lists(st.text("ab-. 1\né", max_size=8), min_size=1, max_size=5))
def test_random_patterns_find_the_same(pattern: str, samples: list[str], session: Session) -> None:
    translated = translate(f"^{pattern}$").text
    original = re.compile(rf"^{pattern}\Z", re.ASCII)
    for sample in samples:
        assert session.value("SELECT %s ~ %s", (sample, translated)) == bool(original.search(sample)), sample
