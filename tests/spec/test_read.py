"""Documents are told apart by what they hold; a spec file and a contract about the same things become one spec."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade.errors import InputError, SpecError
from colonnade.spec import Spec
from colonnade.spec.read import read

CONTRACT = """\
openapi: 3.1.0
info: {title: Board, version: "1"}
paths:
  /tasks:
    get:
      operationId: listTasks
      parameters:
        - {name: state, in: query, schema: {type: string}}
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Task"}}}}
    post:
      operationId: createTask
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/TaskCreate"}}}}
      responses:
        "201":
          description: ok
          content: {application/json: {schema: {$ref: "#/components/schemas/Task"}}}
components:
  schemas:
    TaskCreate:
      type: object
      required: [title]
      properties:
        title: {type: string, maxLength: 100}
        state: {type: string, enum: [open, done]}
        points: {type: integer, minimum: 0}
    Task:
      type: object
      required: [id, title, state, points]
      properties:
        id: {type: string, format: uuid}
        title: {type: string, maxLength: 100}
        state: {type: string, enum: [open, done]}
        points: {type: integer, minimum: 0}
"""
SPEC = """\
colonnade: 1
name: board
identity: better-auth
isolation: user
entities:
  Task:
    owner: user
    fields: {title: text(1..200)!, due_at: timestamp}
    unique: [user title]
    check: [points < 100 or state = 'done']
    grow: {rows: 5M}
access:
  - {list: Task, eq: [due_at], sort: [-due_at], page: cursor(20), freq: 5/s, src: GET /tasks}
  - {get: Task, by: id}
"""


def _write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _merged(folder: Path, *, spec: str = SPEC, answers: Path | None = None) -> Spec:
    _write(folder, board_spec_yaml=spec, openapi_yaml=CONTRACT)
    return read([folder / "board.spec.yaml", folder / "openapi.yaml"], answers=answers)


def test_contract_adds_attributes_and_operations(tmp_path: Path) -> None:
    spec = _merged(tmp_path)
    task = spec.entity("Task")
    assert {attribute.name for attribute in task.attributes} == {"title", "due_at", "id", "state", "points"}
    assert spec.name == "board"
    assert {operation.id for operation in spec.operations} == {"listTasks", "createTask"}
    assert task.volume is not None
    assert task.volume.rows == 5_000_000
    assert spec.sources == (str(tmp_path / "board.spec.yaml"), str(tmp_path / "openapi.yaml"))


def test_spec_file_may_name_what_only_the_contract_declares(tmp_path: Path) -> None:
    """The check of the spec file is over attributes of the contract; without it they are unknown."""
    assert any(rule.kind == "check" for rule in _merged(tmp_path).invariants)
    with pytest.raises(SpecError, match='unknown attribute "points"'):
        read([tmp_path / "board.spec.yaml"])


def test_fact_said_twice_has_both_places(tmp_path: Path) -> None:
    places = _merged(tmp_path).entity("Task").attribute("title").at
    assert {Path(place.path).name for place in places} == {"board.spec.yaml", "openapi.yaml"}


def test_contradiction_becomes_a_question_with_both_places(tmp_path: Path) -> None:
    spec = _merged(tmp_path)
    question = next(each for each in spec.questions if each.topic == "conflict")
    assert question.id == "Q-conflict-task-title"
    assert {Path(place.path).name for place in question.at} == {"board.spec.yaml", "openapi.yaml"}
    assert [each.consequence for each in question.alternatives] == ["max length: 200", "max length: 100"]
    assert spec.entity("Task").attribute("title").type.max_length == 200


def test_contradiction_is_settled_by_an_answer(tmp_path: Path) -> None:
    spec = _merged(tmp_path, spec=SPEC + "assume: {Q-conflict-task-title: contract}\n")
    assert spec.entity("Task").attribute("title").type.max_length == 100
    (tmp_path / "answers.yaml").write_text("Q-conflict-task-title: spec", encoding="utf-8")
    spec = _merged(
        tmp_path, spec=SPEC + "assume: {Q-conflict-task-title: contract}\n", answers=tmp_path / "answers.yaml"
    )
    assert spec.entity("Task").attribute("title").type.max_length == 200


def test_patterns_of_one_operation_become_one(tmp_path: Path) -> None:
    lists = [pattern for pattern in _merged(tmp_path).access_patterns if pattern.kind == "list"]
    assert len(lists) == 1
    assert set(lists[0].equality) == {"due_at", "state"}
    assert (lists[0].page.style, lists[0].per_second) == ("cursor", 5.0)
    ids = [pattern.id for pattern in _merged(tmp_path).access_patterns]
    assert len(set(ids)) == len(ids)


def test_what_one_document_says_the_other_no_longer_asks(tmp_path: Path) -> None:
    ids = [question.id for question in _merged(tmp_path).questions]
    assert "Q-volume-task" not in ids
    assert "Q-order-task" not in ids
    assert len(set(ids)) == len(ids)


def test_folder_is_read_whole(tmp_path: Path) -> None:
    _write(
        tmp_path,
        board_spec_yaml=SPEC,
        api__openapi_json='{"hello": 1}',
        api__v1_yaml=CONTRACT,
        notes_yaml="a: [1,\n",
        readme_md="openapi: 3",
        package_json='{"dependencies": {"openapi": "^1.0"}}',
        api__late_json='{"info": {"title": "Late", "version": "1"}, "paths": {}, "openapi": "3.0.0"}',
    )
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "x.spec.yaml").write_text("colonnade: broken", encoding="utf-8")
    spec = read([tmp_path])
    assert [Path(source).name for source in spec.sources] == ["board.spec.yaml", "late.json", "v1.yaml"]


def test_several_spec_files_are_one(tmp_path: Path) -> None:
    _write(
        tmp_path,
        a_spec_yaml="colonnade: 1\nname: two\nentities: {A: {fields: {x: int}}}\n",
        b_spec_yaml="colonnade: 1\nentities: {B: {fields: {y: int}}}\nrelations: [{from: B, to: A}]\n",
    )
    spec = read([tmp_path / "a.spec.yaml", tmp_path / "b.spec.yaml", tmp_path / "a.spec.yaml"])
    assert [entity.name for entity in spec.entities] == ["A", "B"]
    assert len(spec.relationships) == 1


@pytest.mark.parametrize(
    ("second", "message", "place"),
    [
        ("colonnade: 1\nname: other\n", '"name" is said in two files', "2:1"),
        ("colonnade: 1\nentities: {A: {fields: {y: int}}}\n", 'entity "A" is declared in two files', "2:12"),
    ],
)
def test_two_spec_files_may_not_contradict(tmp_path: Path, second: str, message: str, place: str) -> None:
    first = "colonnade: 1\nname: two\nentities: {A: {fields: {x: int}}}\n"
    _write(tmp_path, a_spec_yaml=first, b_spec_yaml=second)
    with pytest.raises(SpecError) as caught:
        read([tmp_path / "a.spec.yaml", tmp_path / "b.spec.yaml"])
    assert message in caught.value.message
    assert str(caught.value.at) == f"{tmp_path / 'b.spec.yaml'}:{place}"
    assert "a.spec.yaml:" in caught.value.detail


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('swagger: "2.0"\ninfo: {}\n', "Swagger 2.0 is not read", "Convert it to OpenAPI 3"),
        ("asyncapi: 2.6.0\n", "neither a spec file nor an OpenAPI document", "Give a spec file"),
        ("colonade: 1\n", "neither a spec file nor an OpenAPI document", 'Did you mean "colonnade"?'),
        ("[1, 2]\n", "the document is not a mapping", "Give a spec file"),
        ("just words\n", "the document is not a mapping", "Give a spec file"),
        ("colonnade: 1\nopenapi: 3.1.0\n", "at once", "Keep them in two files"),
    ],
)
def test_other_documents_are_refused_with_the_way_out(tmp_path: Path, text: str, message: str, hint: str) -> None:
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        read([tmp_path / "x.yaml"])
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.at is not None


def test_nothing_to_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no document"):
        read([tmp_path])
    with pytest.raises(InputError, match="no document to read"):
        read([])
    with pytest.raises(InputError, match="there is no file"):
        read([tmp_path / "x.yaml"])
