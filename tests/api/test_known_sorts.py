"""How the access patterns of a spec sort, in the schema that was designed for it and in others."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from colonnade.api.known_sorts import known_sorts, sorts_of
from colonnade.design.designer import design
from colonnade.postgres import Session, introspect
from colonnade.schema import Schema
from colonnade.spec.read import read
from strategies import specs

SPEC = """
colonnade: 1
name: shop
entities:
  Person:
    fields:
      name: text(1..200)!
      email: email!
      initials: text(2) ~ ^[A-Z]+$
      postal_code: text(1..20)!
      city: text(1..80)!
      level: enum(junior|senior)!
  Order:
    fields:
      title: text(1..200)!
    unique: [lower(title)]
relations:
  - {from: Order, to: Person, kind: N-1, as: person, required: true}
access:
  - {list: Person, sort: [name, -postal_code, email, initials, level, id], page: offset(20)}
  - {list: Order, sort: [title, person.name], page: offset(20)}
  - {report: Person, id: cities, sql: "SELECT p.city, count(*) FROM people p GROUP BY p.city ORDER BY 1"}
  - {search: Person, in: [city], sort: [-id], page: offset(20)}
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """Give a spec that sorts by many columns, of which three hold what people write."""
    path = tmp_path / "shop.spec.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def test_text_that_people_write(spec: Path) -> None:
    found = {(each.table, each.column, each.pattern, each.at.line) for each in sorts_of([spec])(schema_for(spec))}
    assert found == {
        ("people", "name", "list-person", 20),
        ("people", "name", "list-order", 21),
        ("people", "city", "cities", 22),
    }


def test_other_names_of_tables_and_columns(spec: Path, database: Session) -> None:
    database.script("CREATE SCHEMA app; CREATE TABLE app.person (person_id bigint PRIMARY KEY, name text, city text)")
    found = {
        (each.namespace, each.table, each.column) for each in sorts_of([spec])(introspect(database, namespaces=["app"]))
    }
    assert found == {("app", "person", "name")}
    assert list(sorts_of([spec])(Schema())) == []


def schema_for(spec: Path) -> Schema:
    """Return the schema that is designed for a spec."""
    return design(read([spec])).schema


@given(specs())
def test_law_every_sort_is_by_a_column_that_is_there(spec: object) -> None:
    wanted = design(spec)  # type: ignore[arg-type]
    for each in known_sorts(wanted, wanted.schema):
        table = wanted.schema.find_table(each.table, namespace=each.namespace)
        assert table is not None
        assert table.has_column(each.column)
