"""Whose rows the application role sees and changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sample_specs import blog, board, designed, listing

from colonnade.design import Design
from colonnade.emit.ddl import script
from colonnade.errors import DesignError
from colonnade.postgres import Server, Session
from colonnade.spec import (
    AccessPattern,
    Entity,
    Operation,
    OperationField,
    Relationship,
    Spec,
    Volume,
)

OWN, OTHER = 1, 2


@pytest.fixture(scope="module")
def built(server: Server) -> Iterator[Session]:
    """Give the board, built, with one row of everything for each of two users."""
    design = designed(board())
    with server.temporary_roles(), server.scratch_database() as session:
        session.script(script(design.schema, role=design.application_role))
        for user in (OWN, OTHER):
            _fill(session, user)
        yield session


def _fill(session: Session, user: int) -> None:
    session.execute("INSERT INTO users (email, username) VALUES (%s, %s)", (f"u{user}@example.org", f"u{user}"))
    session.execute(
        "INSERT INTO tasks (user_id, title, status, priority, is_starred) VALUES (%s, 't', 'done', 'low', false)",
        (user,),
    )
    session.execute("INSERT INTO tags (user_id, name) VALUES (%s, 'g')", (user,))
    session.execute("INSERT INTO comments (task_id, body) VALUES (%s, 'c')", (user,))
    session.execute("INSERT INTO task_tags (task_id, tag_id) VALUES (%s, %s)", (user, user))


def _as(session: Session, user: int | None, sql: str) -> Any:
    """Run a statement as the application role for a user and undo it; an SQLSTATE when it is refused."""
    with session.rolled_back():
        session.execute("SET LOCAL ROLE board_app")
        if user is not None:
            session.execute("SELECT set_config('colonnade.user_id', %s, true)", (str(user),))
        tried = session.attempt(sql)
        return (tried.rows[0][0] if tried.rows else tried.row_count) if tried.ok else tried.sqlstate


@pytest.mark.parametrize("table", ["tasks", "tags", "comments", "task_tags"])
@pytest.mark.parametrize(("user", "seen"), [(OWN, 1), (None, 0), (99, 0)])
def test_only_own_rows_are_seen(built: Session, table: str, user: int | None, seen: int) -> None:
    assert _as(built, user, f"SELECT count(*) FROM {table}") == seen


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tasks SET title = 'x' WHERE id = {id}",
        "DELETE FROM tasks WHERE id = {id}",
        "UPDATE comments SET body = 'x' WHERE id = {id}",
        "DELETE FROM comments WHERE id = {id}",
        "DELETE FROM task_tags WHERE task_id = {id}",
    ],
)
def test_only_own_rows_are_changed(built: Session, statement: str) -> None:
    assert _as(built, OWN, statement.format(id=OWN)) == 1
    assert _as(built, OWN, statement.format(id=OTHER)) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO tags (user_id, name) VALUES ({id}, 'new')",
        "INSERT INTO comments (task_id, body) VALUES ({id}, 'new')",
    ],
)
def test_only_own_rows_are_added(built: Session, statement: str) -> None:
    assert _as(built, OWN, statement.format(id=OWN)) == 1
    assert _as(built, OWN, statement.format(id=OTHER)) == "42501"
    assert _as(built, None, statement.format(id=OWN)) == "42501"


def test_row_cannot_be_given_away(built: Session) -> None:
    assert _as(built, OWN, f"UPDATE tasks SET user_id = {OTHER}") == "42501"


def test_link_reaches_own_rows_on_both_sides(built: Session) -> None:
    built.execute("INSERT INTO tags (user_id, name) VALUES (1, 'second')")
    own = built.value("SELECT max(id) FROM tags WHERE user_id = 1")
    assert _as(built, OWN, f"INSERT INTO task_tags (task_id, tag_id) VALUES (1, {own})") == 1
    assert _as(built, OWN, "INSERT INTO task_tags (task_id, tag_id) VALUES (1, 2)") == "42501"


def test_nobody_else_sees_anything(built: Session) -> None:
    with built.rolled_back():
        built.execute("CREATE ROLE stranger NOLOGIN")
        built.execute("GRANT SELECT ON tasks TO stranger")
        built.execute("SET LOCAL ROLE stranger")
        assert built.value("SELECT count(*) FROM tasks") == 0


def test_setting_is_read_once_per_statement(built: Session) -> None:
    with built.rolled_back():
        built.execute("SET LOCAL ROLE board_app")
        lines = [line for (line,) in built.execute("EXPLAIN SELECT * FROM tags")]
    assert any("InitPlan" in line for line in lines)


def test_accounts_are_read_before_anybody_is_known(built: Session) -> None:
    assert _as(built, None, "SELECT count(*) FROM users") == 2


def _design(spec: Spec) -> Design:
    return designed(spec)


def test_row_security_is_forced_on_every_owned_table() -> None:
    tables = {each.name: (each.row_security, each.force_row_security) for each in _design(board()).schema.tables}
    assert tables == {
        "users": (False, False),
        **dict.fromkeys(("tasks", "tags", "comments", "task_tags"), (True, True)),
    }


def test_scoped_mode_has_no_policy_and_no_role_but_decisions() -> None:
    design = _design(board(mode="scoped"))
    assert not any(table.policies or table.grants or table.row_security for table in design.schema.tables)
    assert design.application_role == ""
    assert {"isolation of tasks", "isolation of comments"} <= {each.question for each in design.decisions}


def test_spec_without_isolation_has_none() -> None:
    assert not any(table.row_security or table.grants for table in _design(blog()).schema.tables)


def _with(spec: Spec, *entities: Entity, **more: Any) -> Spec:
    named = {entity.name for entity in entities}
    kept = tuple(entity for entity in spec.entities if entity.name not in named)
    return spec.model_copy(update={"entities": (*kept, *entities), **more})


def test_entity_can_be_taken_out() -> None:
    spec = board()
    tag = spec.entity("Tag").model_copy(update={"isolated": False})
    table = _design(_with(spec, tag)).schema.table("tags")
    assert not table.row_security
    assert table.grants[0].privileges == ("SELECT",)


def test_owner_entity_can_be_put_in() -> None:
    spec = board()
    user = spec.entity("User").model_copy(update={"isolated": True})
    policy = _design(_with(spec, user)).schema.table("users").policies[0]
    assert policy.using == "id = (SELECT nullif(current_setting('colonnade.user_id', true), '')::bigint)"


@pytest.mark.parametrize(("scope", "checked"), [(None, False), ("all", False), ("owner", True)])
def test_owners_refer_to_each_other_unless_the_spec_forbids_it(scope: Any, checked: bool) -> None:
    spec = board()
    user = spec.entity("User").model_copy(update={"isolated": True})
    following = Relationship(name="following", source="User", target="User", kind="N-M", via="Follow", scope=scope)
    more = _with(spec, user).model_copy(update={"relationships": (*spec.relationships, following)})
    policy = _design(more).schema.table("follows").policies[0]
    assert ("users.id = follows.followed_id" in str(policy.with_check)) == checked


def test_policy_says_once_that_a_row_is_its_owners() -> None:
    spec = board()
    user = spec.entity("User").model_copy(update={"isolated": True})
    policy = _design(_with(spec, user)).schema.table("tags").policies[0]
    assert policy.with_check == policy.using


def test_isolated_entity_that_nobody_owns_is_refused() -> None:
    country = Entity(name="Country", isolated=True)
    with pytest.raises(DesignError, match="nothing says whose"):
        _design(_with(board(), country))


@pytest.mark.parametrize(
    ("effects", "privileges"),
    [((), ("SELECT",)), (("create",), ("INSERT", "SELECT")), (("update", "delete"), ("DELETE", "SELECT", "UPDATE"))],
)
def test_reference_data_may_be_written_only_as_the_spec_does(effects: Any, privileges: tuple[str, ...]) -> None:
    operations = tuple(
        Operation(id=effect, method="POST", path="/countries", entity="Country", effect=effect) for effect in effects
    )
    table = _design(_with(board(), Entity(name="Country"), operations=operations)).schema.table("countries")
    assert [each.privileges for each in table.grants] == [privileges]
    assert not table.row_security


def test_values_made_on_the_fly_may_be_added() -> None:
    label = Entity(name="Label")
    spec = board()
    link = Relationship(name="labels", source="Task", target="Label", kind="N-M")
    field = OperationField(name="labels", direction="request", entity="Task", place="labels.name")
    operation = Operation(id="create", method="POST", path="/tasks", entity="Task", effect="create", fields=(field,))
    spec = _with(spec, label, relationships=(*spec.relationships, link), operations=(operation,))
    assert _design(spec).schema.table("labels").grants[0].privileges == ("INSERT", "SELECT")


def test_append_only_rows_may_be_added_and_read() -> None:
    table = _design(board(append_only=True, tasks=Volume(rows=10))).schema.table("tasks")
    assert table.grants[0].privileges == ("INSERT", "SELECT")


def test_pattern_beyond_one_owner_is_named_in_the_decision() -> None:
    design = _design(board(listing("overdue", "Task", scope="all"), listing("mine", "Task")))
    (decision,) = (each for each in design.decisions if each.question == "isolation of tasks")
    assert "overdue reach beyond one owner" in decision.reason
    assert decision.patterns == ("mine",)


def test_part_of_a_part_is_isolated_by_way_of_both() -> None:
    spec = board()
    reaction = Entity(name="Reaction")
    link = Relationship(
        name="comment", source="Reaction", target="Comment", kind="N-1", required=True, composition=True
    )
    design = _design(_with(spec, reaction, relationships=(*spec.relationships, link)))
    using = design.schema.table("reactions").policies[0].using or ""
    assert "comments.id = reactions.comment_id" in using
    assert "tasks.id = comments.task_id" in using


def test_login_needs_no_owner() -> None:
    pattern = AccessPattern(id="login", kind="get", entity="User", by=("email",), scope="owner")
    assert _design(board(pattern)).schema.table("users").policies == ()
