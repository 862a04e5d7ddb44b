"""A database with types of any kind is copied with them; what a schema cannot say is proved around."""

from __future__ import annotations

import pytest
from existing_schemas import refuted

from colonnade import api
from colonnade.postgres import Server

KIND = "CREATE TYPE kind AS ENUM ('home', 'work');"
ADDRESS = f"{KIND} CREATE TYPE address AS (street text, kind kind);"
SPAN = "CREATE TYPE span AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = float8mi);"
PAIR = "CREATE SCHEMA s; CREATE TYPE s.pair AS (x int, y int);"
# What comes before the table, and the type of its column.
TYPES = {
    "composite": (ADDRESS, "address NOT NULL"),
    "array of composites": (ADDRESS, "address[] NOT NULL"),
    "domain over a composite": (f"{ADDRESS} CREATE DOMAIN own AS address;", "own"),
    "row of a later table": ("CREATE TABLE z (id bigint PRIMARY KEY);", "z"),
    "range": (SPAN, "span NOT NULL"),
    "array of enum": (KIND, "kind[] NOT NULL"),
    "of another schema": (PAIR, "s.pair"),
    "xml": ("", "xml"),
    "domain with a collation": ('CREATE DOMAIN code AS text COLLATE "C";', "code"),
}
UNMODELLED = {"domain with a collation"}


@pytest.mark.parametrize("name", TYPES)
def test_database_is_proved_around_what_a_schema_cannot_say(name: str, server: Server) -> None:
    before, type_name = TYPES[name]
    with server.scratch_database(prefix="given") as given:
        given.script(f"{before} CREATE TABLE p (id bigint PRIMARY KEY, held {type_name}, n int NOT NULL)")
        result = api.prove(given.url, postgres_url=server.dsn.url)
    assert refuted(result) == set()
    proved = {each.claim.id for each in result.proof.evidence if each.verdict == "proved"}
    assert "invariant/p/n/rejects-null" in proved
    untried = [each for each in result.proof.evidence if each.verdict == "not_run" and "/unmodelled/" in each.claim.id]
    assert bool(untried) == (name in UNMODELLED)
