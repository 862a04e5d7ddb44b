"""Values in Postgres's input form: which are of a type at all, and which the server holds for equal."""

from __future__ import annotations

from decimal import Decimal

import pytest

from colonnade.postgres import Session
from colonnade.prove.values import fits, identity, value_kind
from colonnade.schema import Schema

SPELLINGS = [
    ("real", "16777216", "16777217"),
    ("real", "0.1", "0.10000000149"),
    ("double precision", "9007199254740992", "9007199254740993"),
    ("double precision", "-0", "0"),
    ("numeric", "1.50", "1.5"),
    ("integer", "-0", "0"),
    ("citext", "Ab", "aB"),
    ("character(5)", "a", "a  "),
]
DIFFERENT = [
    ("real", "16777216", "16777218"),
    ("double precision", "16777216", "16777217"),
    ("numeric", "1.5", "1.51"),
    ("integer", "10", "100"),
    ("text", "a", "b"),
]


@pytest.mark.parametrize(("type_name", "one", "other"), [*SPELLINGS, *DIFFERENT])
def test_equal_values_share_an_identity_and_different_ones_do_not(
    database: Session, type_name: str, one: str, other: str
) -> None:
    database.execute("CREATE EXTENSION IF NOT EXISTS citext")
    equal = database.value(f"SELECT '{one}'::{type_name} = '{other}'::{type_name}")
    assert equal is ((type_name, one, other) in SPELLINGS)
    kind = value_kind(type_name, Schema())
    assert (identity(kind, one) == identity(kind, other)) is equal


@pytest.mark.parametrize(
    ("type_name", "number", "is_of_it"),
    [
        ("numeric(10,2)", "1.50", True),
        ("numeric(10,2)", "1.500", True),
        ("numeric(10,2)", "0.001", False),
        ("numeric(10,2)", "99999999.99", True),
        ("numeric(10,2)", "100000000", False),
        ("numeric(10,2)", "1e300", False),
        ("numeric(6,0)", "1e-5", False),
        ("integer", "2147483647", True),
        ("integer", "2147483648", False),
        ("smallint", "0.5", False),
    ],
)
def test_numbers_are_of_a_type_as_the_server_keeps_them(
    database: Session, type_name: str, number: str, is_of_it: bool
) -> None:
    kind = value_kind(type_name, Schema())
    assert kind is not None
    assert fits(kind, Decimal(number)) is is_of_it
    kept = database.attempt(f"SELECT '{number}'::numeric::{type_name} = '{number}'::numeric")
    assert (kept.ok and kept.rows == ((True,),)) is is_of_it
