"""Nobody reaches another's rows, and a broken policy, role or grant is found out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from building import build, schema_of, table

from clinic import CLINIC
from colonnade.design import Design
from colonnade.design.designer import design
from colonnade.emit.ddl import statements, stubs
from colonnade.postgres import Server, Session
from colonnade.prove import Evidence
from colonnade.prove.isolation import prove_isolation
from colonnade.schema import Policy, Schema
from colonnade.spec import Attribute, Entity, Identity, Isolation, Relationship, Spec, ValueType

WHO = ("own", "other", "none")
MINE = "(SELECT nullif(current_setting('colonnade.user_id', true), '')::bigint)"


def refuted(evidence: tuple[Evidence, ...]) -> set[str]:
    """Return the ids of the refuted claims, without the kind."""
    return {each.claim.id.removeprefix("isolation/") for each in evidence if each.verdict == "refuted"}


def not_run(evidence: tuple[Evidence, ...]) -> list[str]:
    """Return the ids of the claims that were not tried, with the reason."""
    return [f"{each.claim.id}: {each.observed}" for each in evidence if each.verdict == "not_run"]


def test_every_operation_is_tried_for_own_other_and_nobody(clinic: tuple[Design, Session]) -> None:
    designed, session = clinic
    evidence = prove_isolation(session, designed.schema, design=designed)
    assert refuted(evidence) == set()
    assert not_run(evidence) == []
    proved = {each.claim.id for each in evidence}
    isolated = [each.name for each in designed.schema.owned_tables if each.row_security]
    assert len(isolated) == 7
    for name in isolated:
        for verb in ("select", "insert", "update", "delete"):
            assert {f"isolation/{name}/{verb}/{who}" for who in WHO} <= proved
        assert {f"isolation/{name}/{aspect}" for aspect in ("force", "once", "truncate/any")} <= proved
    assert "isolation/room_labels/insert/reference/fk_room_labels_label_id_labels" in proved
    assert "isolation/rooms/update/move/fk_rooms_owner_id_users" in proved
    assert not session.in_transaction


BROKEN = [
    (
        "CREATE POLICY everybody ON labels FOR SELECT TO clinic_app USING (true)",
        {"labels/select/other", "labels/select/none", "labels/once"},
    ),
    (
        "CREATE POLICY everybody ON labels FOR ALL TO clinic_app USING (true) WITH CHECK (true)",
        {
            *(f"labels/{verb}/{who}" for verb in ("select", "insert", "update", "delete") for who in WHO[1:]),
            "labels/update/move/fk_labels_owner_id_users",
            "labels/once",
        },
    ),
    ("ALTER TABLE labels NO FORCE ROW LEVEL SECURITY", {"labels/force"}),
    (
        "ALTER TABLE labels DISABLE ROW LEVEL SECURITY",
        {
            *(f"labels/{verb}/{who}" for verb in ("select", "insert", "update", "delete") for who in WHO[1:]),
            "labels/update/move/fk_labels_owner_id_users",
            "labels/force",
            "labels/once",
        },
    ),
    (
        (
            f"DROP POLICY labels_isolation ON labels;"
            f" CREATE POLICY labels_isolation ON labels TO clinic_app USING (owner_id = {MINE}) WITH CHECK (true)"
        ),
        # A moved row must still be seen by the caller who moves it, so USING alone refuses that.
        {"labels/insert/other", "labels/insert/none"},
    ),
    (
        (
            f"DROP POLICY bookings_isolation ON bookings;"
            f" CREATE POLICY bookings_isolation ON bookings TO clinic_app USING (owner_id = {MINE})"
        ),
        {"bookings/insert/reference/fk_bookings_room_id_rooms", "bookings/update/move/fk_bookings_room_id_rooms"},
    ),
    (
        "DROP TRIGGER bookings_previous_id_own ON bookings",
        {"bookings/insert/reference/fk_bookings_previous_id_bookings"},
    ),
    (
        (
            "DROP POLICY labels_isolation ON labels; CREATE POLICY labels_isolation ON labels TO clinic_app"
            " USING (owner_id = nullif(current_setting('colonnade.user_id', true), '')::bigint)"
        ),
        {"labels/once"},
    ),
    (
        (
            f"DROP POLICY labels_isolation ON labels;"
            f" CREATE POLICY labels_isolation ON labels TO clinic_app USING (id = {MINE})"
        ),
        {
            *(f"labels/{verb}/own" for verb in ("select", "insert", "update", "delete")),
            # Links to labels look at them through their policy.
            *(f"room_labels/{verb}/own" for verb in ("insert", "update", "delete")),
            "labels/update/move/fk_labels_owner_id_users",
        },
    ),
    (
        "REVOKE UPDATE ON labels FROM clinic_app",
        {"labels/update/own", "labels/update/other", "labels/update/none"},
    ),
    (
        "GRANT UPDATE, DELETE, TRUNCATE ON notes TO clinic_app",
        {"notes/truncate/any", *(f"notes/{verb}/{who}" for verb in ("update", "delete") for who in WHO[1:])},
    ),
    ("ALTER ROLE clinic_app BYPASSRLS", None),
    ("CREATE ROLE clinic_admin BYPASSRLS; GRANT clinic_admin TO clinic_app", {"role/clinic_app"}),
    ("ALTER TABLE labels OWNER TO clinic_app", None),
]


@pytest.mark.parametrize(("mutation", "expected"), BROKEN, ids=[each[0][-70:] for each in BROKEN])
def test_broken_isolation_is_found_out(
    clinic: tuple[Design, Session], mutation: str, expected: set[str] | None
) -> None:
    designed, session = clinic
    session.script(mutation)
    found = refuted(prove_isolation(session, designed.schema, design=designed))
    if expected is None:
        assert "role/clinic_app" in found
    else:
        assert found == expected


def test_setting_that_outlives_its_transaction_is_found_out(clinic: tuple[Design, Session]) -> None:
    designed, session = clinic
    session.execute("SELECT set_config('colonnade.user_id', '9002', false)")
    assert "setting/ends" in refuted(prove_isolation(session, designed.schema, design=designed))


def test_inside_a_transaction_the_life_of_the_setting_is_not_tried(clinic: tuple[Design, Session]) -> None:
    designed, session = clinic
    with session.rolled_back():
        evidence = prove_isolation(session, designed.schema, design=designed)
    assert not_run(evidence) == ["isolation/setting/ends: the session is inside a transaction"]


def test_superuser_bypass_is_reported(clinic: tuple[Design, Session]) -> None:
    designed, session = clinic
    evidence = {each.claim.id: each for each in prove_isolation(session, designed.schema, design=designed)}
    role = evidence["isolation/role/clinic_app"]
    assert role.verdict == "proved"
    assert "superuser" in role.observed.lower()
    assert "BYPASSRLS" in role.observed


def test_tables_left_open_are_named_with_the_decision(clinic: tuple[Design, Session]) -> None:
    designed, session = clinic
    evidence = {each.claim.id: each for each in prove_isolation(session, designed.schema, design=designed)}
    coverage = evidence["isolation/coverage"]
    assert coverage.observed == "7 tables are isolated; not isolated by decision: users"
    assert coverage.details == (
        "users: Login and registration read it before anybody is known; it holds the caller itself.",
    )


def test_table_that_belongs_to_somebody_and_is_open_without_a_decision_is_found_out(
    clinic: tuple[Design, Session],
) -> None:
    designed, session = clinic
    labels = replace(designed.schema.table("labels"), policies=(), row_security=False, force_row_security=False)
    decisions = tuple(each for each in designed.decisions if each.question != "isolation of labels")
    opened = replace(designed, schema=designed.schema.with_tables([labels]), decisions=decisions)
    evidence = {each.claim.id: each for each in prove_isolation(session, opened.schema, design=opened)}
    assert evidence["isolation/coverage"].verdict == "refuted"
    assert "labels belongs to somebody and has no policy" in evidence["isolation/coverage"].observed


def test_evidence_does_not_change_from_run_to_run(clinic: tuple[Design, Session]) -> None:
    designed, session = clinic
    first, second = (
        [replace(each, elapsed_ms=0.0) for each in prove_isolation(session, designed.schema, design=designed)]
        for _ in range(2)
    )
    assert first == second


NOTES = schema_of(
    table("users", "id key"),
    replace(
        table(
            "notes",
            "id key",
            "user_id bigint!",
            foreign_keys={"user_id -> users(id)": "CASCADE"},
            policies=[Policy(name="notes_isolation", using=f"user_id = {MINE}", with_check=f"user_id = {MINE}")],
        ),
    ),
    table(
        "lines",
        "id key",
        "note_id bigint!",
        foreign_keys={"note_id -> notes(id)": "CASCADE"},
        policies=[
            Policy(
                name="lines_isolation",
                using="note_id IN (SELECT id FROM notes)",
                with_check="note_id IN (SELECT id FROM notes)",
            )
        ],
    ),
)


def test_without_a_design_role_setting_and_owner_are_read_off_the_policies(server: Server) -> None:
    with server.temporary_roles(), server.scratch_database() as session:
        build(session, NOTES)
        evidence = prove_isolation(session, NOTES)
    assert {each.split("/")[0] for each in refuted(evidence)} <= {"coverage"}
    proved = {each.claim.id for each in evidence if each.verdict == "proved"}
    assert {f"isolation/{name}/select/{who}" for name in ("notes", "lines") for who in WHO} <= proved


def tenants(*, mode: str = "rls") -> Spec:
    """Return a spec of tenants with members and files, the files owned by way of the members."""
    name = Attribute(name="name", type=ValueType(base="text", max_length=50), required=True)
    return Spec(
        name="offices",
        isolation=Isolation(by="tenant", entity="Office", mode=mode),  # type: ignore[arg-type]  # one of the modes
        identity=Identity(provider="better-auth", entity="User", table="user", key_type="text", external=True),
        entities=(
            Entity(name="User", external=True),
            Entity(name="Office", attributes=(name,), key="uuid"),
            Entity(name="Member", owner="office", attributes=(name,)),
            Entity(name="File", attributes=(name,)),
        ),
        relationships=(
            Relationship(name="office", source="Member", target="Office", kind="N-1", required=True, owner=True),
            Relationship(name="user", source="Member", target="User", kind="N-1", required=True),
            Relationship(name="member", source="File", target="Member", kind="N-1", required=True, composition=True),
        ),
    )


def test_tenants_are_told_apart_by_their_own_setting(server: Server) -> None:
    designed = design(tenants())
    with server.temporary_roles(), server.scratch_database() as session:
        for statement in (*stubs(designed.schema), *statements(designed.schema, role=designed.application_role)):
            session.execute(statement)
        evidence = prove_isolation(session, designed.schema, design=designed)
    assert refuted(evidence) == set()
    assert not_run(evidence) == []
    assert any("colonnade.tenant_id" in each.sql for each in evidence)


def people(*, scope: str = "all", following: str | None = None) -> Spec:
    """Return a spec of isolated people who give tasks to each other and follow each other.

    Between them nothing need be said: that others are followed is what it is for.
    """
    name = Attribute(name="name", type=ValueType(base="text", max_length=50), required=True)

    def relate(source: str, name: str, **options: Any) -> Relationship:
        return Relationship.model_validate({"name": name, "source": source, "target": "User", "kind": "N-1", **options})

    return Spec(
        name="people",
        isolation=Isolation(by="user"),
        identity=Identity(provider="local", entity="User"),
        entities=(
            Entity(name="User", isolated=True, attributes=(name,)),
            Entity(name="Task", owner="user", attributes=(name,)),
            Entity(name="Follow", owner="user", isolated=True),
        ),
        relationships=(
            relate("Task", "user", required=True, owner=True),
            relate("Task", "assignee", scope=scope),
            relate("User", "following", kind="N-M", inverse="user", via="Follow", scope=following),
        ),
    )


ASSIGNED = "isolation/tasks/insert/reference/fk_tasks_assignee_id_users"
FOLLOWED = "isolation/follows/insert/reference/fk_follows_followed_id_users"


@contextmanager
def built(designed: Design, server: Server) -> Iterator[Session]:
    """Give a session on a database in which the design is built."""
    with server.temporary_roles(), server.scratch_database() as session:
        for statement in (*stubs(designed.schema), *statements(designed.schema, role=designed.application_role)):
            session.execute(statement)
        yield session


@pytest.fixture(params=["owner", "all"])
def peopled(request: pytest.FixtureRequest, server: Server) -> Iterator[tuple[Design, Session]]:
    """Give that design, built, with tasks for oneself only, and for everybody."""
    designed = design(people(scope=request.param))
    with built(designed, server) as session:
        yield designed, session


def test_references_to_rows_of_every_owner_are_for_the_spec_to_allow(peopled: tuple[Design, Session]) -> None:
    designed, session = peopled
    evidence = {each.claim.id: each for each in prove_isolation(session, designed.schema, design=designed)}
    assert refuted(tuple(evidence.values())) == set()
    assert not_run(tuple(evidence.values())) == []
    said = {key: evidence[key].claim.sentence.partition(": ")[2] for key in (ASSIGNED, FOLLOWED)}
    assert said[FOLLOWED].startswith("a row refers")
    assert said[ASSIGNED].startswith("a row refers" if _for_everybody(designed) else "no row refers")


def test_row_whose_key_is_its_references_is_the_owners_to_change(server: Server) -> None:
    """Where one may follow but oneself, that pair is the only one to insert, and it is changed by its own key."""
    designed = design(people(following="owner"))
    with built(designed, server) as session:
        evidence = prove_isolation(session, designed.schema, design=designed)
    assert refuted(evidence) == set()
    proved = {each.claim.id for each in evidence if each.verdict == "proved"}
    assert {f"isolation/follows/{verb}/own" for verb in ("insert", "update", "delete")} <= proved


def test_reference_that_is_not_as_the_spec_says_is_found_out(peopled: tuple[Design, Session]) -> None:
    designed, session = peopled
    other = design(people(scope="owner" if _for_everybody(designed) else "all"))
    found = refuted(prove_isolation(session, designed.schema, design=replace(designed, spec=other.spec)))
    assert found == {ASSIGNED.removeprefix("isolation/")}


def _for_everybody(designed: Design) -> bool:
    return any(each.name == "assignee" and each.scope == "all" for each in designed.spec.relationships)


def test_owners_may_be_isolated_themselves(peopled: tuple[Design, Session]) -> None:
    designed, session = peopled
    evidence = prove_isolation(session, designed.schema)
    assert not_run(evidence) == []
    proved = {each.claim.id for each in evidence if each.verdict == "proved"}
    assert {f"isolation/{name}/select/{who}" for name in ("users", "tasks", "follows") for who in WHO} <= proved


def test_scoped_queries_are_not_tried(database: Session) -> None:
    designed = design(tenants(mode="scoped"))
    (only,) = prove_isolation(database, designed.schema, design=designed)
    assert only.verdict == "not_run"
    assert only.observed.startswith("mode is scoped")


def test_nothing_is_claimed_where_nothing_is_isolated(database: Session) -> None:
    spec = CLINIC.model_copy(update={"isolation": Isolation()})
    designed = design(spec)
    assert prove_isolation(database, designed.schema, design=designed) == ()
    assert prove_isolation(database, Schema()) == ()
