"""What tables, columns and classes are called."""

from __future__ import annotations

import pytest
from small_specs import attribute, column, decision, designed, entity, refers

from colonnade.design.words import plural, singular
from colonnade.errors import DesignError
from colonnade.span import Span
from colonnade.spec import Identity


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("task", "tasks"),
        ("practice_session", "practice_sessions"),
        ("category", "categories"),
        ("day", "days"),
        ("status", "statuses"),
        ("address", "addresses"),
        ("box", "boxes"),
        ("match", "matches"),
        ("person", "people"),
        ("child", "children"),
        ("movie", "movies"),
        ("analysis", "analyses"),
        ("news", "news"),
        ("house", "houses"),
        ("course", "courses"),
        ("cache", "caches"),
        ("response", "responses"),
        ("größe", "größe"),
        ("顧客", "顧客"),
    ],
)
def test_plural_and_back(one: str, many: str) -> None:
    assert plural(one) == many
    assert plural(many) == many
    assert singular(many) == one


def test_plural_words_stay() -> None:
    assert plural("settings") == "settings"
    assert plural("preferences") == "preferences"


def test_tables_columns_and_classes() -> None:
    found = designed(entity("PracticeSession", attribute("startedAt", "timestamp")))
    binding = found.bindings.entity("PracticeSession")
    assert (binding.table, binding.class_name) == ("practice_sessions", "PracticeSession")
    assert found.schema.table("practice_sessions").has_column("started_at")


def test_stated_plural_names_the_table() -> None:
    assert designed(entity("Staff", plural="crew")).bindings.entity("Staff").table == "crew"


def test_provider_names_its_own_table() -> None:
    identity = Identity(
        provider="supabase", entity="User", table="users", namespace="auth", key_type="uuid", external=True
    )
    found = designed(entity("Note", owner="user"), identity=identity)
    users = found.schema.table("users", namespace="auth")
    assert users.external
    assert [each.name for each in users.columns] == ["id"]
    (key,) = found.schema.table("notes").foreign_keys
    assert (key.referenced_namespace, key.referenced_table) == ("auth", "users")
    assert column(found, "notes.user_id").type == "uuid"


def test_entities_that_fold_to_one_table_are_refused_with_both_places() -> None:
    first = entity("OrderLine", at=(Span("a.yaml", 3),))
    second = entity("order_line", at=(Span("a.yaml", 9),))
    with pytest.raises(DesignError, match='would both be the table "order_lines"') as caught:
        designed(first, second)
    assert "a.yaml:3:1" in caught.value.detail
    assert caught.value.at == Span("a.yaml", 9)


def test_attributes_that_fold_to_one_column_are_refused_with_both_places() -> None:
    twice = entity("Task", attribute("dueAt", at=(Span("a.yaml", 3),)), attribute("due_at", at=(Span("a.yaml", 4),)))
    with pytest.raises(DesignError, match='would both be the column "due_at"') as caught:
        designed(twice)
    assert "a.yaml:3:1" in caught.value.detail


def test_two_entities_of_one_name_are_refused() -> None:
    with pytest.raises(DesignError, match='two entities are called "Task"'):
        designed(entity("Task"), entity("Task"))


def test_relationship_to_nowhere_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(DesignError, match='no entity is called "Tasc"') as caught:
        designed(entity("Task"), refers("Task", "other", "Tasc"))
    assert '"Task"' in caught.value.hint


def test_reserved_words_keep_their_name_and_are_decided_on() -> None:
    found = designed(entity("Move", attribute("order", "integer"), attribute("from")))
    assert found.schema.table("moves").has_column("order")
    assert "quoted" in decision(found, "name of moves.order").choice


def test_names_of_system_columns_are_avoided() -> None:
    found = designed(entity("Box", attribute("xmin", "float"), attribute("xmax", "float")))
    assert {"xmin_value", "xmax_value"} <= {each.name for each in found.schema.table("boxes").columns}


def test_long_names_fit_and_stay_distinct() -> None:
    long = "a" * 200
    found = designed(entity("T" + long, attribute(long + "b", max_length=3), attribute(long + "c", max_length=3)))
    (only,) = found.schema.tables
    names = [only.name, *(each.name for each in only.columns), *(each.name for each in only.checks)]
    assert all(len(name.encode()) <= 63 for name in names)
    assert len(set(names)) == len(names)


def test_class_names_leave_room_for_the_models_of_requests() -> None:
    found = designed(entity("Task"), entity("TaskUpdate"))
    assert found.bindings.entity("TaskUpdate").class_name == "TaskUpdateRecord"


@pytest.mark.parametrize("name", ["हिन्दी", "İstanbul", "ไทยที่", "Größe", "Заказ", "顧客"])
def test_names_of_all_scripts_survive(name: str) -> None:
    found = designed(entity(name, attribute(f"a_{name}", "integer", maximum=3)))
    (only,) = found.schema.tables
    assert only.name in (name.lower(), plural(name.lower()))
    assert only.has_column(f"a_{name.lower()}")


def test_indexes_of_different_tables_get_different_names() -> None:
    found = designed(
        entity("User", attribute("profile_id", "uuid", required=True)),
        entity("UserProfile", plural="user"),
        refers("User", "a", "User"),
        refers("UserProfile", "users_a", "User", kind="1-1"),
    )
    names = [index.name for each in found.schema.tables for index in each.indexes]
    names += [unique.name for each in found.schema.tables for unique in each.uniques]
    assert len(set(names)) == len(names)


def test_too_many_columns_are_refused() -> None:
    with pytest.raises(DesignError, match="1702 columns"):
        designed(entity("Wide", *(attribute(f"c{number}x", "integer") for number in range(1701))))
