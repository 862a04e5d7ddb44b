"""The diagram shows every table and reference, never draws a box over another, and is a function of the schema."""

from __future__ import annotations

import itertools
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.emit import erd
from colonnade.emit.erd.boxes import boxes
from colonnade.emit.erd.layout import layout
from colonnade.schema import Column, EnumType, ForeignKey, Index, IndexKey, PrimaryKey, Schema, Table
from sample_design import sample_design

NAMES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20),
    min_size=1,
    max_size=14,
    unique=True,
)


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    """Return tables with any names that refer to each other in any way."""
    names = draw(NAMES)
    tables = []
    for name in sorted(names):
        targets = draw(st.lists(st.sampled_from(names), max_size=3, unique=True))
        columns = [Column(name="id", type="bigint", not_null=True)]
        columns += [Column(name=f"to_{number}", type="bigint") for number, _ in enumerate(targets)]
        keys = tuple(
            ForeignKey(name=f"fk_{number}", columns=(f"to_{number}",), referenced_table=to, referenced_columns=("id",))
            for number, to in enumerate(targets)
        )
        primary = PrimaryKey(name="pk", columns=("id",))
        tables.append(Table(name=name, columns=tuple(columns), primary_key=primary, foreign_keys=keys))
    return Schema(tables=tuple(tables))


@given(schemas())
@settings(max_examples=200, deadline=None)
def test_boxes_never_overlap_and_lines_end_at_them(schema: Schema) -> None:
    drawn = boxes(schema)
    placed = layout(schema, drawn)
    areas = [(*placed.places[box.name], box.width, box.height) for box in drawn]
    for (x, y, width, height), (left, top, other_width, other_height) in itertools.combinations(areas, 2):
        apart = x + width <= left or left + other_width <= x or y + height <= top or top + other_height <= y
        assert apart
    sizes = {box.name: box for box in drawn}
    for edge in placed.edges:
        for name, (x, y) in ((edge.key.referenced_table, edge.points[0]), (edge.table.name, edge.points[-1])):
            left, top = placed.places[name]
            assert x in (left, left + sizes[name].width)
            assert top <= y <= top + sizes[name].height
    assert len(placed.edges) == sum(len(table.foreign_keys) for table in schema.tables)


@given(schemas())
@settings(max_examples=100, deadline=None)
def test_picture_is_well_formed_and_always_the_same(schema: Schema) -> None:
    text = erd.svg(schema)
    assert erd.svg(schema) == text
    root = ElementTree.fromstring(text)
    titles = [element.text for element in root.iter("{http://www.w3.org/2000/svg}title")]
    assert len(titles) == len(schema.tables) + sum(len(table.foreign_keys) for table in schema.tables)


def test_mermaid_says_how_many_there_may_be() -> None:
    text = erd.mermaid(sample_design().schema)
    assert text.startswith("erDiagram\n")
    assert 'keepers ||--o{ animals : "keeper_id"' in text
    assert 'animals |o--o{ animals : "mother_id"' in text


def test_line_to_one_row_at_most_ends_in_a_bar() -> None:
    schema = sample_design().schema
    animals = schema.table("animals")
    unique = Table(
        name=animals.name,
        columns=animals.columns,
        primary_key=PrimaryKey(name="pk", columns=("keeper_id",)),
        foreign_keys=animals.foreign_keys,
    )
    assert 'keepers ||--o| animals : "keeper_id"' in erd.mermaid(schema.with_tables([unique]))


@pytest.mark.parametrize("tables", [1, 70])
def test_large_schemas_show_keys_and_references_only(tables: int) -> None:
    table = sample_design().schema.table("keepers")
    many = Schema(
        tables=tuple(
            Table(name=f"t{number:03}", columns=table.columns, primary_key=table.primary_key)
            for number in range(tables)
        )
    )
    shown = [row.name for row in boxes(many)[0].rows]
    assert ("name" in shown) is (tables == 1)


def test_dbml_says_tables_keys_checks_indexes_and_references() -> None:
    text = erd.dbml(sample_design().schema)
    animals = text[text.index('Table "animals" {') : text.index("\n}", text.index('Table "animals" {'))]
    assert '  "id" bigint [pk, increment]' in animals
    assert '  "name" text [not null]' in animals
    assert "    `char_length(name) BETWEEN 1 AND 40` [name: 'ck_animals_name_length']" in animals
    assert "name: 'ix_animals_keeper_id_name'" in animals
    assert 'Ref "fk_animals_keeper_id_keepers": "animals".("keeper_id") > "keepers".("id") [delete: cascade]' in text


def test_dbml_keeps_what_it_has_no_word_for_in_notes_and_takes_no_name_for_syntax() -> None:
    index = Index(
        name="ix", keys=(IndexKey(column='a"b'), IndexKey(column='a"b')), method="gin", predicate="x = 'it''s'"
    )
    table = Table(
        name="it's\\",
        namespace="side",
        columns=(Column(name='a"b', type="timestamp with time zone", default="'it''s'::text", comment="it's"),),
        indexes=(index,),
    )
    text = erd.dbml(Schema(tables=(table,), enum_types=(EnumType(name="e", values=('v"',)),)))
    assert text.startswith('Enum "e" {\n  "v\\""\n}\n\nTable "side"."it\'s\\\\" {\n')
    assert """  "a\\"b" "timestamp with time zone" [default: 'it\\'s', note: 'it\\'s']""" in text
    assert """    ("a\\"b") [name: 'ix', note: 'USING gin; WHERE x = \\'it\\'\\'s\\'']""" in text


@given(schemas())
@settings(max_examples=60, deadline=None)
def test_dbml_has_every_table_once_and_no_reference_twice(schema: Schema) -> None:
    lines = erd.dbml(schema).split("\n")
    assert sum(line.startswith("Table ") for line in lines) == len(schema.tables)
    ends = [line.partition(": ")[2] for line in lines if line.startswith("Ref ")]
    assert len(ends) == len(set(ends))
