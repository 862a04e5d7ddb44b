"""What the database keeps of the history of its rows, tried on a server."""

from __future__ import annotations

import json

import pytest
from small_specs import attribute, column, create, decision, designed, entity, refers, table, tried

from colonnade.errors import DesignError
from colonnade.postgres import Session
from colonnade.spec import AppendOnly, Defaults, Identity, Isolation, Question

NAME = attribute("name", required=True)


def test_nothing_is_kept_unless_asked_for() -> None:
    found = designed(entity("Task", NAME))
    assert [each.name for each in table(found, "tasks").columns] == ["id", "name"]
    assert not table(found, "tasks").triggers
    assert not found.schema.functions


def test_update_sets_the_time_and_raises_the_version(database: Session) -> None:
    create(database, designed(entity("Task", NAME, timestamps=True, versioned=True)))
    database.execute("INSERT INTO tasks (name) VALUES ('a')")
    database.execute("UPDATE tasks SET name = 'b', version = 7, updated_at = '2000-01-01'")
    assert database.execute("SELECT version, updated_at > created_at FROM tasks") == [(2, True)]


def test_rows_that_are_never_changed_have_no_version(database: Session) -> None:
    found = designed(entity("Event", NAME, timestamps=True, versioned=True, append_only=True))
    assert [each.name for each in table(found, "events").columns] == ["id", "created_at", "name"]
    assert "raise_version" not in {each.name for each in found.schema.functions}
    assert decision(found, "version of events").choice == "none"
    create(database, found)


def test_version_that_the_spec_gives_to_rows_that_are_never_changed_has_no_trigger() -> None:
    number = attribute("version", "integer", role="version", required=True)
    found = designed(entity("Event", NAME, number), AppendOnly(entity="Event"))
    assert [each.function for each in table(found, "events").triggers] == ["refuse_change", "refuse_change"]
    assert decision(found, "history in events.version").choice == "no trigger"


@pytest.mark.parametrize(
    ("base", "options"),
    [("timestamp", {}), ("timestamp", {"zoned": False}), ("date", {}), ("integer", {"bits": 64}), ("text", {})],
)
def test_time_of_the_update_has_the_attributes_own_type(
    base: str, options: dict[str, object], database: Session
) -> None:
    changed = attribute("changed", base, role="updated", **options)
    zoned = attribute("changed", "timestamp", role="updated")
    found = designed(entity("Task", NAME, changed), entity("Note", NAME, zoned))
    create(database, found)
    for name in ("tasks", "notes"):
        assert column(found, f"{name}.changed").default
        database.execute(f"INSERT INTO {name} (name) VALUES ('a')")
        assert tried(database, f"UPDATE {name} SET name = 'b'").ok


@pytest.mark.parametrize(
    ("own", "default", "answer", "kept"),
    [
        (None, False, None, False),
        (None, True, None, True),
        (False, True, None, False),
        (True, False, None, True),
        (None, True, "no", False),
    ],
)
def test_times_are_kept_by_the_entitys_word_or_the_default(
    own: bool | None, default: bool, answer: str | None, kept: bool
) -> None:
    question = Question(id="Q-timestamps-test", topic="timestamps", text="?", default="yes", answer=answer)
    found = designed(
        entity("Task", timestamps=own), defaults=Defaults(timestamps=default), questions=(question,) if answer else ()
    )
    assert table(found, "tasks").has_column("created_at") is kept


def test_attribute_of_the_right_name_takes_the_part_in_history() -> None:
    found = designed(entity("Task", attribute("created_at", "timestamp"), timestamps=True))
    assert column(found, "tasks.created_at").default == "now()"


def test_attribute_that_is_something_else_under_that_name_is_refused() -> None:
    with pytest.raises(DesignError, match="is not what the history calls so"):
        designed(entity("Task", attribute("version"), versioned=True))


def test_rows_that_never_change_have_no_time_of_update() -> None:
    found = designed(entity("Entry", append_only=True, timestamps=True, soft_delete=True))
    assert [each.name for each in table(found, "entries").columns] == ["id", "created_at"]


def test_soft_deletion_is_one_nullable_time() -> None:
    found = designed(entity("Task", NAME), defaults=Defaults(delete="soft"))
    assert not column(found, "tasks.deleted_at").not_null
    assert decision(found, "history in tasks.deleted_at").reason


AUDITED = entity("Account", NAME, attribute("password", role="password", required=True), audited=True)


def test_audit_records_every_change_but_no_secret(database: Session) -> None:
    create(database, designed(AUDITED))
    database.execute("SET colonnade.user_id = '42'")
    database.execute("INSERT INTO accounts (name, password_hash) VALUES ('a', 'secret')")
    database.execute("UPDATE accounts SET name = 'b'")
    database.execute("DELETE FROM accounts")
    rows = database.execute(
        "SELECT action, changed_table, changed_key, changed_by, before ->> 'name', after ->> 'name' "
        "FROM audit_entries ORDER BY id"
    )
    assert rows == [
        ("INSERT", "accounts", "1", "42", None, "a"),
        ("UPDATE", "accounts", "1", "42", "a", "b"),
        ("DELETE", "accounts", "1", "42", "b", None),
    ]
    assert "secret" not in json.dumps(database.rows("SELECT before, after FROM audit_entries"))
    assert tried(database, "UPDATE audit_entries SET action = 'INSERT'").sqlstate == "23514"


def test_audit_of_a_composite_key(database: Session) -> None:
    link = entity("TaskTag", audited=True)
    found = designed(entity("Task"), entity("Tag"), link, refers("Task", "tags", "Tag", kind="N-M", via="TaskTag"))
    create(database, found)
    database.execute("INSERT INTO tasks DEFAULT VALUES")
    database.execute("INSERT INTO tags DEFAULT VALUES")
    database.execute("INSERT INTO task_tags VALUES (1, 1)")
    assert database.value("SELECT changed_key FROM audit_entries") == "[1, 1]"


def test_application_can_neither_read_nor_forge_the_trail(database: Session) -> None:
    found = designed(
        entity("User", NAME, audited=True),
        entity("Task", NAME, owner="user", audited=True),
        isolation=Isolation(by="user", entity="User"),
        identity=Identity(provider="local", entity="User"),
    )
    create(database, found)
    assert not table(found, "audit_entries").grants
    database.set_role(found.application_role)
    database.execute("INSERT INTO users (name) VALUES ('nobody is known yet')")
    database.execute("SET colonnade.user_id = '1'")
    database.execute("INSERT INTO tasks (name, user_id) VALUES ('a', 1)")
    assert tried(database, "SELECT * FROM audit_entries").sqlstate == "42501"
    assert tried(database, "INSERT INTO audit_entries (action) VALUES ('INSERT')").sqlstate == "42501"
    assert tried(database, "DELETE FROM users").ok
    database.set_role(None)
    assert database.value("SELECT count(*) FROM audit_entries") == 4
