"""What identifies a row."""

from __future__ import annotations

import pytest
from small_specs import attribute, column, decision, designed, entity, refers, table

from colonnade.errors import DesignError
from colonnade.schema import Column, Table
from colonnade.spec import Attribute, Defaults, Entity, Isolation


def key_columns(found: Table) -> list[Column]:
    """Return the columns of the primary key."""
    assert found.primary_key is not None
    return [found.column(name) for name in found.primary_key.columns]


@pytest.mark.parametrize(
    ("kind", "type_name", "default", "identity"),
    [
        ("bigint", "bigint", None, "ALWAYS"),
        ("uuid", "uuid", "gen_random_uuid()", ""),
        ("uuidv7", "uuid", "uuidv7()", ""),
        ("text", "text", None, ""),
    ],
)
def test_default_kinds(kind: str, type_name: str, default: str | None, identity: str) -> None:
    found = designed(entity("Task"), defaults=Defaults(key=kind))  # type: ignore[arg-type] # one of the kinds
    (key,) = key_columns(table(found, "tasks"))
    assert (key.name, key.type, key.default, key.identity, key.not_null) == ("id", type_name, default, identity, True)
    assert table(found, "tasks").primary_key is not None
    assert decision(found, "key of tasks").rejected


@pytest.mark.parametrize(
    ("key", "type_name"),
    [
        (attribute("id", "integer", bits=32, role="key"), "bigint"),
        (attribute("id", "uuid", role="key"), "uuid"),
        (attribute("id", role="key"), "text"),
        (attribute("task_no", "integer", role="key"), "bigint"),
    ],
)
def test_key_attribute_says_the_kind(key: Attribute, type_name: str) -> None:
    (found,) = key_columns(table(designed(entity("Task", key)), "tasks"))
    assert (found.name, found.type) == (key.name, type_name)


def test_natural_key() -> None:
    found = designed(entity("Country", attribute("code", max_length=2), key_attributes=("code",)))
    (key,) = key_columns(table(found, "countries"))
    assert (key.name, key.type, key.default) == ("code", "text", None)
    assert "ck_countries_code_length" in {check.name for check in table(found, "countries").checks}


def test_natural_key_over_a_relationship() -> None:
    found = designed(
        entity("Order"),
        entity("Line", attribute("number", "integer", bits=16), key_attributes=("order", "number")),
        refers("Line", "order", "Order", required=True, composition=True),
    )
    assert [each.name for each in key_columns(table(found, "lines"))] == ["order_id", "number"]
    (reference,) = table(found, "lines").foreign_keys
    assert reference.columns == ("order_id",)


def test_reference_to_a_composite_key_takes_all_its_columns_whole_or_not_at_all() -> None:
    found = designed(
        entity("Seat", attribute("row"), attribute("number", "integer"), key_attributes=("row", "number")),
        entity("Ticket"),
        refers("Ticket", "seat", "Seat"),
    )
    (reference,) = table(found, "tickets").foreign_keys
    assert reference.columns == ("seat_row", "seat_number")
    assert reference.on_update == "CASCADE"
    assert {check.expression for check in table(found, "tickets").checks} == {
        "num_nulls(seat_row, seat_number) IN (0, 2)"
    }


def test_weak_dependent_shares_its_owners_key() -> None:
    found = designed(entity("User"), entity("Profile", attribute("bio"), weak_of="User"))
    (key,) = key_columns(table(found, "profiles"))
    assert (key.name, key.type, key.identity) == ("user_id", "bigint", "")
    (reference,) = table(found, "profiles").foreign_keys
    assert (reference.columns, reference.on_delete) == (("user_id",), "CASCADE")
    assert not table(found, "profiles").uniques


def test_weak_dependent_with_a_key_of_its_own_keeps_it() -> None:
    found = designed(entity("User"), entity("Profile", attribute("id", "uuid", role="key"), weak_of="User"))
    assert [each.name for each in key_columns(table(found, "profiles"))] == ["id"]
    assert [each.columns for each in table(found, "profiles").uniques] == [("user_id",)]


def test_association_is_keyed_by_both_ends() -> None:
    found = designed(entity("Task"), entity("Tag"), refers("Task", "tags", "Tag", kind="N-M"))
    assert [each.name for each in key_columns(table(found, "task_tags"))] == ["task_id", "tag_id"]


def test_association_of_a_user_begins_with_the_user() -> None:
    found = designed(
        entity("User"),
        entity("Article"),
        refers("Article", "favorited_by", "User", kind="N-M", via="ArticleFavorite"),
        isolation=Isolation(by="user", entity="User", mode="scoped"),
    )
    assert [each.name for each in key_columns(table(found, "article_favorites"))] == ["user_id", "article_id"]


def test_association_that_something_refers_to_gets_a_key_of_its_own() -> None:
    facts: list[Entity] = [entity("Task"), entity("Tag"), entity("TaskTag"), entity("Note")]
    found = designed(
        *facts,
        refers("Task", "tags", "Tag", kind="N-M", via="TaskTag"),
        refers("Note", "link", "TaskTag"),
    )
    assert [each.name for each in key_columns(table(found, "task_tags"))] == ["id"]


def test_keys_made_of_each_other_are_refused() -> None:
    with pytest.raises(DesignError, match="is made of itself"):
        designed(
            entity("A", key_attributes=("b",)),
            entity("B", key_attributes=("a",)),
            refers("A", "b", "B", required=True),
            refers("B", "a", "A", required=True),
        )


def test_sorted_enum_key_brings_its_type_along() -> None:
    found = designed(entity("Level", attribute("name", case_insensitive=True), key_attributes=("name",)))
    assert column(found, "levels.name").type == "citext"
    assert [each.name for each in found.schema.extensions] == ["citext"]
