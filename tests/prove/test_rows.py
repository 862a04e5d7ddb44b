"""Rows that a schema accepts, whatever its conditions look like."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from building import build, schema_of, table, unique_index

from colonnade.errors import ProofError
from colonnade.postgres import Session
from colonnade.prove import statements
from colonnade.prove.rows import RowFactory
from colonnade.schema import Check, Domain, EnumType, Schema

CONDITIONS = {
    "length": ("text", "char_length(value) BETWEEN 3 AND 5"),
    "exact length": ("text", "length(value) = 64"),
    "pattern": ("text", "value ~ '^[A-Z]{3}-[0-9]{2,}$'"),
    "pattern, length and case": (
        "text",
        "value ~ '^[^@]+@[^@]+$' AND char_length(value) >= 20 AND value = lower(value)",
    ),
    "word in a text": ("text", r"value ~ '\yx\y' AND char_length(value) > 8"),
    "not like": ("text", "value NOT LIKE '% %' AND value LIKE 'v_%'"),
    "list": ("text", "value IN ('small', 'medium', 'it''s large')"),
    "list as Postgres prints it": ("text", "value = ANY (ARRAY['a'::text, 'b'::text])"),
    "trimmed": ("text", "value = btrim(value) AND value <> ''"),
    "range": ("integer", "value >= '-5'::integer AND value < 0"),
    "multiple": ("integer", "value % 25 = 0 AND value > 0"),
    "cents": ("numeric(10,2)", "value >= 0.01 AND value % 0.01 = 0"),
    "fraction": ("double precision", "value > 0 AND value <= 1"),
    "weekday": ("date", "extract(isodow FROM value) < 6"),
    "since": ("date", "value >= '2030-05-01'::date"),
    "midnight": ("timestamp with time zone", "date_trunc('day', value, 'UTC') = value"),
    "office hours": ("time without time zone", "value BETWEEN '18:30' AND '19:00'"),
    "long": ("interval", "value >= '90 days'::interval"),
    "object": ("jsonb", "jsonb_typeof(value) = 'object' AND value ? 'kind'"),
    "array of json": ("jsonb", "jsonb_typeof(value) = 'array' AND jsonb_array_length(value) BETWEEN 2 AND 4"),
    "elements": ("text[]", "cardinality(value) BETWEEN 1 AND 2 AND value <@ ARRAY['r', 'w']"),
    "bytes": ("bytea", "octet_length(value) = 16"),
    "not empty range": ("daterange", "NOT isempty(value)"),
    "address": ("inet", "family(value) = 4"),
    "raises on some values": ("text", "value::integer > 0"),
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_condition_is_kept_by_different_rows(database: Session, name: str) -> None:
    type_name, expression = CONDITIONS[name]
    schema = schema_of(table("things", "id key", f"value {type_name}!", checks={"ck_things_value": expression}))
    build(database, schema)
    factory = RowFactory(schema, database)
    things = schema.table("things")
    for number in (1, 2):
        database.execute(factory.row(things, number).insert())
    (component,) = factory.components(things)
    boundary = component.boundary(component.conditions[0])
    assert boundary.kept
    if name != "raises on some values":
        assert boundary.broken
        broken = factory.applied(factory.row(things, 3), component, boundary.broken[0])
        assert database.attempt(broken.insert()).constraint == "ck_things_value"


BOUNDARIES = [
    ("text", "char_length(value) BETWEEN 1 AND 200", {0, 201}, {1, 200}, len),
    ("integer", "value >= 10 AND value < 20", {9, 20}, {10, 19}, int),
    ("numeric(6,2)", "value > 0", {Decimal(0)}, {Decimal("0.01")}, Decimal),
    ("date", "value <= '2024-12-31'", {date(2025, 1, 1)}, {date(2024, 12, 31)}, date.fromisoformat),
]


@pytest.mark.parametrize(("type_name", "expression", "outside", "inside", "read"), BOUNDARIES)
def test_both_sides_of_each_edge_are_found(
    database: Session, type_name: str, expression: str, outside: set[object], inside: set[object], read: object
) -> None:
    schema = schema_of(table("things", "id key", f"value {type_name}!", checks={"ck": expression}))
    build(database, schema)
    (component,) = RowFactory(schema, database).components(schema.table("things"))
    boundary = component.boundary(component.conditions[0])
    assert {read(trial.candidates[0].text) for trial in boundary.broken} >= outside  # type: ignore[operator]  # a reader
    assert inside <= {read(trial.candidates[0].text) for trial in boundary.kept}  # type: ignore[operator]  # a reader


TIED = {
    "completed": ("(status = 'done') = (completed_at IS NOT NULL)", ["status text!", "completed_at date"]),
    "order": ("starts_on < ends_on", ["starts_on date!", "ends_on date!"]),
    "at most": ("discount <= price", ["price numeric(8,2)!", "discount numeric(8,2)"]),
    "different": ("first <> second", ["first text!", "second text!"]),
    "one of": ("num_nonnulls(a, b, c) = 1", ["a text", "b integer", "c date"]),
    "length of another": ("char_length(code) = digits", ["code text!", "digits integer!"]),
    "three at once": (
        "CASE kind WHEN 'day' THEN hours = 24 ELSE hours < 24 AND note IS NOT NULL END",
        ["kind text!", "hours integer!", "note text"],
    ),
}


@pytest.mark.parametrize("name", TIED)
def test_condition_over_several_columns_has_both_sides(database: Session, name: str) -> None:
    expression, columns = TIED[name]
    schema = schema_of(table("things", "id key", *columns, checks={"ck": expression}))
    build(database, schema)
    factory = RowFactory(schema, database)
    (component,) = factory.components(schema.table("things"))
    boundary = component.boundary(component.conditions[0])
    assert boundary.broken
    assert boundary.kept
    row = factory.row(schema.table("things"))
    database.execute(row.insert())
    for trial in boundary.broken:
        assert database.attempt(factory.applied(row, component, trial).insert()).constraint == "ck"


def test_condition_that_nothing_keeps_is_reported(database: Session) -> None:
    schema = schema_of(
        table("things", "id key", "n integer!", checks={"ck_low": "n < 5", "ck_high": "n > 5"}),
    )
    build(database, schema)
    with pytest.raises(ProofError, match=r'no tried values of n in "things" keep "ck_high", "ck_low"'):
        RowFactory(schema, database).row(schema.table("things"))


def test_type_without_known_values_is_reported_only_where_a_value_is_needed(database: Session) -> None:
    # The embedded server is built without XML, so that it takes no value of the type at all.
    schema = schema_of(table("a", "id key", "at xml"), table("b", "id key", "at xml!"))
    build(database, schema)
    factory = RowFactory(schema, database)
    database.execute(factory.row(schema.table("a")).insert())
    with pytest.raises(ProofError, match='no value of type "xml"'):
        factory.row(schema.table("b"))


@pytest.mark.parametrize(
    "type_name",
    ["point", "polygon", "circle", "bit(4)", "varbit", "money", "tsquery", "pg_lsn", '"char"', "jsonpath", "oid",
     "macaddr8", "int4multirange", "address", "address[]", "frange"],
)  # fmt: skip
def test_type_that_only_the_server_knows_gets_values_from_it(type_name: str, database: Session) -> None:
    database.script(
        "CREATE TYPE kind AS ENUM ('home', 'work'); CREATE TYPE address AS (street text, kind kind, at point);"
        " CREATE TYPE frange AS RANGE (SUBTYPE = float8)"
    )
    schema = schema_of(table("things", "id key", f"held {type_name}!", "n integer!"))
    database.script(f"CREATE TABLE things (id bigint PRIMARY KEY, held {type_name} NOT NULL, n integer NOT NULL)")
    factory = RowFactory(schema, database)
    for number in (1, 2):
        database.execute(factory.row(schema.table("things"), number).insert())


def test_domain_and_enum_values_are_acceptable(database: Session) -> None:
    schema = schema_of(
        table("things", "id key", "code short_code!", "size sizes!", uniques={"uq_things": ["code"]}),
        domains=(
            Domain(
                name="short_code",
                base_type="text",
                checks=(Check(name="ck_short_code", expression="VALUE ~ '^[a-z]{2,4}$'"),),
            ),
        ),
        enum_types=(EnumType(name="sizes", values=("S", "L")),),
    )
    build(database, schema)
    factory = RowFactory(schema, database)
    for number in range(1, 6):
        database.execute(factory.row(schema.table("things"), number).insert())


KEYS = schema_of(
    table("users", "id key", "email text!", indexes=[unique_index("uq_users_email", "lower(email)")]),
    table("profiles", "user_id bigint!", key=["user_id"], foreign_keys={"user_id -> users(id)": "CASCADE"}),
    table(
        "follows",
        "follower_id bigint!",
        "followed_id bigint!",
        key=["follower_id", "followed_id"],
        checks={"ck_self": "follower_id <> followed_id"},
        foreign_keys={"follower_id -> users(id)": "CASCADE", "followed_id -> users(id)": "CASCADE"},
    ),
    table(
        "days",
        "user_id bigint!",
        "day text!",
        key=["user_id", "day"],
        checks={"ck_day": "day IN ('mon', 'tue')"},
        foreign_keys={"user_id -> users(id)": "CASCADE"},
    ),
    table("pages", "id uuid!", "parent_id uuid!", foreign_keys={"parent_id -> pages(id)": "RESTRICT"}),
    table("chicken", "id key", "egg_id bigint!", foreign_keys={"egg_id -> eggs(id)": "NO ACTION"}),
    table("eggs", "id key", "chicken_id bigint!", foreign_keys={"chicken_id -> chicken(id)": "NO ACTION"}),
)


def test_rows_come_with_what_they_refer_to_in_order(database: Session) -> None:
    build(database, KEYS)
    factory = RowFactory(KEYS, database)
    rows = [factory.row(each, number) for each in KEYS.tables for number in range(1, 5)]
    groups = factory.with_ancestors(rows)
    for group in groups:
        database.execute(statements.insert_together([row.insert() for row in group]))
    stored = {row.name for group in groups for row in group}
    assert {row.name for row in rows} <= stored
    assert max(len(group) for group in groups) == 2  # the chicken and its egg


def test_the_same_schema_gives_the_same_rows(database: Session) -> None:
    build(database, KEYS)
    first, second = RowFactory(KEYS, database), RowFactory(KEYS, database)
    for each in KEYS.tables:
        for number in (3, 1, 2):
            assert first.row(each, number) == second.row(each, number)


def test_reference_that_may_be_absent_is_filled_on_demand(database: Session) -> None:
    schema = schema_of(
        table("users", "id key"),
        table("notes", "id key", "user_id bigint", foreign_keys={"user_id -> users(id)": "SET NULL"}),
    )
    build(database, schema)
    factory = RowFactory(schema, database)
    notes = schema.table("notes")
    assert factory.row(notes).values["user_id"] is None
    row = factory.row(notes, fill={"fk_notes_user_id": 2})
    assert row.values["user_id"] == factory.value(schema.table("users"), "id", 2)
    assert row.references["fk_notes_user_id"].number == 2


def test_keys_of_different_tables_differ(database: Session) -> None:
    build(database, KEYS)
    factory = RowFactory(KEYS, database)
    keys = [factory.value(KEYS.table(name), "id", 1) for name in ("users", "pages", "chicken", "eggs")]
    assert len(set(keys)) == 4


def test_rows_as_python_values(database: Session) -> None:
    columns = [
        "id key", "name text!", "n integer!", "price numeric(8,2)!", "on_day date!",
        "at timestamp with time zone!", "ref uuid!", "done boolean!", "meta jsonb!", "tags text[]!", "none text",
    ]  # fmt: skip
    schema = schema_of(table("things", *columns))
    build(database, schema)
    factory = RowFactory(schema, database)
    row = factory.row(schema.table("things"))
    values = factory.python(row)
    kinds = {name: type(value) for name, value in values.items()}
    assert kinds == {
        "name": str, "n": int, "price": Decimal, "on_day": date, "at": datetime, "ref": UUID, "done": bool,
        "meta": dict, "tags": list, "none": str,
    }  # fmt: skip
    database.execute(row.insert())
    (stored,) = database.rows("SELECT * FROM things")
    assert {name: stored[name] for name in values} == values


def test_long_texts_are_written_short(database: Session) -> None:
    schema = schema_of(table("things", "id key", "body text!", checks={"ck": "char_length(body) = 9000"}))
    build(database, schema)
    insert = RowFactory(schema, database).row(schema.table("things")).insert()
    assert len(insert) < 200
    database.execute(insert)
    assert database.value("SELECT char_length(body) FROM things") == 9000


def test_row_fits_a_partition(database: Session) -> None:
    database.execute("CREATE TABLE events (id bigint, at date NOT NULL) PARTITION BY RANGE (at)")
    database.execute("CREATE TABLE events_2031 PARTITION OF events FOR VALUES FROM ('2031-01-01') TO ('2031-02-01')")
    from colonnade.postgres import introspect

    schema: Schema = introspect(database)
    factory = RowFactory(schema, database)
    database.execute(factory.row(schema.table("events")).insert())
    assert database.value("SELECT count(*) FROM events_2031") == 1
