"""The rules of a spec are tried on a schema that existed before, whoever keeps them and whatever its names are."""

from __future__ import annotations

from pathlib import Path

import pytest
from existing_schemas import evidence, refuted, verdict, written

from colonnade import api
from colonnade.api import ProveResult
from colonnade.postgres import Server

SPEC = """\
colonnade: 1
name: hotel
entities:
  Room:
    fields: {number: int! unique, city: text(1..80)!, postcode: text(1..10)!}
    depends: postcode -> city
  Booking:
    fields:
      starts_at: timestamp!
      ends_at: timestamp!
      state: enum(asked|kept|over)! = asked
      serial: text(1..12)!
      phone: text(1..30)
      email: text(1..80)
    limit: 2 per room where state = 'asked'
    no_overlap: room starts_at..ends_at
    transitions: {state: [asked -> kept, kept -> over]}
    append_only: [serial]
    one_of: phone email
  Note:
    fields: {body: text(1..200)!}
    append_only: true
relations:
  - {from: Booking, to: Room, kind: N-1, as: room, required: true}
"""

# Other names than we would give, and other ways to keep the rules than ours.
LAX = """\
CREATE TABLE room (
    room_no bigserial PRIMARY KEY, number int NOT NULL UNIQUE, city text NOT NULL, postcode text NOT NULL
);
CREATE TABLE booking (
    booking_no bigserial PRIMARY KEY, "startsAt" timestamptz NOT NULL, "endsAt" timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'kept', 'over')), serial text NOT NULL,
    phone text, email text, "roomRef" bigint NOT NULL REFERENCES room
);
CREATE TABLE note (note_no bigserial PRIMARY KEY, body text NOT NULL);
"""
KEPT = {
    "limit": """
CREATE FUNCTION few() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM 1 FROM room WHERE room_no = NEW."roomRef" FOR UPDATE;
    IF (SELECT count(*) FROM booking WHERE "roomRef" = NEW."roomRef" AND state = 'asked') > 2
    THEN RAISE EXCEPTION 'too many'; END IF; RETURN NULL; END $$;
CREATE TRIGGER few AFTER INSERT OR UPDATE ON booking FOR EACH ROW EXECUTE FUNCTION few();
""",
    "no-overlap": """
CREATE EXTENSION btree_gist;
ALTER TABLE booking ADD CONSTRAINT apart
    EXCLUDE USING gist ("roomRef" WITH =, tstzrange("startsAt", "endsAt") WITH &&);
""",
    "transition": """
CREATE FUNCTION step() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (('asked', 'kept'), ('kept', 'over'))
    THEN RAISE EXCEPTION 'no such step'; END IF; RETURN NEW; END $$;
CREATE TRIGGER step BEFORE UPDATE ON booking FOR EACH ROW EXECUTE FUNCTION step();
""",
    "append-only": """
CREATE FUNCTION fixed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'fixed'; END $$;
CREATE TRIGGER fixed BEFORE UPDATE OF serial ON booking FOR EACH ROW EXECUTE FUNCTION fixed();
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON note FOR EACH ROW EXECUTE FUNCTION fixed();
""",
    "one-of": """
ALTER TABLE booking ADD CHECK (num_nonnulls(phone, email) = 1);
""",
}
CLAIMS = {
    "limit": ("invariant/booking/limit-2/rejects", "Add a trigger that lets at most 2 rows agree on roomRef"),
    "no-overlap": (
        "contract/spec/Booking/ex_bookings_room_id_starts_at_ends_at",
        'EXCLUDE USING gist ("roomRef" WITH =',
    ),
    "transition": ("invariant/booking/state-transition/rejects", "Let state change along asked to kept, kept to over"),
    "append-only": ("invariant/booking/append-only/rejects", "Add a trigger that refuses UPDATE"),
    "one-of": ("contract/spec/Booking/ck_bookings_one_of_phone_email", "num_nonnulls(phone, email) = 1"),
}


def prove(script: str, tmp_path: Path, server: Server) -> ProveResult:
    """Prove a script against the spec."""
    patterns = Path(written(tmp_path, "hotel.spec.yaml", SPEC))
    return api.prove(written(tmp_path, "a.sql", script), patterns=[patterns], postgres_url=server.dsn.url)


@pytest.fixture(scope="module")
def lax(tmp_path_factory: pytest.TempPathFactory, server: Server) -> ProveResult:
    """Give the proof of a schema that keeps none of the rules."""
    return prove(LAX, tmp_path_factory.mktemp("lax"), server)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory, server: Server) -> ProveResult:
    """Give the proof of a schema that keeps all of them in ways of its own."""
    return prove(LAX + "".join(KEPT.values()), tmp_path_factory.mktemp("strict"), server)


@pytest.mark.parametrize("kind", KEPT)
def test_rule_that_nothing_keeps_is_refuted_with_what_to_change(kind: str, lax: ProveResult) -> None:
    claim, remedy = CLAIMS[kind]
    found = evidence(lax, claim)
    assert found.verdict == "refuted"
    assert remedy in found.observed


@pytest.mark.parametrize("kind", KEPT)
def test_rule_that_is_kept_in_another_way_is_proved(kind: str, strict: ProveResult) -> None:
    claim, _ = CLAIMS[kind]
    assert verdict(strict, claim) == "proved"


def test_rows_that_never_change_are_tried_by_update_and_delete(lax: ProveResult, strict: ProveResult) -> None:
    for result, expected in ((lax, "refuted"), (strict, "proved")):
        found = [each for each in result.proof.evidence if each.claim.id == "invariant/note/append-only/rejects"]
        assert [each.verdict for each in found] == [expected] * 2


def test_race_for_the_last_place_is_tried(lax: ProveResult, strict: ProveResult) -> None:
    assert verdict(lax, "invariant/booking/limit-2/races") == "refuted"
    assert verdict(strict, "invariant/booking/limit-2/races") == "proved"


def test_dependency_wants_a_table_of_its_own(lax: ProveResult) -> None:
    assert any(each.startswith("contract/spec/") and each.endswith("/table") for each in refuted(lax))


def test_rules_of_columns_that_are_not_there_are_left_to_the_claims_about_those(tmp_path: Path, server: Server) -> None:
    result = prove(
        LAX.replace("state text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'kept', 'over')),", ""),
        tmp_path,
        server,
    )
    assert "contract/spec/Booking/state" in refuted(result)
    assert not [each for each in result.proof.evidence if "limit-2" in each.claim.id]
