"""The classes of requests and responses follow the contract, where it says what they carry."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from colonnade.design.designer import design
from colonnade.emit.models import package
from colonnade.spec import Attribute, Entity, Operation, OperationField, Relationship, Spec, ValueType
from forking import write

_TEXT = ValueType(base="text")
_ENTITIES = (
    Entity(
        name="Task",
        attributes=(
            Attribute(name="title", type=_TEXT, required=True),
            Attribute(name="status", type=_TEXT, required=True, default="open"),
            Attribute(name="due_at", type=ValueType(base="timestamp")),
            Attribute(name="secret", type=_TEXT, role="password", required=True),
        ),
        versioned=True,
    ),
    Entity(name="Person", attributes=(Attribute(name="name", type=_TEXT, required=True),)),
)
_ASSIGNEE = Relationship(name="assignee", source="Task", target="Person", kind="N-1")


def _operation(effect: str, direction: str, **fields: str) -> Operation:
    """Return an operation on tasks; each field says its place, with `!` when it is required."""
    return Operation.model_validate(
        {
            "id": effect,
            "method": "post",
            "path": "/tasks",
            "entity": "Task",
            "effect": effect,
            "fields": tuple(
                OperationField.model_validate(
                    {
                        "name": name,
                        "direction": direction,
                        "entity": "Task",
                        "place": place.rstrip("!"),
                        "required": place.endswith("!"),
                    }
                )
                for name, place in fields.items()
            ),
        }
    )


def _files(*operations: Operation) -> dict[str, str]:
    spec = Spec(name="tasks", entities=_ENTITIES, relationships=(_ASSIGNEE,), operations=operations)
    return package(design(spec))


def _classes(*operations: Operation) -> dict[str, dict[str, str]]:
    """Return the fields of each class for requests and responses, those of its base included, as code."""
    tree = ast.parse(_files(*operations)["models/task.py"])
    own = {each.name: _declared(each) for each in tree.body if isinstance(each, ast.ClassDef)}
    base = own.get("TaskBase", {})
    return {
        name.removeprefix("Task"): fields if name == "TaskUpdate" else {**base, **fields}
        for name, fields in own.items()
        if name.startswith("Task") and name != "Task"
    }


def _declared(found: ast.ClassDef) -> dict[str, str]:
    return {
        ast.unparse(each.target): ast.unparse(each.annotation) + (f" = {ast.unparse(each.value)}" if each.value else "")
        for each in found.body
        if isinstance(each, ast.AnnAssign)
    }


def test_without_a_contract_a_writer_gives_what_the_server_does_not() -> None:
    found = _classes()
    assert set(found["Create"]) == {"title", "status", "due_at", "assignee_id", "secret"}
    assert set(found["Update"]) == {"title", "status", "due_at", "assignee_id", "secret"}
    assert set(found["Public"]) == {"id", "version", "title", "status", "due_at", "assignee_id"}


def test_request_carries_what_the_contract_says() -> None:
    found = _classes(
        _operation("create", "request", title="title!", due_at="due_at", secret="secret!"),
        _operation("update", "request", status="status", version="version"),
    )
    assert found["Create"] == {"title": "str", "due_at": "dt.datetime | None = None", "secret": "str"}
    assert found["Update"] == {"status": "str | None = None", "version": "int | None = None"}


def test_response_shows_what_the_contract_says() -> None:
    found = _classes(_operation("read", "response", id="id!", title="title!", due_at="due_at"))
    assert found["Public"] == {"title": "str", "id": "int", "due_at": "dt.datetime | None = None"}


def test_what_the_contract_requires_has_no_default() -> None:
    found = _classes(
        _operation("create", "request", title="title!", status="status!", assignee="assignee!"),
        _operation("update", "request", title="title!", due_at="due_at!"),
    )
    assert found["Create"] == {"title": "str", "status": "str", "assignee_id": "int | None = Field(alias='assignee')"}
    assert found["Update"] == {"title": "str", "due_at": "dt.datetime | None"}


def test_update_by_two_operations_takes_what_either_does() -> None:
    whole = _operation("update", "request", title="title!", status="status!")
    part = _operation("update", "request", title="title", due_at="due_at")
    assert _classes(whole, part.model_copy(update={"id": "part"}))["Update"] == {
        "title": "str | None = None",
        "status": "str | None = None",
        "due_at": "dt.datetime | None = None",
    }


def test_identity_that_a_request_names_is_not_written() -> None:
    assert set(_classes(_operation("create", "request", id="id", title="title!"))["Create"]) == {"title"}


_PROGRAM = """
from models import Task
from models.task import TaskCreate, TaskPublic, TaskUpdate

create = TaskCreate.model_validate({"title": "a", "dueAt": None, "assigneeId": 3})
assert create.assignee_id == 3
task = Task.model_validate(create, update={"id": 1, "version": 1, "secret_hash": "x"})
assert (task.title, task.assignee_id) == ("a", 3)
assert TaskPublic.model_validate(task).model_dump(by_alias=True) == {
    "title": "a", "dueAt": None, "assigneeId": 3, "taskId": 1, "status": "open"
}
changes = TaskUpdate(title="c", due_at=None).model_dump(by_alias=True, exclude_unset=True)
assert changes == {"title": "c", "dueAt": None}
assert Task(due_at=None, title="b").title == "b"
"""


def test_contract_in_camel_case_is_spoken_and_python_stays_python(tmp_path: Path) -> None:
    request = {"title": "title!", "dueAt": "due_at", "assigneeId": "assignee"}
    files = _files(
        _operation("create", "request", **request),
        _operation("update", "request", **request),
        _operation("read", "response", taskId="id!", status="status!", **request),
    )
    folder = write(files, tmp_path)
    (folder / "program.py").write_text(_PROGRAM, encoding="utf-8")
    subprocess.run([sys.executable, "-W", "error", "program.py"], cwd=folder, check=True)


_CHANGES = """
import pydantic
from models.task import TaskUpdate

assert TaskUpdate.model_validate({"due_at": None}).model_dump(exclude_unset=True) == {"due_at": None}
for name in ("title", "secret"):
    try:
        TaskUpdate.model_validate({name: None})
    except pydantic.ValidationError as problem:
        (error,) = problem.errors()
        assert error["loc"] == (name,)
    else:
        raise AssertionError(name)
"""


def test_change_leaves_out_what_stays_and_takes_no_null_for_what_has_none(tmp_path: Path) -> None:
    folder = write(_files(), tmp_path)
    (folder / "program.py").write_text(_CHANGES, encoding="utf-8")
    subprocess.run([sys.executable, "-W", "error", "program.py"], cwd=folder, check=True)


@pytest.mark.parametrize("name", ["title", "due_at"])
def test_contract_in_snake_case_needs_no_alias(name: str) -> None:
    files = _files(_operation("create", "request", title="title!", **({} if name == "title" else {name: name})))
    assert "alias" not in files["models/task.py"]
    assert "CAMEL_CASE" not in "".join(files.values())
