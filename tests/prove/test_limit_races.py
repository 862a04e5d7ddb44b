"""A limit holds for the application's role, counts the rows of every owner, and two writers at once do not pass it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from clinic import CLINIC
from colonnade.design import Design
from colonnade.design.designer import design
from colonnade.emit.ddl import statements
from colonnade.postgres import Attempt, Server, Session, introspect
from colonnade.prove import Evidence
from colonnade.prove.limit_races import prove_limit_races
from colonnade.prove.ruling import Ruling
from colonnade.spec import Attribute, CardinalityLimit, Entity, Identity, Isolation, Relationship, Spec, ValueType

# Many users sign up for a course that none of them may change; each sees only the own sign-up.
COURSES = Spec(
    name="courses",
    identity=Identity(provider="local", entity="User"),
    isolation=Isolation(by="user", entity="User"),
    entities=(
        Entity(name="User", attributes=(Attribute(name="email", type=ValueType(base="text"), required=True),)),
        Entity(name="Course", attributes=(Attribute(name="title", type=ValueType(base="text"), required=True),)),
        Entity(name="Signup", owner="user"),
    ),
    relationships=(
        Relationship(name="user", source="Signup", target="User", kind="N-1", required=True, owner=True),
        Relationship(name="course", source="Signup", target="Course", kind="N-1", required=True),
    ),
    invariants=(CardinalityLimit(entity="Signup", per=("course",), maximum=2),),
)
NAME = "ck_signups_limit_course_id"


def raced(server: Server, found: Design, spoil: str = "") -> tuple[Evidence, ...]:
    """Return the evidence on the limits of a design, built and then spoilt by a script."""
    with server.temporary_roles(), server.scratch_database() as session:
        for statement in statements(found.schema, role=found.application_role):
            session.execute(statement)
        session.script(spoil)

        @contextmanager
        def copy() -> Iterator[Session]:
            session.close()  # nobody may be in a database that is copied
            with server.scratch_database(template=session.dsn.database) as copied:
                session.reconnect()
                yield copied

        return tuple(prove_limit_races(Ruling(found), server=server, session=session, copy=copy))


@pytest.mark.parametrize("spec", [COURSES, CLINIC], ids=["courses", "clinic"])
def test_of_two_writers_one_is_refused(server: Server, spec: Spec) -> None:
    evidence = raced(server, design(spec))
    assert [f"{each.verdict} {each.observed if each.verdict != 'proved' else ''}".strip() for each in evidence] == [
        "proved"
    ] * sum(isinstance(each, CardinalityLimit) for each in spec.invariants)
    for each in evidence:
        assert each.observed.startswith("the second waits for the first and is then rejected: 23514 ck_")
        assert f"SET LOCAL ROLE {spec.name}_app" in each.sql
        assert each.claim.id.endswith("/races")


_FUNCTION = "CREATE OR REPLACE FUNCTION ck_signups_limit_course_id() RETURNS trigger LANGUAGE plpgsql"
# Counting without a lock lets both in.
NO_LOCK = f"""{_FUNCTION} SECURITY DEFINER AS $$ BEGIN
IF (SELECT count(*) FROM signups WHERE course_id = NEW.course_id) > 2
THEN RAISE check_violation USING CONSTRAINT = TG_NAME; END IF; RETURN NULL; END $$"""
# A lock on the row that they belong to needs a privilege that the application lacks.
ROW_LOCK = f"""{_FUNCTION} AS $$ BEGIN
PERFORM 1 FROM courses WHERE id = NEW.course_id FOR NO KEY UPDATE; RETURN NULL; END $$"""
# With the rights of the writer only the own rows are counted.
INVOKER = "ALTER FUNCTION ck_signups_limit_course_id() SECURITY INVOKER"
NO_TRIGGER = "ALTER TABLE signups DISABLE TRIGGER ck_signups_limit_course_id"
BOTH = "Both were let in, so that 3 rows agree."
SPOILT = [(NO_LOCK, BOTH), (INVOKER, BOTH), (NO_TRIGGER, BOTH), (ROW_LOCK, "42501 permission denied for table courses")]


@pytest.mark.parametrize(("spoil", "said"), SPOILT, ids=["no-lock", "invoker", "no-trigger", "row-lock"])
def test_limit_that_does_not_hold_is_refuted(server: Server, spoil: str, said: str) -> None:
    (only,) = raced(server, design(COURSES), spoil)
    assert only.verdict == "refuted", only.observed
    assert said in only.observed


def _signs_up(session: Session, user: int) -> Attempt:
    return session.attempt(
        f"SET LOCAL ROLE courses_app; SELECT set_config('colonnade.user_id', '{user}', true);"
        f" INSERT INTO signups (user_id, course_id) VALUES ({user}, 1)"
    )


def test_owner_without_powers_counts_the_rows_of_everybody(server: Server) -> None:
    """Forced row security holds for an owner who is no superuser; the function sees all the rows none the less."""
    found = design(COURSES)
    with server.temporary_roles(), server.scratch_database() as session:
        session.execute("CREATE ROLE plain_owner CREATEROLE")
        session.execute("GRANT CREATE ON SCHEMA public TO plain_owner")
        session.set_role("plain_owner")
        for statement in statements(found.schema, role=found.application_role):
            session.execute(statement)
        session.set_role(None)
        session.execute("REVOKE CREATE ON SCHEMA public FROM plain_owner")
        roles = [each.roles for each in introspect(session).table("signups").policies]
        assert roles == [("plain_owner",), ("courses_app",)]
        session.execute("INSERT INTO courses (title) VALUES ('a')")
        session.execute("INSERT INTO users (email) SELECT 'e' || n FROM generate_series(1, 3) AS n")
        session.execute("INSERT INTO signups (user_id, course_id) VALUES (1, 1)")
        assert _signs_up(session, 2).ok
        session.execute("INSERT INTO signups (user_id, course_id) VALUES (2, 1)")
        refused = _signs_up(session, 3)
        assert (refused.sqlstate, refused.constraint) == ("23514", NAME)
        # The policy is the owner's and holds within the function: the owner's own queries see nothing.
        session.set_role("plain_owner")
        assert session.value("SELECT count(*) FROM signups") == 0
        session.set_role("courses_app")
        session.execute("SELECT set_config('colonnade.counting', 'on', false)")
        assert session.value("SELECT count(*) FROM signups") == 0


def test_equal_values_of_another_spelling_take_the_same_lock(server: Server) -> None:
    """Two numbers that are equal have different texts, as have two texts that differ in case only."""
    price = Attribute(name="price", type=ValueType(base="decimal"), required=True)
    title = Attribute(name="title", type=ValueType(base="text", case_insensitive=True), required=True)
    limits = tuple(CardinalityLimit(entity="Offer", per=(each,), maximum=2) for each in ("price", "title"))
    found = design(Spec(name="offers", entities=(Entity(name="Offer", attributes=(price, title)),), invariants=limits))
    with server.scratch_database() as session, server.session(session.dsn.database) as other:
        for statement in statements(found.schema):
            session.execute(statement)
        for mine, theirs in (("(1.0, 'a')", "(1.00, 'b')"), ("(1.0, 'a')", "(2.0, 'A')")):
            with session.transaction():
                session.execute(f"INSERT INTO offers (price, title) VALUES {mine}")
                blocked = other.attempt(
                    f"SET LOCAL lock_timeout = '50ms'; INSERT INTO offers (price, title) VALUES {theirs}"
                )
                assert blocked.sqlstate == "55P03"
