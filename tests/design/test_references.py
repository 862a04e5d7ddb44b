"""How relationships are stored, mapped, and what they do on delete."""

from __future__ import annotations

import pytest
from small_specs import attribute, column, create, decision, designed, entity, refers, table

from colonnade.design import Design, RelationshipBinding
from colonnade.errors import DesignError
from colonnade.postgres import Session
from colonnade.schema import ForeignKey
from colonnade.spec import Alternative, ExactlyOneOf, Identity, Isolation, Question


def reference(found: Design, name: str) -> ForeignKey:
    """Return the foreign key over the column `table.column`."""
    holder, _, own = name.partition(".")
    (single,) = [key for key in table(found, holder).foreign_keys if own in key.columns]
    return single


def bound(found: Design, source: str, name: str) -> RelationshipBinding:
    """Return the binding of a relationship."""
    binding = found.bindings.relationship(source, name)
    assert binding is not None
    return binding


@pytest.mark.parametrize(
    ("name", "field", "target_attribute", "expected"),
    [
        ("author", "", "", "author_id"),
        ("author", "authorId", "", "author_id"),
        ("session", "practice_session_id", "", "practice_session_id"),
        ("author", "author_username", "username", "author_id"),
        ("author", "author", "", "author_id"),
        ("author_id", "", "", "author_id"),
    ],
)
def test_column_of_a_reference(name: str, field: str, target_attribute: str, expected: str) -> None:
    found = designed(
        entity("User", attribute("username")),
        entity("Task"),
        refers("Task", name, "User", field=field, target_attribute=target_attribute),
    )
    assert reference(found, f"tasks.{expected}").referenced_columns == ("id",)


def test_column_of_a_reference_to_a_natural_key_is_not_doubled() -> None:
    found = designed(
        entity("Currency", attribute("currency_code"), key_attributes=("currency_code",)),
        entity("Price"),
        refers("Price", "currency", "Currency"),
    )
    assert reference(found, "prices.currency_code").on_update == "CASCADE"


def test_required_reference_is_not_null_and_takes_the_type_of_its_key() -> None:
    found = designed(entity("User", key="uuid"), entity("Task"), refers("Task", "author", "User", required=True))
    held = column(found, "tasks.author_id")
    assert (held.type, held.not_null) == ("uuid", True)


def test_table_that_requires_itself_lets_its_first_row_in() -> None:
    found = designed(entity("Node"), refers("Node", "parent", "Node", required=True))
    assert not column(found, "nodes.parent_id").not_null
    assert "first row" in decision(found, "storage of Node.parent").reason


def test_one_to_one_is_unique() -> None:
    found = designed(entity("User"), entity("Badge"), refers("Badge", "user", "User", kind="1-1"))
    assert [each.columns for each in table(found, "badges").uniques] == [("user_id",)]
    assert bound(found, "Badge", "user").inverse == "badge"


def test_one_to_one_of_soft_deleted_rows_is_unique_among_the_living() -> None:
    found = designed(entity("User"), entity("Badge", soft_delete=True), refers("Badge", "user", "User", kind="1-1"))
    (unique,) = [index for index in table(found, "badges").indexes if index.unique]
    assert unique.predicate == "deleted_at IS NULL"


def test_two_references_to_one_entity_get_distinct_inverses() -> None:
    found = designed(
        entity("User"), entity("Task"), refers("Task", "owner", "User"), refers("Task", "assignee", "User")
    )
    assert bound(found, "Task", "owner").inverse == "tasks"
    assert bound(found, "Task", "assignee").inverse == "assignee_tasks"


def test_mapped_names_avoid_columns_and_python() -> None:
    found = designed(
        entity("User", attribute("tasks", "integer")),
        entity("Task", attribute("author")),
        refers("Task", "author", "User"),
        refers("Task", "import", "User"),
    )
    assert bound(found, "Task", "author").attribute == "author_user"
    assert bound(found, "Task", "author").inverse == "author_tasks"
    assert bound(found, "Task", "import").attribute == "import_"


def test_parent_has_children() -> None:
    found = designed(entity("Node"), refers("Node", "parent", "Node"))
    assert (bound(found, "Node", "parent").attribute, bound(found, "Node", "parent").inverse) == ("parent", "children")


def test_association_with_attributes() -> None:
    link = (attribute("attached_by", "enum", values=("ai", "human"), required=True),)
    found = designed(
        entity("Task"),
        entity("Tag"),
        refers("Task", "tags", "Tag", kind="N-M", via="TaskTag", attributes=link),
    )
    binding = bound(found, "Task", "tags")
    assert (binding.association, binding.columns, binding.target_columns) == ("task_tags", ("task_id",), ("tag_id",))
    assert (binding.attribute, binding.inverse) == ("tags", "tasks")
    assert column(found, "task_tags.attached_by").not_null
    assert {key.on_delete for key in table(found, "task_tags").foreign_keys} == {"CASCADE"}
    assert bound(found, "TaskTag", "task").inverse == "task_tags"


def test_bare_association_maps_its_ends_only() -> None:
    found = designed(entity("Task"), entity("Tag"), refers("Task", "tags", "Tag", kind="N-M"))
    assert bound(found, "TaskTag", "task").attribute == ""
    assert bound(found, "TaskTag", "tag").inverse == ""


def test_association_of_an_entity_with_itself(database: Session) -> None:
    following = refers("User", "following", "User", kind="N-M", inverse="followers", via="UserFollow", irreflexive=True)
    found = designed(entity("User"), following)
    assert table(found, "user_follows").primary_key is not None
    assert [each.name for each in table(found, "user_follows").columns] == ["follower_id", "followed_id"]
    create(database, found)
    database.execute("INSERT INTO users DEFAULT VALUES")
    refused = database.attempt("INSERT INTO user_follows VALUES (1, 1)")
    assert (refused.sqlstate, refused.constraint) == ("23514", "ck_user_follows_irreflexive")


def test_association_written_from_both_sides_is_one() -> None:
    found = designed(
        entity("Task"),
        entity("Tag"),
        refers("Task", "tags", "Tag", kind="N-M", via="TaskTag"),
        refers("Tag", "marked", "Task", kind="N-M", via="TaskTag"),
    )
    assert [each.name for each in found.schema.tables] == ["tags", "task_tags", "tasks"]
    assert bound(found, "Task", "tags").inverse == "marked"


def test_external_table_cannot_refer() -> None:
    identity = Identity(provider="better-auth", entity="User", table="user", key_type="text", external=True)
    with pytest.raises(DesignError, match="cannot refer"):
        designed(entity("Team"), refers("User", "team", "Team"), identity=identity)


def test_attribute_in_place_of_a_reference_is_refused() -> None:
    with pytest.raises(DesignError, match='two uses for the column "author_id"'):
        designed(entity("User"), entity("Task", attribute("author_id")), refers("Task", "author", "User"))


@pytest.mark.parametrize(
    ("options", "action"),
    [
        ({"required": True}, "RESTRICT"),
        ({}, "SET NULL"),
        ({"composition": True}, "CASCADE"),
        ({"composition": True, "on_delete": "restrict"}, "RESTRICT"),
        ({"owner": True, "required": True}, "CASCADE"),
        ({"required": True, "on_delete": "no action"}, "NO ACTION"),
    ],
)
def test_fate_of_the_referencing_row(options: dict[str, object], action: str) -> None:
    found = designed(entity("User"), entity("Task"), refers("Task", "author", "User", **options))
    assert reference(found, "tasks.author_id").on_delete == action
    said = decision(found, "fate of Task when its author is deleted")
    assert said.rejected
    assert action in said.choice


@pytest.mark.parametrize(
    ("default", "answer", "action"), [("cascade", None, "CASCADE"), ("cascade", "restrict", "RESTRICT")]
)
def test_answer_settles_the_fate(default: str, answer: str | None, action: str) -> None:
    question = Question(
        id="Q-ondelete-user-task",
        topic="ondelete",
        text="?",
        default=default,
        alternatives=(Alternative(answer="restrict"),),
        answer=answer,
    )
    found = designed(
        entity("User"), entity("Task"), refers("Task", "author", "User", required=True), questions=(question,)
    )
    assert reference(found, "tasks.author_id").on_delete == action
    assert decision(found, "fate of Task when its author is deleted").asked == question.id


def test_required_reference_cannot_be_set_to_null() -> None:
    with pytest.raises(DesignError, match="cannot be set to null"):
        designed(entity("User"), entity("Task"), refers("Task", "author", "User", required=True, on_delete="set null"))


def test_one_of_several_targets_is_not_set_to_null() -> None:
    found = designed(
        entity("Post"),
        entity("Photo"),
        entity("Comment"),
        refers("Comment", "post", "Post"),
        refers("Comment", "photo", "Photo"),
        ExactlyOneOf(entity="Comment", members=("post", "photo")),
    )
    assert reference(found, "comments.post_id").on_delete == "RESTRICT"


def test_cascades_do_not_run_in_a_circle() -> None:
    found = designed(
        entity("A"), entity("B"), refers("A", "b", "B", composition=True), refers("B", "a", "A", composition=True)
    )
    assert reference(found, "as.b_id").on_delete == "CASCADE"
    assert reference(found, "bs.a_id").on_delete == "RESTRICT"


def test_tables_that_need_each_other_can_be_filled(database: Session) -> None:
    found = designed(
        entity("Team", key="text"),
        entity("Person", key="text"),
        refers("Team", "leader", "Person", required=True),
        refers("Person", "team", "Team", required=True),
    )
    create(database, found)
    with database.transaction():
        database.execute("INSERT INTO people (id, team_id) VALUES ('p', 't')")
        database.execute("INSERT INTO teams (id, leader_id) VALUES ('t', 'p')")
    assert database.value("SELECT count(*) FROM people") == 1


def test_delete_that_takes_the_refusing_row_along_is_possible(database: Session) -> None:
    found = designed(
        entity("User"),
        entity("Task"),
        entity("Comment"),
        refers("Task", "owner", "User", required=True, composition=True),
        refers("Comment", "task", "Task", required=True, composition=True),
        refers("Comment", "author", "User", required=True),
        isolation=Isolation(),
    )
    key = reference(found, "comments.author_id")
    assert (key.on_delete, key.deferrable, key.initially_deferred) == ("NO ACTION", True, False)
    create(database, found)
    database.execute("INSERT INTO users DEFAULT VALUES")
    database.execute("INSERT INTO tasks (owner_id) VALUES (1)")
    database.execute("INSERT INTO comments (task_id, author_id) VALUES (1, 1)")
    assert database.attempt("DELETE FROM users").sqlstate == "23503"
    with database.transaction():
        database.execute("SET CONSTRAINTS ALL DEFERRED")
        database.execute("DELETE FROM users")
    assert database.value("SELECT count(*) FROM comments") == 0
