"""Which values the columns let in, tried on a server."""

from __future__ import annotations

from typing import Any

import pytest
from small_specs import application_rules, attribute, checks, create, designed, entity, table

from colonnade.errors import DesignError
from colonnade.postgres import Session

TEXT, INTEGER, DECIMAL, FLOAT = "text", "integer", "decimal", "float"


@pytest.mark.parametrize(
    ("base", "options", "accepted", "refused", "constraint"),
    [
        (TEXT, {"min_length": 1, "max_length": 3}, ["a", "äöü"], ["", "abcd"], "length"),
        (TEXT, {"min_length": 2}, ["ab"], ["a"], "length"),
        (TEXT, {"max_length": 2, "min_length": 2}, ["ab"], ["a", "abc"], "length"),
        (TEXT, {"trimmed": True}, ["a b", ""], [" a", "a "], "trimmed"),
        (TEXT, {"pattern": r"^#[0-9A-F]{6}$"}, ["#00FF00"], ["#00ff00", "x#00FF00", "#00FF00\n"], "pattern"),
        (TEXT, {"pattern": r"\bcat\b"}, ["a cat"], ["concat"], "pattern"),
        (TEXT, {"format": "email"}, ["a@b", "Ü+x@b.co"], ["a", "a@", "@b", "a b@c", "a@b@c"], "email"),
        ("enum", {"values": ("a", "it's")}, ["a", "it's"], ["b", ""], "values"),
        (INTEGER, {"minimum": 1, "maximum": 5}, [1, 5], [0, 6], "range"),
        (INTEGER, {"minimum": 1, "exclusive_minimum": True}, [2], [1], "range"),
        (INTEGER, {"maximum": 5, "exclusive_maximum": True, "minimum": -1}, [-1, 4], [5, -2], "range"),
        (INTEGER, {"multiple_of": 5}, [0, -10], [3], "multiple"),
        (DECIMAL, {"multiple_of": "0.25"}, ["0.5"], ["0.3"], "multiple"),
        (FLOAT, {"multiple_of": "0.5"}, ["1.5"], ["1.4"], "multiple"),
        (FLOAT, {"minimum": 0}, ["0"], ["-0.1"], "range"),
        ("json", {"format": "object"}, ["{}"], ["[]", "1"], "shape"),
        ("json", {"array": True, "array_max": 1}, ["[]", "[1]"], ["[1,2]"], "cardinality"),
        ("json", {"array": True}, ["[]"], ["{}"], "shape"),
        (TEXT, {"array": True}, ["{}", "{a}"], ["{a,NULL}"], "elements"),
        (TEXT, {"array": True, "array_min": 1, "array_max": 2}, ["{a}"], ["{}", "{a,b,c}"], "cardinality"),
        (TEXT, {"array": True, "array_unique": True}, ["{a,b}"], ["{a,a}"], "distinct"),
        (TEXT, {"array": True, "max_length": 2, "min_length": 1}, ["{}", "{ab}"], ["{abc}", '{""}'], "length"),
        (TEXT, {"array": True, "pattern": "^a"}, ["{a,ab}"], ["{a,b}"], "pattern"),
        (TEXT, {"array": True, "case_insensitive": True, "max_length": 1}, ["{a}"], ["{ab}"], "length"),
        ("enum", {"array": True, "values": ("a", "b")}, ["{a,b}"], ["{c}"], "values"),
        (INTEGER, {"array": True, "minimum": 1, "maximum": 3}, ["{1,3}"], ["{0}", "{1,4}"], "range"),
        (INTEGER, {"array": True, "minimum": 1, "exclusive_minimum": True}, ["{2}"], ["{1}"], "range"),
    ],
)
def test_value_is_accepted_or_refused_by_name(
    base: str, options: dict[str, Any], accepted: list[Any], refused: list[Any], constraint: str, database: Session
) -> None:
    create(database, designed(entity("Thing", attribute("held", base, required=True, **options))))
    for value in accepted:
        assert database.attempt("INSERT INTO things (held) VALUES (%s)", (value,)).ok, value
    for value in refused:
        attempt = database.attempt("INSERT INTO things (held) VALUES (%s)", (value,))
        assert (attempt.sqlstate, attempt.constraint) == ("23514", f"ck_things_held_{constraint}"), value


@pytest.mark.parametrize(
    ("base", "options"),
    [
        (TEXT, {}),
        (TEXT, {"min_length": 0}),
        (TEXT, {"max_length": 2**31}),
        (TEXT, {"format": "uri"}),
        (INTEGER, {"bits": 32, "minimum": -(2**31), "maximum": 2**31 - 1}),
        (INTEGER, {"multiple_of": 1}),
        (DECIMAL, {"precision": 9, "scale": 2, "multiple_of": "0.01"}),
        ("enum", {"values": ()}),
        ("json", {}),
    ],
)
def test_what_the_type_says_already_needs_no_check(base: str, options: dict[str, Any]) -> None:
    assert not checks(designed(entity("Thing", attribute("held", base, **options))), "things")


def test_what_the_pattern_says_already_needs_no_length() -> None:
    code = attribute("code", min_length=7, max_length=7, pattern="^#[0-9A-F]{6}$")
    slug = attribute("slug", min_length=1, max_length=9, pattern="^[a-z]+$")
    assert checks(designed(entity("Thing", code, slug)), "things").keys() == {
        "ck_things_code_pattern",
        "ck_things_slug_length",
        "ck_things_slug_pattern",
    }


@pytest.mark.parametrize(
    ("base", "options"),
    [
        (TEXT, {"min_length": 3, "max_length": 2}),
        (TEXT, {"max_length": 6, "pattern": "^#[0-9A-F]{6}$"}),
        (INTEGER, {"minimum": 3, "maximum": 2}),
        (INTEGER, {"minimum": 3, "maximum": 3, "exclusive_maximum": True}),
        (TEXT, {"array": True, "array_min": 2, "array_max": 1}),
    ],
)
def test_bounds_that_let_nothing_in_are_refused(base: str, options: dict[str, Any]) -> None:
    with pytest.raises(DesignError, match="no value of"):
        designed(entity("Thing", attribute("held", base, **options)))


def test_pattern_that_postgres_cannot_hold_is_left_to_the_application() -> None:
    found = designed(entity("Thing", attribute("held", pattern=r"^\p{L}+$")))
    assert not table(found, "things").checks
    assert application_rules(found) == ["application rule of things.held: pattern"]
