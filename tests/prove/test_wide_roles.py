"""What reaches beyond one owner runs as a role of its own, which may do that and nothing else."""

from __future__ import annotations

import pytest

from clinic import CLINIC
from colonnade.design import Design
from colonnade.design.designer import design
from colonnade.design.queries import queries
from colonnade.emit.ddl import statements
from colonnade.postgres import Server
from colonnade.prove import Evidence
from colonnade.prove.isolation import prove_isolation
from colonnade.schema import Policy
from colonnade.spec import AccessPattern

JOB = AccessPattern(id="overdue", kind="job", entity="Booking", where="state = 'asked'")
REPORT = AccessPattern(
    id="usage",
    kind="report",
    entity="Booking",
    joins=("room",),
    group_by=("room.name",),
    measures=("count(*)",),
    scope="all",
)
LOOKUP = AccessPattern(id="lookup", kind="get", entity="Label", by=("id",), scope="all")
CLEARING = AccessPattern(id="clearing", kind="write", entity="Label", by=("id",), writes="delete", scope="all")
OWN = AccessPattern(id="mine", kind="list", entity="Booking", scope="owner")
BEYOND = CLINIC.model_copy(update={"access_patterns": (JOB, REPORT, LOOKUP, CLEARING, OWN)})


def _granted(found: Design, role: str) -> dict[str, tuple[str, ...]]:
    return {
        table.name: grant.privileges for table in found.schema.tables for grant in table.grants if grant.role == role
    }


def test_each_role_may_do_what_its_patterns_do() -> None:
    found = design(BEYOND)
    assert found.wide_roles == ("clinic_job", "clinic_service")
    assert _granted(found, "clinic_job") == {"bookings": ("SELECT",), "rooms": ("SELECT",)}
    assert _granted(found, "clinic_service") == {"labels": ("DELETE", "SELECT")}
    policies = {each.name: each for table in found.schema.tables for each in table.policies}
    assert policies["bookings_job"] == Policy(
        name="bookings_job", command="SELECT", roles=("clinic_job",), using="true"
    )
    assert policies["labels_service"].command == "ALL"
    (made,) = (each for each in found.decisions if each.question.startswith("role clinic_job"))
    assert made.patterns == ("overdue", "usage")
    assert "a role with BYPASSRLS" in {each.choice for each in made.rejected}


def test_patterns_of_one_owner_need_no_role() -> None:
    found = design(CLINIC.model_copy(update={"access_patterns": (OWN,)}))
    assert found.wide_roles == ()
    assert {query.wide_role for query in queries(found, OWN)} == {""}


def _proved(server: Server, spoil: str = "") -> tuple[Evidence, ...]:
    found = design(BEYOND)
    with server.temporary_roles(), server.scratch_database() as session:
        for statement in statements(found.schema, role=found.application_role):
            session.execute(statement)
        session.script(spoil)
        return prove_isolation(session, found.schema, design=found)


def test_the_roles_see_every_owner_and_nothing_else(server: Server) -> None:
    evidence = _proved(server)
    assert {each.claim.id: each.observed for each in evidence if each.verdict != "proved"} == {}
    proved = {each.claim.id.removeprefix("isolation/"): each for each in evidence}
    assert proved["bookings/clinic_job/select"].observed == "accepted, 2 rows"
    assert proved["labels/clinic_service/delete"].observed == "accepted, 1 row"
    for aspect in ("bookings/clinic_job/update", "notes/clinic_job/select", "bookings/clinic_service/select"):
        assert proved[aspect].sqlstate == "42501"


SPOILT = [
    ("DROP POLICY bookings_job ON bookings", {"bookings/clinic_job/select"}),
    ("REVOKE SELECT ON rooms FROM clinic_job", {"rooms/clinic_job/select"}),
    (
        "GRANT UPDATE ON bookings TO clinic_job; CREATE POLICY more ON bookings FOR UPDATE TO clinic_job USING (true)",
        {"bookings/clinic_job/update"},
    ),
    ("GRANT clinic_job TO clinic_app WITH INHERIT FALSE", {"role/clinic_app"}),
    ("ALTER ROLE clinic_job BYPASSRLS", {"role/clinic_job"}),
]


@pytest.mark.parametrize(("spoil", "expected"), SPOILT, ids=[each[0][:30] for each in SPOILT])
def test_role_that_may_less_or_more_is_found_out(server: Server, spoil: str, expected: set[str]) -> None:
    evidence = _proved(server, spoil)
    refuted = {each.claim.id.removeprefix("isolation/") for each in evidence if each.verdict == "refuted"}
    assert refuted == expected
