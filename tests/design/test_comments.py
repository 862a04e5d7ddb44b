"""Descriptions become comments of the catalog: short, on one line, equal in script, models and server."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from colonnade import api
from colonnade.design.comments import MOST_CHARACTERS, comment_text

SPEC = """
colonnade: 1
name: zoo
entities:
  Animal:
    description: 'Whoever lives here; "guests" too, it''s said.'
    fields:
      name: text(1..40)! "What its keeper calls it"
access:
  - {list: Animal, sort: [name], page: cursor(20)}
"""
OPENAPI = """
openapi: 3.1.0
info: {title: zoo, version: '1'}
paths:
  /animals:
    get:
      operationId: listAnimals
      responses: {'200': {$ref: '#/components/responses/Animals'}}
    post:
      operationId: createAnimal
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Animal'}}}}
      responses: {'201': {$ref: '#/components/responses/Animal'}}
components:
  responses:
    Animal: {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Animal'}}}}
    Animals:
      description: ok
      content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Animal'}}}}
  schemas:
    Animal:
      type: object
      description: |
        Whoever lives here.

        Guests too. %s
      required: [id, name]
      properties:
        id: {type: integer, readOnly: true}
        name: {type: string, maxLength: 40, description: "What its keeper calls it.\\nNever empty."}
"""


@given(st.text(max_size=400))
def test_comment_is_short_and_on_one_line(description: str) -> None:
    comment = comment_text(description)
    if comment is None:
        assert not description.strip() or not any(each.isprintable() and not each.isspace() for each in description)
    else:
        assert 0 < len(comment) <= MOST_CHARACTERS
        assert "\n" not in comment
        assert "\0" not in comment
        assert comment == comment.strip()


def test_long_description_ends_at_a_sentence_or_a_word() -> None:
    sentence = "It is kept for the one who looks after it. "
    assert comment_text(sentence * 9) == (sentence * 4).strip()
    assert comment_text("word " * 99) == "word " * 38 + "word word…".removeprefix("word ")


def test_described_spec_is_commented_everywhere(tmp_path: Path) -> None:
    spec = tmp_path / "zoo.spec.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    result = api.design([spec], out=tmp_path / "out")
    assert result.proof is not None
    assert [each.observed for each in result.proof.refuted] == []
    script = (tmp_path / "out" / "schema.sql").read_text(encoding="utf-8")
    assert """COMMENT ON TABLE animals IS 'Whoever lives here; "guests" too, it''s said.'""" in script
    assert "COMMENT ON COLUMN animals.name IS 'What its keeper calls it'" in script
    models = (tmp_path / "out" / "models" / "animal.py").read_text(encoding="utf-8")
    assert "What its keeper calls it" in models
    assert "Whoever lives here" in models


def test_described_contract_is_commented_everywhere(tmp_path: Path) -> None:
    contract = tmp_path / "openapi.yaml"
    contract.write_text(OPENAPI % ("And whoever else comes along and stays for long enough. " * 9), encoding="utf-8")
    result = api.design([contract], out=tmp_path / "out")
    assert result.proof is not None
    assert [each.observed for each in result.proof.refuted] == []
    table = result.design.schema.table("animals")
    assert table.comment is not None
    assert table.comment.startswith("Whoever lives here. Guests too. And whoever")
    assert table.comment.endswith(" enough.")
    assert table.column("name").comment == "What its keeper calls it. Never empty."
