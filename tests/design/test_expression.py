"""Names in SQL expressions: which stand for values, and how they become columns."""

from __future__ import annotations

import pytest

from colonnade.sql import expression as sql

COLUMNS = {
    "status": "status",
    "end": "end",
    "order": "order",
    "from": "from",
    "to": "to",
    "owner": "user_id",
    "date": "due_date",
    "time": "time",
    "year": "year",
    "größe": "größe",
}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("status <> 'status'", "status <> 'status'"),
        ("(status = 'done') = (owner IS NOT NULL)", "(status = 'done') = (user_id IS NOT NULL)"),
        ("date > date '2020-01-01'", "due_date > date '2020-01-01'"),
        ("end > date", '"end" > due_date'),
        ("case when end then 1 else 2 end > 1", 'case when "end" then 1 else 2 end > 1'),
        ("order > 0", '"order" > 0'),
        ("from <> to and from is distinct from to", '"from" <> "to" and "from" is distinct from "to"'),
        ("substring(status from 1 for 2) similar to 'a'", "substring(status from 1 for 2) similar to 'a'"),
        ("case when true then status end = status", "case when true then status end = status"),
        ("status::date = date", "status::date = due_date"),
        ("date(status) > date", "date(status) > due_date"),
        ("cast(status as date) = date", "cast(status as date) = due_date"),
        ("a.date = date", "a.date = due_date"),
        ("STATUS = $$status$$", "status = $$status$$"),
        ("größe > 1", '"größe" > 1'),
        ("status -- status\n = 'x'", "status = 'x'"),
        ("date at time zone 'utc' > time", "due_date at time zone 'utc' > time"),
        ("extract(year from date) = year", "extract(year from due_date) = year"),
        ("status collate \"date\" = 'x'", "status collate \"date\" = 'x'"),
    ],
)
def test_only_names_of_values_are_renamed(written: str, expected: str) -> None:
    assert sql.rename(written, COLUMNS) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("due_at > now()", "the clock (now)"),
        ("due_at > CURRENT_DATE", "the clock (CURRENT_DATE)"),
        ("due_at > 'today'::date", "the clock ('today')"),
        ("age(birthday) > interval '18 years'", "the clock (age)"),
        ("age(ends_at, starts_at) < interval '1 day'", ""),
        ("now > 3", ""),
        ("name = 'now()'", ""),
        ("author = current_user", "the session (current_user)"),
        ("token <> gen_random_uuid()", "chance (gen_random_uuid)"),
    ],
)
def test_what_changes_while_the_row_stays(written: str, expected: str) -> None:
    assert sql.variation(written) == expected


def test_subqueries_and_dotted_names_read_other_rows() -> None:
    assert sql.has_subquery("exists (SELECT 1 FROM tags)")
    assert not sql.has_subquery("name = 'select'")
    assert sql.dotted_names("author.name = name and 'a.b' <> 1.5") == ("author.name",)
