"""Rules over rows: uniqueness, conditions, overlaps, limits, steps and rows that never change, tried on a server."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from small_specs import (
    application_rules,
    attribute,
    checks,
    column,
    create,
    decision,
    designed,
    entity,
    refers,
    table,
    tried,
)

from colonnade.errors import DesignError
from colonnade.postgres import Server, Session
from colonnade.schema import Exclusion, Unique
from colonnade.spec import (
    AppendOnly,
    ApplicationRule,
    CardinalityLimit,
    Condition,
    ExactlyOneOf,
    Identity,
    NoOverlap,
    Transition,
    Uniqueness,
)

TITLE = attribute("title", required=True)
DONE = attribute("done", "boolean", required=True, default="false")


def test_uniqueness_is_a_constraint() -> None:
    found = designed(entity("Task", TITLE), Uniqueness(entity="Task", keys=("title",)))
    assert table(found, "tasks").uniques == (Unique(name="uq_tasks_title", columns=("title",)),)


def test_uniqueness_per_reference() -> None:
    found = designed(
        entity("User"),
        entity("Task", TITLE, owner="user"),
        refers("Task", "user", "User", required=True, owner=True),
        Uniqueness(entity="Task", keys=("owner", "title")),
    )
    assert [each.columns for each in table(found, "tasks").uniques] == [("user_id", "title")]


def test_uniqueness_without_case(database: Session) -> None:
    found = designed(entity("Task", TITLE), Uniqueness(entity="Task", keys=("lower(title)",)))
    create(database, found)
    assert tried(database, "INSERT INTO tasks (title) VALUES ('A')").ok
    refused = tried(database, "INSERT INTO tasks (title) VALUES ('a')")
    assert (refused.sqlstate, refused.constraint) == ("23505", "uq_tasks_title")


def test_caseless_type_needs_no_lower() -> None:
    title = attribute("title", case_insensitive=True)
    found = designed(entity("Task", title), Uniqueness(entity="Task", keys=("lower(title)",)))
    assert [each.columns for each in table(found, "tasks").uniques] == [("title",)]


def test_uniqueness_among_some_rows(database: Session) -> None:
    found = designed(entity("Task", TITLE, DONE), Uniqueness(entity="Task", keys=("title",), where="not done"))
    create(database, found)
    for done, accepted in ((True, True), (True, True), (False, True), (False, False)):
        assert tried(database, "INSERT INTO tasks (title, done) VALUES ('a', %s)", (done,)).ok is accepted


def test_deleted_rows_give_their_values_free(database: Session) -> None:
    found = designed(entity("Task", TITLE, soft_delete=True), Uniqueness(entity="Task", keys=("title",)))
    create(database, found)
    insert = "INSERT INTO tasks (title) VALUES ('a')"
    assert tried(database, insert).ok
    assert not tried(database, insert).ok
    database.execute("UPDATE tasks SET deleted_at = now()")
    assert tried(database, insert).ok


def test_flag_for_deleted_rows_serves_as_well_as_a_time() -> None:
    flagged = entity("Task", TITLE, attribute("is_deleted", "boolean", role="deleted"))
    found = designed(flagged, Uniqueness(entity="Task", keys=("title",)))
    assert [index.predicate for index in table(found, "tasks").indexes] == ["NOT is_deleted"]
    assert column(found, "tasks.is_deleted").default == "false"


def test_flag_beside_a_time_is_computed_from_it(database: Session) -> None:
    flagged = entity(
        "Task", attribute("is_deleted", "boolean", role="deleted"), attribute("deleted_at", "timestamp", role="deleted")
    )
    found = designed(flagged)
    create(database, found)
    database.execute("INSERT INTO tasks (deleted_at) VALUES (NULL), (now())")
    assert database.execute("SELECT is_deleted FROM tasks ORDER BY id") == [(False,), (True,)]


def test_rows_without_a_parent_do_not_escape_uniqueness() -> None:
    found = designed(
        entity("Folder", TITLE),
        refers("Folder", "parent", "Folder"),
        Uniqueness(entity="Folder", keys=("parent", "title")),
    )
    assert [each.nulls_not_distinct for each in table(found, "folders").uniques] == [True]


def test_values_can_be_swapped_under_a_deferrable_uniqueness(database: Session) -> None:
    place = attribute("place", "integer", required=True)
    whole = Uniqueness(entity="Item", keys=("place",), deferrable=True)
    found = designed(entity("Item", place), whole)
    create(database, found)
    database.execute("INSERT INTO items (place) VALUES (1), (2)")
    assert tried(database, "UPDATE items SET place = 3 - place").ok


def test_deferrable_uniqueness_among_some_rows_is_an_exclusion(database: Session) -> None:
    place = attribute("place", "integer", required=True)
    some = Uniqueness(entity="Item", keys=("place",), deferrable=True, where="not done")
    found = designed(entity("Item", place, DONE), some)
    (exclusion,) = table(found, "items").exclusions
    assert isinstance(exclusion, Exclusion)
    create(database, found)
    database.execute("INSERT INTO items (place) VALUES (1), (2)")
    assert tried(database, "UPDATE items SET place = 3 - place").ok
    assert tried(database, "INSERT INTO items (place) VALUES (1)").sqlstate == "23P01"


@pytest.mark.parametrize(
    "second",
    [
        Uniqueness(entity="Task", keys=("title",)),
        Uniqueness(entity="Task", keys=("title", "done")),
        Uniqueness(entity="Task", keys=("id",)),
        Uniqueness(entity="Task", keys=("title",), where="done"),
    ],
)
def test_uniqueness_that_follows_from_another_adds_nothing(second: Uniqueness) -> None:
    found = designed(entity("Task", TITLE, DONE), Uniqueness(entity="Task", keys=("title",)), second)
    assert [each.columns for each in table(found, "tasks").uniques] == [("title",)]
    assert not [each for each in table(found, "tasks").indexes if each.unique]


def test_unknown_key_is_refused() -> None:
    with pytest.raises(DesignError, match='no attribute or relationship "titel"') as caught:
        designed(entity("Task", TITLE), Uniqueness(entity="Task", keys=("titel",)))
    assert "title" in caught.value.hint


def test_condition_over_a_row(database: Session) -> None:
    state = attribute("state", "enum", values=("open", "done"), required=True)
    ended = attribute("end", "timestamp")
    rule = Condition(entity="Task", expression="(state = 'done') = (end IS NOT NULL) -- 'end'")
    found = designed(entity("Task", state, ended), rule)
    create(database, found)
    assert tried(database, "INSERT INTO tasks (state) VALUES ('open')").ok
    refused = tried(database, "INSERT INTO tasks (state) VALUES ('done')")
    assert (refused.sqlstate, refused.constraint) == ("23514", "ck_tasks_state_end")


def test_named_condition_keeps_its_name_and_repeated_ones_are_one() -> None:
    rule = Condition(entity="Task", expression="a < b", name="order")
    both = (attribute("a", "integer"), attribute("b", "integer"))
    found = designed(entity("Task", *both), rule, rule, Condition(entity="Task", expression="a <> b", name="order"))
    assert checks(found, "tasks") == {"ck_tasks_order": "a < b", "ck_tasks_order_2": "a <> b"}


@pytest.mark.parametrize(
    ("expression", "because"),
    [
        ("due > now()", "the clock (now)"),
        ("due > 'today'", "the clock ('today')"),
        ("title <> current_user", "the session (current_user)"),
        ("exists (SELECT 1 FROM tasks)", "reads other rows"),
        ("author.name = title", "author.name stands in another table"),
        ("is_late or title = 'x'", "is_late is computed"),
    ],
)
def test_condition_that_no_check_can_hold_is_left_to_the_application(expression: str, because: str) -> None:
    late = attribute("is_late", "boolean", role="computed")
    found = designed(
        entity("User", attribute("name")),
        entity("Task", TITLE, attribute("due", "timestamp"), late),
        refers("Task", "author", "User"),
        Condition(entity="Task", expression=expression),
    )
    assert not table(found, "tasks").checks
    assert application_rules(found) == [f"application rule of tasks: {expression}"]
    assert because in decision(found, application_rules(found)[0]).reason


def test_rule_of_the_application_is_recorded() -> None:
    found = designed(entity("Task"), ApplicationRule(entity="Task", sentence="be kind", reason="no column"))
    assert decision(found, "application rule of tasks: be kind").reason == "no column"


@pytest.mark.parametrize(("optional", "accepted"), [(False, [False, True, False]), (True, [True, True, False])])
def test_one_of_several(optional: bool, accepted: list[bool], database: Session) -> None:
    found = designed(
        entity("Post"),
        entity("Comment", attribute("url")),
        refers("Comment", "post", "Post"),
        ExactlyOneOf(entity="Comment", members=("post", "url"), optional=optional),
    )
    create(database, found)
    database.execute("INSERT INTO posts DEFAULT VALUES")
    rows: list[tuple[Any, ...]] = [(None, None), (1, None), (1, "x")]
    outcomes = [tried(database, "INSERT INTO comments (post_id, url) VALUES (%s, %s)", row).ok for row in rows]
    assert outcomes == accepted


def test_one_of_several_cannot_be_required() -> None:
    with pytest.raises(DesignError, match="is required and one of several"):
        designed(entity("Task", TITLE, attribute("url")), ExactlyOneOf(entity="Task", members=("title", "url")))


@pytest.mark.parametrize(
    ("base", "options", "first", "touching", "overlapping"),
    [
        (
            "timestamp",
            {},
            ("2024-01-01", "2024-01-02"),
            ("2024-01-02", "2024-01-03"),
            ("2024-01-01 12:00", "2024-01-05"),
        ),
        (
            "timestamp",
            {"zoned": False},
            ("2024-01-01", "2024-01-02"),
            ("2024-01-02", None),
            ("2024-01-01", "2024-01-05"),
        ),
        ("date", {}, ("2024-01-01", "2024-01-02"), ("2024-01-02", "2024-01-03"), ("2023-01-01", None)),
        ("time", {}, ("08:00", "09:00"), ("09:00", "10:00"), ("08:30", "08:40")),
        ("integer", {}, ("1", "3"), ("3", "5"), ("2", "4")),
        ("float", {}, ("1", "1.5"), ("1.5", "2"), ("1.4", "1.6")),
        ("decimal", {"precision": 5, "scale": 2}, ("1", "1.5"), ("1.5", "2"), ("1.4", "1.6")),
    ],
)
def test_periods_of_one_room_do_not_overlap(
    base: str,
    options: dict[str, Any],
    first: tuple[str, str],
    touching: tuple[str, str | None],
    overlapping: tuple[str, str | None],
    database: Session,
) -> None:
    found = designed(
        entity("Room"),
        entity("Booking", attribute("begins", base, required=True, **options), attribute("ends", base, **options)),
        refers("Booking", "room", "Room", required=True),
        NoOverlap(entity="Booking", per=("room",), start="begins", end="ends"),
    )
    assert [each.name for each in found.schema.extensions] == ["btree_gist"]
    create(database, found)
    database.execute("INSERT INTO rooms DEFAULT VALUES")
    database.execute("INSERT INTO rooms DEFAULT VALUES")
    insert = "INSERT INTO bookings (room_id, begins, ends) VALUES (%s, %s, %s)"
    assert tried(database, insert, (1, *first)).ok
    assert tried(database, insert, (1, *touching)).ok
    assert tried(database, insert, (2, *overlapping)).ok
    refused = tried(database, insert, (1, *overlapping))
    assert (refused.sqlstate, refused.constraint) == ("23P01", "ex_bookings_room_id_begins_ends")
    backwards = tried(database, insert, (2, first[1], first[0]))
    assert (backwards.sqlstate, backwards.constraint) == ("23514", "ck_bookings_begins_ends")


def test_period_of_two_types_is_refused() -> None:
    both = (attribute("a", "date"), attribute("b", "timestamp"))
    with pytest.raises(DesignError, match="of different types"):
        designed(entity("Task", *both), NoOverlap(entity="Task", per=(), start="a", end="b"))


LIMITED = (
    entity("Task"),
    entity("Tag", TITLE, DONE),
    refers("Tag", "task", "Task", required=True),
)


@pytest.mark.parametrize(
    ("per", "where"),
    [(("task",), None), (("task",), "not done"), ((), None), (("task", "title"), "title <> 'b'")],
)
def test_limit_on_the_number_of_rows(per: tuple[str, ...], where: str | None, database: Session) -> None:
    create(database, designed(*LIMITED, CardinalityLimit(entity="Tag", per=per, maximum=2, where=where)))
    database.execute("INSERT INTO tasks DEFAULT VALUES")
    attempts = [tried(database, "INSERT INTO tags (title, task_id) VALUES ('a', 1)") for _ in range(3)]
    assert [each.ok for each in attempts] == [True, True, False]
    assert attempts[2].sqlstate == "23514"
    assert attempts[2].constraint.startswith("ck_tags_limit")


def test_limit_holds_when_a_row_moves_or_comes_under_it(database: Session) -> None:
    create(database, designed(*LIMITED, CardinalityLimit(entity="Tag", per=("task",), maximum=2, where="not done")))
    database.execute("INSERT INTO tasks DEFAULT VALUES")
    database.execute("INSERT INTO tasks DEFAULT VALUES")
    database.execute("INSERT INTO tags (title, task_id, done) VALUES ('a', 1, false), ('b', 1, false), ('c', 1, true)")
    assert not tried(database, "UPDATE tags SET done = false WHERE title = 'c'").ok
    database.execute("INSERT INTO tags (title, task_id) VALUES ('d', 2)")
    assert not tried(database, "UPDATE tags SET task_id = 1 WHERE title = 'd'").ok


def test_limit_of_one_is_a_uniqueness() -> None:
    found = designed(*LIMITED, CardinalityLimit(entity="Tag", per=("task",), maximum=1, where="not done"))
    assert [index.predicate for index in table(found, "tags").indexes if index.unique] == ["not done"]
    assert not table(found, "tags").triggers


@pytest.mark.parametrize("per", [("task",), ("task", "title")])
def test_limit_holds_between_writers_at_the_same_time(per: tuple[str, ...], server: Server) -> None:
    found = designed(*LIMITED, CardinalityLimit(entity="Tag", per=per, maximum=2))
    with server.scratch_database() as first:
        create(first, found)
        first.execute("INSERT INTO tasks DEFAULT VALUES")
        first.execute("INSERT INTO tags (title, task_id) VALUES ('a', 1)")
        insert = "INSERT INTO tags (title, task_id) VALUES ('a', 1)"
        outcomes: list[bool] = []

        def write() -> None:
            with server.session(first.value("SELECT current_database()")) as second:
                outcomes.append(tried(second, insert).ok)

        other = threading.Thread(target=write)
        with first.transaction():
            first.execute(insert)
            other.start()
            other.join(timeout=0.3)
            assert other.is_alive(), "the second writer does not wait for the first"
        other.join()
        assert outcomes == [False]
        assert first.value("SELECT count(*) FROM tags") == 2


def test_limit_on_rows_of_a_provider(database: Session) -> None:
    identity = Identity(provider="better-auth", entity="User", table="user", key_type="text", external=True)
    found = designed(
        entity("Task", owner="user"), CardinalityLimit(entity="Task", per=("user",), maximum=2), identity=identity
    )
    create(database, found)
    database.execute("""INSERT INTO "user" VALUES ('u')""")
    attempts = [tried(database, "INSERT INTO tasks (user_id) VALUES ('u')").ok for _ in range(3)]
    assert attempts == [True, True, False]


def test_limit_needs_no_privilege_on_what_the_rows_belong_to() -> None:
    found = designed(*LIMITED, CardinalityLimit(entity="Tag", per=("task",), maximum=2))
    (function,) = found.schema.functions
    assert "tasks" not in function.body
    made = decision(found, "limit of tags: at most 2 rows per task")
    assert "a lock on the row that they belong to" in {each.choice for each in made.rejected}


STATE = attribute("state", "enum", values=("open", "done", "gone"), required=True, default="open")
STEPS = (("open", "done"), ("done", "open"), ("done", "gone"))


def test_steps_between_states(database: Session) -> None:
    create(database, designed(entity("Task", STATE), Transition(entity="Task", attribute="state", steps=STEPS)))
    database.execute("INSERT INTO tasks DEFAULT VALUES")
    refused = tried(database, "UPDATE tasks SET state = 'gone'")
    assert (refused.sqlstate, refused.constraint) == ("23514", "ck_tasks_state_transition")
    assert tried(database, "UPDATE tasks SET state = 'open'").ok
    assert tried(database, "UPDATE tasks SET state = 'done'").ok
    assert tried(database, "UPDATE tasks SET state = 'gone'").ok


def test_first_state_of_a_row_without_one_is_free(database: Session) -> None:
    state = attribute("state", "enum", values=("open", "done"))
    rule = Transition(entity="Task", attribute="state", steps=(("open", "done"),))
    create(database, designed(entity("Task", state), rule))
    database.execute("INSERT INTO tasks DEFAULT VALUES")
    assert tried(database, "UPDATE tasks SET state = 'done'").ok
    assert not tried(database, "UPDATE tasks SET state = NULL").ok


def test_step_to_an_unknown_state_is_refused() -> None:
    with pytest.raises(DesignError, match='"lost" is no value'):
        designed(entity("Task", STATE), Transition(entity="Task", attribute="state", steps=(("open", "lost"),)))


def test_append_only_rows_never_change(database: Session) -> None:
    create(database, designed(entity("Entry", TITLE, append_only=True)))
    database.execute("INSERT INTO entries (title) VALUES ('a')")
    for statement in ("UPDATE entries SET title = 'b'", "DELETE FROM entries"):
        refused = tried(database, statement)
        assert (refused.sqlstate, refused.constraint[:10]) == ("23514", "ck_entries")


def test_append_only_rows_go_with_what_they_belong_to(database: Session) -> None:
    found = designed(
        entity("User"),
        entity("Entry", append_only=True),
        refers("Entry", "user", "User", composition=True),
        refers("Entry", "reader", "User"),
    )
    create(database, found)
    database.execute("INSERT INTO users DEFAULT VALUES")
    database.execute("INSERT INTO users DEFAULT VALUES")
    database.execute("INSERT INTO entries (user_id, reader_id) VALUES (1, 2)")
    assert not tried(database, "DELETE FROM entries").ok
    database.execute("DELETE FROM users WHERE id = 2")
    assert database.execute("SELECT user_id, reader_id FROM entries") == [(1, None)]
    database.execute("DELETE FROM users")
    assert database.value("SELECT count(*) FROM entries") == 0


def test_some_attributes_never_change(database: Session) -> None:
    rule = AppendOnly(entity="Task", attributes=("title",))
    create(database, designed(entity("Task", TITLE, DONE), rule))
    database.execute("INSERT INTO tasks (title) VALUES ('a')")
    assert tried(database, "UPDATE tasks SET done = true").ok
    assert tried(database, "UPDATE tasks SET title = 'a'").ok
    refused = tried(database, "UPDATE tasks SET title = 'b'")
    assert (refused.sqlstate, refused.constraint) == ("23514", "ck_tasks_title_unchanged")
