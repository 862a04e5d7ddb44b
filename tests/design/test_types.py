"""Which type, default and presence each attribute's column has."""

from __future__ import annotations

from typing import Any

import pytest
from small_specs import attribute, column, create, decision, designed, entity, table

from colonnade.errors import DesignError
from colonnade.postgres import Session
from colonnade.spec import AccessPattern, Alternative, Question, SortKey, Spec


@pytest.mark.parametrize(
    ("base", "options", "type_name"),
    [
        ("text", {}, "text"),
        ("text", {"max_length": 80}, "text"),
        ("text", {"case_insensitive": True}, "citext"),
        ("text", {"role": "password", "max_length": 80}, "text"),
        ("integer", {}, "integer"),
        ("integer", {"bits": 16}, "smallint"),
        ("integer", {"bits": 64}, "bigint"),
        ("integer", {"minimum": 1, "maximum": 5}, "smallint"),
        ("integer", {"minimum": 0, "maximum": 40000}, "integer"),
        ("integer", {"maximum": 3_000_000_000}, "bigint"),
        ("decimal", {}, "numeric"),
        ("decimal", {"precision": 8, "scale": 2}, "numeric(8,2)"),
        ("decimal", {"format": "money"}, "numeric(19,4)"),
        ("float", {}, "double precision"),
        ("float", {"format": "currency"}, "numeric(19,4)"),
        ("boolean", {}, "boolean"),
        ("date", {}, "date"),
        ("time", {}, "time without time zone"),
        ("timestamp", {}, "timestamp with time zone"),
        ("timestamp", {"zoned": False}, "timestamp without time zone"),
        ("interval", {}, "interval"),
        ("uuid", {}, "uuid"),
        ("json", {}, "jsonb"),
        ("json", {"array": True}, "jsonb"),
        ("binary", {}, "bytea"),
        ("inet", {}, "inet"),
        ("enum", {"values": ("a", "b")}, "text"),
        ("enum", {"values": ("a", "b"), "ordered": True}, "text"),
        ("enum", {"values": ("a", "b"), "array": True}, "text[]"),
        ("integer", {"array": True}, "integer[]"),
        ("timestamp", {"array": True}, "timestamp with time zone[]"),
    ],
)
def test_type_of_a_value(base: str, options: dict[str, Any], type_name: str) -> None:
    found = designed(entity("Thing", attribute("held", base, **options)))
    (only,) = [each for each in table(found, "things").columns if each.name.startswith("held")]
    assert only.type == type_name
    assert decision(found, f"type of things.{only.name}").reason


@pytest.mark.parametrize(
    ("name", "base", "beside", "type_name"),
    [
        ("price", "float", "name", "numeric(19,4)"),
        ("unit_price", "decimal", "name", "numeric(19,4)"),
        ("tax_rate", "float", "name", "double precision"),
        ("amount", "float", "name", "double precision"),
        ("amount", "float", "currency", "numeric(19,4)"),
        ("price", "integer", "name", "bigint"),
        ("total_count", "integer", "currency", "integer"),
    ],
)
def test_money_is_never_floating(name: str, base: str, beside: str, type_name: str) -> None:
    found = designed(entity("Sale", attribute(name, base), attribute(beside)))
    assert column(found, f"sales.{name}").type == type_name


def test_enum_that_is_sorted_by_its_order_is_an_enum_type(database: Session) -> None:
    pattern = AccessPattern(id="P", kind="list", entity="Task", sort=(SortKey(attribute="priority"),))
    levels = attribute("priority", "enum", values=("low", "medium", "high"), ordered=True, default="medium")
    found = designed(entity("Task", levels), access_patterns=(pattern,))
    assert column(found, "tasks.priority").type == "task_priority"
    assert not table(found, "tasks").checks
    create(database, found)
    database.execute("INSERT INTO tasks (priority) VALUES ('high'), ('low'), (DEFAULT)")
    assert database.execute("SELECT priority FROM tasks ORDER BY priority") == [("low",), ("medium",), ("high",)]


def test_enum_type_whose_name_needs_quotes_needs_no_check() -> None:
    sorted_by = AccessPattern(id="P1", kind="list", entity="Größe", sort=(SortKey(attribute="Stufe"),))
    levels = attribute("Stufe", "enum", values=("klein", "groß"), ordered=True)
    found = designed(entity("Größe", levels), access_patterns=(sorted_by,))
    (only,) = found.schema.enum_types
    (held,) = [each for each in found.schema.tables[0].columns if each.type == f'"{only.name}"']
    assert found.schema.tables[0].checks == (), held


def test_enum_values_that_no_enum_type_can_hold_stay_text() -> None:
    pattern = AccessPattern(id="P", kind="list", entity="Task", sort=(SortKey(attribute="state"),))
    long = attribute("state", "enum", values=("x" * 64, "y"), ordered=True)
    assert column(designed(entity("Task", long), access_patterns=(pattern,)), "tasks.state").type == "text"


@pytest.mark.parametrize(
    ("base", "options", "written", "default"),
    [
        ("text", {}, "it's", "'it''s'"),
        ("text", {}, "null", "'null'"),
        ("boolean", {}, "True", "true"),
        ("boolean", {}, "no", "false"),
        ("integer", {}, "-3", "-3"),
        ("decimal", {}, "1.50", "1.50"),
        ("timestamp", {}, "now", "now()"),
        ("date", {}, "now", "CURRENT_DATE"),
        ("timestamp", {"zoned": False}, "now", "LOCALTIMESTAMP"),
        ("date", {}, "2024-02-29", "'2024-02-29'::date"),
        ("uuid", {}, "random", "gen_random_uuid()"),
        ("json", {}, "{}", "'{}'::jsonb"),
        ("json", {}, "plain", "'\"plain\"'::jsonb"),
        ("interval", {}, "1 day", "'1 day'::interval"),
        ("text", {"array": True}, "[]", "'{}'::text[]"),
        ("integer", {"array": True}, "[1, 2]", "ARRAY[1, 2]::integer[]"),
        ("text", {"array": True}, '["a\'b"]', "ARRAY['a''b']::text[]"),
        ("enum", {"values": ("a", "b")}, "b", "'b'"),
        ("integer", {"role": "created"}, None, "extract(epoch FROM now())::integer"),
        ("binary", {}, "ab", "'\\x6162'::bytea"),
    ],
)
def test_default_in_sql(
    base: str, options: dict[str, Any], written: str | None, default: str, database: Session
) -> None:
    found = designed(entity("Thing", attribute("held", base, default=written, **options)))
    assert column(found, "things.held").default == default
    create(database, found)
    database.execute("INSERT INTO things DEFAULT VALUES")


@pytest.mark.parametrize(
    ("base", "options", "written", "message"),
    [
        ("boolean", {}, "maybe", "is no value of its type"),
        ("integer", {}, "many", "is no value of its type"),
        ("integer", {"bits": 16}, "40000", "is no value of its type"),
        ("decimal", {}, "NaN", "is no value of its type"),
        ("uuid", {}, "123", "is no value of its type"),
        ("date", {}, "soon", "is no value of its type"),
        ("enum", {"values": ("a",)}, "b", "is no value of its type"),
        ("text", {"max_length": 2}, "abc", "breaks its own rule"),
        ("text", {"min_length": 2}, "a", "breaks its own rule"),
        ("text", {"trimmed": True}, " a", "breaks its own rule"),
        ("text", {"pattern": "^a+$"}, "b", "breaks its own rule"),
        ("integer", {"minimum": 1}, "0", "breaks its own rule"),
        ("integer", {"maximum": 5, "exclusive_maximum": True}, "5", "breaks its own rule"),
        ("decimal", {"multiple_of": "0.5"}, "0.3", "breaks its own rule"),
    ],
)
def test_default_that_its_own_column_refuses(base: str, options: dict[str, Any], written: str, message: str) -> None:
    with pytest.raises(DesignError, match=message):
        designed(entity("Thing", attribute("held", base, default=written, **options)))


@pytest.mark.parametrize(
    ("options", "not_null"),
    [
        ({"required": True}, True),
        ({}, False),
        ({"default": "x"}, True),
        ({"default": "x", "null_share": 0.5}, False),
        ({"array": True}, True),
        ({"array": True, "array_min": 1}, False),
        ({"base": "timestamp", "role": "created"}, True),
        ({"base": "timestamp", "role": "deleted"}, False),
        ({"base": "boolean", "role": "deleted"}, True),
        ({"base": "boolean"}, False),
    ],
)
def test_presence(options: dict[str, Any], not_null: bool) -> None:
    options = {"base": "text", **options}
    found = designed(entity("Thing", attribute("held", **options)))
    assert column(found, "things.held").not_null is not_null
    assert decision(found, "nullability of things.held").reason


@pytest.mark.parametrize(("answer", "not_null"), [("required", True), ("nullable", False), (None, False)])
def test_answer_settles_presence(answer: str | None, not_null: bool) -> None:
    question = Question(
        id="Q-nullability-thing-held",
        topic="nullability",
        text="?",
        default="nullable",
        alternatives=(Alternative(answer="required"),),
        answer=answer,
    )
    found = designed(entity("Thing", attribute("held")), questions=(question,))
    assert column(found, "things.held").not_null is not_null
    assert decision(found, "nullability of things.held").asked == question.id


def test_generated_column_is_computed_by_the_server(database: Session) -> None:
    line = entity(
        "Line",
        attribute("count", "integer", required=True),
        attribute("price", "decimal", required=True),
        attribute("total", "decimal", role="generated", expression="count * price -- of the line"),
    )
    found = designed(line)
    assert column(found, "lines.total").generated == "count * price"
    create(database, found)
    assert database.value("INSERT INTO lines (count, price) VALUES (3, 2.5) RETURNING total") == 7.5


@pytest.mark.parametrize("expression", ["now()", "concat(name, name)", "(select 1)", "", "random()"])
def test_expression_that_nothing_can_be_generated_from(expression: str) -> None:
    held = attribute("held", role="generated", expression=expression)
    with pytest.raises(DesignError, match="cannot be a generated column"):
        designed(entity("Thing", attribute("name"), held))


def test_password_is_kept_as_its_hash() -> None:
    found = designed(entity("User", attribute("password", role="password", min_length=8, required=True)))
    assert column(found, "users.password_hash").not_null
    assert not table(found, "users").checks
    assert "password" in decision(found, "application rule of users.password_hash: password").question


def test_computed_attribute_has_no_column() -> None:
    found = designed(entity("Task", attribute("is_late", "boolean", role="computed", reason="by the clock")))
    binding = found.bindings.attribute("Task", "is_late")
    assert binding is not None
    assert (binding.column, binding.reason) == ("", "by the clock")


def test_design_keeps_the_spec_whole() -> None:
    found = designed(entity("Task", attribute("name")))
    assert isinstance(found.spec, Spec)
    assert found.spec.entity("Task").has_attribute("name")
