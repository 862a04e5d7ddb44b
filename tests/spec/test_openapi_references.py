"""References inside a contract and into other files."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade.errors import SpecError
from colonnade.spec.document import load, parse
from colonnade.spec.openapi import read_openapi

ROOT_FILE = """
openapi: 3.1.0
info: {title: Split, version: '1'}
paths:
  /tasks/{id}:
    $ref: './paths/task.yaml'
"""
PATH_FILE = """
parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
get:
  responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '../schemas.yaml#/Task'}}}}}
"""
SCHEMA_FILE = """
Base: {type: object, required: [id], properties: {id: {type: integer}}}
Task:
  allOf:
    - {$ref: '#/Base'}
    - {type: object, properties: {title: {type: string, maxLength: 9}, parent: {$ref: '#/Task'}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "paths").mkdir()
    (tmp_path / "openapi.yaml").write_text(ROOT_FILE)
    (tmp_path / "paths" / "task.yaml").write_text(PATH_FILE)
    (tmp_path / "schemas.yaml").write_text(SCHEMA_FILE)
    return tmp_path


def test_files_beside_the_contract_are_read(folder: Path) -> None:
    spec = read_openapi([load(folder / "openapi.yaml")])
    task = spec.entity("Task")
    assert [each.name for each in task.attributes] == ["id", "title"]
    assert spec.relationships[0].target == "Task"
    assert task.attribute("title").at[0].path == str(folder / "schemas.yaml")
    assert task.attribute("title").at[0].line == 6


def test_a_file_that_is_missing_is_reported_at_the_reference(folder: Path) -> None:
    (folder / "schemas.yaml").unlink()
    with pytest.raises(SpecError) as raised:
        read_openapi([load(folder / "openapi.yaml")])
    assert raised.value.message == "the contract keeps nothing that could be a table"


def test_files_that_are_named_are_not_read_again() -> None:
    documents = [
        parse(ROOT_FILE, path="openapi.yaml"),
        parse(PATH_FILE, path="paths/task.yaml"),
        parse(SCHEMA_FILE, path="schemas.yaml"),
    ]
    assert read_openapi(documents).has_entity("Task")


def test_several_contracts_are_one_spec() -> None:
    first = parse(ROOT_FILE.replace("$ref: './paths/task.yaml'", PATH_FILE.replace("\n", "\n    ")), path="a.yaml")
    second = parse(
        """
openapi: 3.0.0
info: {title: Other, version: '1'}
paths:
  /notes/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      responses:
        '200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
components:
  schemas:
    Note: {type: object, properties: {id: {type: integer}, task_id: {type: integer}}}
""",
        path="b.yaml",
    )
    spec = read_openapi([first, second, parse(SCHEMA_FILE, path="../schemas.yaml")])
    assert {entity.name for entity in spec.entities} == {"Task", "Note"}
    assert spec.name == "split"
    assert ("Note", "Task") in [(each.source, each.target) for each in spec.relationships]


def test_a_document_that_is_no_contract_is_refused() -> None:
    with pytest.raises(SpecError, match="no document is an OpenAPI contract"):
        read_openapi([parse("a: 1", path="a.yaml")])
