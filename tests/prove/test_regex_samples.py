"""Samples of regular expressions, judged by Postgres."""

from __future__ import annotations

import pytest

from colonnade.postgres import Session
from colonnade.prove.regex_samples import like_as_regex, matching, near_misses

PATTERNS = [
    r"^[a-z0-9]+(-[a-z0-9]+)*$",
    r"^#[0-9A-Fa-f]{6}$",
    r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    r"^(GET|POST|PUT)$",
    r"(?i)^abc",
    r"^[A-Z]{3}$",
    r"^\+?[1-9]\d{1,14}$",
    r"^[[:alpha:]_][[:alnum:]_]*$",
    r"^\S(.*\S)?$",
    r"^https?://",
    r"^([0-9]{3}|[a-z]{5})$",
    r"^[\w.+-]{1,255}$",
    r"^\d{4}-\d{2}-\d{2}$",
    r"^[]x-]+$",
    r"^\u0041\x42$",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_samples_match(database: Session, pattern: str) -> None:
    samples = matching(pattern, count=5)
    assert samples
    assert len(set(samples)) == len(samples)
    for sample in samples:
        assert database.value("SELECT %s ~ %s", (sample, pattern)), sample


@pytest.mark.parametrize("pattern", PATTERNS)
def test_some_near_miss_does_not_match(database: Session, pattern: str) -> None:
    misses = near_misses(matching(pattern)[0])
    assert any(not database.value("SELECT %s ~ %s", (each, pattern)) for each in misses)


@pytest.mark.parametrize(
    ("pattern", "length"),
    [
        (r"^[a-z]+(-[a-z]+)*$", 1),
        (r"^[a-z]+(-[a-z]+)*$", 50),
        (r"^[^@\s]+@[^@\s]+$", 254),
        (r"^(ab){2,}$", 8),
        (r"^[A-Z]{2}\d{3,5}$", 7),
        (r"^x", 20),
    ],
)
def test_sample_has_the_length_asked_for(database: Session, pattern: str, length: int) -> None:
    (sample,) = matching(pattern, length=length)
    assert len(sample) == length
    assert database.value("SELECT %s ~ %s", (sample, pattern))


@pytest.mark.parametrize(("pattern", "length"), [(r"^[A-Z]{3}$", 4), (r"^(ab){2}$", 5), (r"^a$", 0)])
def test_no_sample_of_a_length_that_cannot_match(pattern: str, length: int) -> None:
    assert matching(pattern, length=length) == ()


def test_mixed_samples_meet_a_demand_that_plain_ones_miss(database: Session) -> None:
    pattern = r"^(?=.*\d)[a-z\d]{8,}$"
    assert any(database.value("SELECT %s ~ %s", (each, pattern)) for each in matching(pattern, count=3, mixed=True))


@pytest.mark.parametrize("pattern", ["[", "(", "a{"])
def test_unreadable_pattern_has_no_samples_or_literal_ones(pattern: str) -> None:
    assert all(isinstance(each, str) for each in matching(pattern))


@pytest.mark.parametrize("like", ["a%", "%.pdf", "a_c", "100.5(x)"])
def test_like_pattern_becomes_a_regular_expression(database: Session, like: str) -> None:
    for sample in matching(like_as_regex(like), count=3):
        assert database.value("SELECT %s LIKE %s", (sample, like)), sample
