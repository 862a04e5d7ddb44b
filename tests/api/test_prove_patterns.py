"""A spec is matched with a schema by names, however they are spelled; what has no counterpart is refuted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from existing_schemas import evidence, refuted, verdict, written

from colonnade import api
from colonnade.api import ProveResult
from colonnade.design import likeness
from colonnade.postgres import Server

SPEC = """\
colonnade: 1
name: board
identity: {user: local, entity: User}
entities:
  User:
    fields:
      email: email(..254)!
      password: password!
      is_active: bool! = true
  Task:
    owner: user
    fields:
      title: text(1..200)!
      due_at: timestamp
      estimate: int
  Tag:
    fields:
      name: text(1..50)!
relations:
  - {from: Task, to: User, kind: N-1, as: assignee, inverse: assigned_tasks, on_delete: set null}
  - {from: Task, to: Tag, kind: N-M, as: tags, inverse: tasks}
access:
  - {list: Task, eq: [tag], sort: [due_at], page: cursor(25)}
"""

GOOD = """\
CREATE TABLE users (
    id bigserial PRIMARY KEY, email text NOT NULL, password_hash text NOT NULL, is_active bool NOT NULL DEFAULT true
);
CREATE TABLE tasks (
    id bigserial PRIMARY KEY, title text NOT NULL, due_at timestamptz, estimate int,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    assignee_id bigint REFERENCES users ON DELETE SET NULL
);
CREATE TABLE tags (id bigserial PRIMARY KEY, name text NOT NULL);
CREATE TABLE task_tags (
    task_id bigint REFERENCES tasks ON DELETE CASCADE, tag_id bigint REFERENCES tags ON DELETE CASCADE,
    PRIMARY KEY (task_id, tag_id)
);
"""

OTHER_SPELLINGS = {
    "singular": [("users", "user_"), ("tasks", "task"), ("tags", "tag"), ("task_tags", "task_tag")],
    "camel case": [("user_id", '"userId"'), ("due_at", '"dueAt"'), ("is_active", '"isActive"')],
    "prefixed": [("tasks", "app_tasks"), ("users", "app_users"), ("tags", "app_tags"), ("task_tags", "app_task_tags")],
    "marked": [("users", '"tblUser"'), ("tasks", '"tblTask"'), ("tags", '"tblTag"')],
    "keys of their own": [("id bigserial PRIMARY KEY, title", "task_no bigserial PRIMARY KEY, title")],
    "usual words": [("password_hash", "hashed_password"), ("is_active", "active"), ("due_at", "due_date")],
    "link": [("task_tags", "tagging")],
    "no suffix": [("assignee_id", "assignee"), ("user_id", "user_ref")],
}


def prove(script: str, tmp_path: Path, server: Server, *, spec: str = SPEC) -> ProveResult:
    """Prove a script against a spec."""
    patterns = Path(written(tmp_path, "board.spec.yaml", spec))
    return api.prove(written(tmp_path, "a.sql", script), patterns=[patterns], postgres_url=server.dsn.url)


def respelled(changes: list[tuple[str, str]]) -> str:
    """Return the good script with other names."""
    names = dict(changes)
    whole = "|".join(re.escape(before) for before in sorted(names, key=len, reverse=True))
    return re.sub(rf"\b(?:{whole})\b", lambda found: names[found[0]], GOOD) if names else GOOD


def unmet(result: ProveResult) -> set[str]:
    """Return the refuted claims about counterparts, not those about rules."""
    found = {each for each in refuted(result) if each.startswith("contract/spec/") or each.endswith("/columns")}
    return {each for each in found if not each.rpartition("/")[2].startswith(("ck_", "uq_"))}


@pytest.mark.parametrize("changes", [[], *OTHER_SPELLINGS.values()], ids=["as designed", *OTHER_SPELLINGS])
def test_counterparts_are_found_under_other_names(
    changes: list[tuple[str, str]], tmp_path: Path, server: Server
) -> None:
    result = prove(respelled(changes), tmp_path, server)
    assert unmet(result) == set()
    for claim in ("User/password", "Task/due_at", "Task/user", "Task/assignee", "TaskTag/table"):
        assert any(each.claim.id.startswith(f"contract/spec/{claim}") for each in result.proof.evidence), claim


MISSING = {
    "table": (("CREATE TABLE tags (id bigserial PRIMARY KEY, name text NOT NULL);", ""),
              "contract/spec/Tag/table", "Create tags"),
    "column": ((" estimate int,", ""), "contract/spec/Task/estimate", "ADD COLUMN estimate integer"),
    "type": ((" estimate int,", " estimate text,"), "contract/spec/Task/estimate", "TYPE integer"),
    "presence": (("email text NOT NULL", "email text"), "contract/spec/User/email", "SET NOT NULL"),
    "reference": ((" REFERENCES users ON DELETE SET NULL", ""), "contract/spec/Task/assignee", "ADD FOREIGN KEY"),
    "action": (("ON DELETE SET NULL", "ON DELETE CASCADE"), "contract/spec/Task/assignee", "ON DELETE CASCADE"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISSING)
def test_what_has_no_counterpart_is_refuted_with_what_to_change(name: str, tmp_path: Path, server: Server) -> None:
    (before, after), claim, remedy = MISSING[name]
    script = GOOD.replace(before, after)
    assert script != GOOD
    if name == "table":
        script = script.replace("REFERENCES tags ON DELETE CASCADE", "")
    result = prove(script, tmp_path, server)
    assert claim in refuted(result)
    assert remedy in evidence(result, claim).observed


RULES = {
    "kept by a check": ("CHECK (length(title) <= 200 AND length(title) > 0)", "proved"),
    "kept otherwise": ("CHECK (title ~ '^.{1,200}$')", "proved"),
    "too wide": ("CHECK (length(title) <= 300)", "refuted"),
    "not kept": ("", "refuted"),
}


@pytest.mark.parametrize("name", RULES)
def test_condition_is_tried_whoever_keeps_it(name: str, tmp_path: Path, server: Server) -> None:
    check, expected = RULES[name]
    result = prove(GOOD.replace("title text NOT NULL", f"title text NOT NULL {check}"), tmp_path, server)
    found = evidence(result, "contract/spec/Task/ck_tasks_title_length")
    assert found.verdict == expected
    if expected == "refuted":
        assert "ALTER TABLE tasks ADD CONSTRAINT" in found.observed


UNIQUES = {
    "index": ("CREATE UNIQUE INDEX one ON users (lower(email));", "proved"),
    "partial index": ("CREATE UNIQUE INDEX one ON users (lower(email)) WHERE is_active;", "refuted"),
    "case told apart": ("ALTER TABLE users ADD UNIQUE (email);", "refuted"),
    "none": ("", "refuted"),
}


@pytest.mark.parametrize("name", UNIQUES)
def test_uniqueness_is_found_however_it_is_kept(name: str, tmp_path: Path, server: Server) -> None:
    statement, expected = UNIQUES[name]
    spec = SPEC.replace("= true\n", "= true\n    unique: [lower(email)]\n")
    result = prove(GOOD + statement, tmp_path, server, spec=spec)
    assert verdict(result, "contract/spec/User/uq_users_email") == expected


def test_pattern_over_what_is_not_there_is_refuted(tmp_path: Path, server: Server) -> None:
    result = prove(GOOD.replace("due_at timestamptz, ", ""), tmp_path, server)
    assert evidence(result, "access pattern/list-task/columns").observed.startswith(
        "Nothing in the schema stands for due_at"
    )


def test_index_that_no_pattern_needs_is_refuted_once_patterns_are_stated(tmp_path: Path) -> None:
    script = GOOD + "CREATE INDEX useless ON tasks (estimate, title);"
    patterns = Path(written(tmp_path, "board.spec.yaml", SPEC))
    result = api.prove(written(tmp_path, "a.sql", script), patterns=[patterns])
    assert verdict(result, "index/tasks/useless") == "refuted"
    assert verdict(result, "access pattern/list-task") == "refuted"
    assert "would bound it" in evidence(result, "access pattern/list-task").observed


def test_openapi_contract_is_matched(tmp_path: Path, server: Server) -> None:
    contract = """
openapi: 3.1.0
info: {title: board, version: '1'}
paths:
  /tags:
    post:
      operationId: createTag
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Tag'}}}}
      responses: {'201': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Tag'}}}}}
  /tags/{id}:
    get:
      operationId: readTag
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Tag'}}}}}
components:
  schemas:
    Tag:
      type: object
      required: [name]
      properties: {id: {type: integer}, name: {type: string}, color: {type: string}}
"""
    patterns = Path(written(tmp_path, "board.openapi.yaml", contract))
    result = api.prove(written(tmp_path, "a.sql", GOOD), patterns=[patterns], postgres_url=server.dsn.url)
    assert verdict(result, "contract/spec/Tag/name") == "proved"
    assert verdict(result, "contract/spec/Tag/color") == "refuted"
    assert verdict(result, "contract/createTag/fields") == "refuted"
    assert verdict(result, "contract/createTag/sources") == "proved"


@pytest.mark.parametrize(
    ("names", "columns", "expected"),
    [
        (["due_at"], ["due", "title"], "due"),
        (["due_at"], ["due_at", "due"], "due_at"),
        (["due"], ["due_at", "due_on"], ""),
        (["is_active"], ["active"], "active"),
        (["title"], ["task_title"], "task_title"),
        (["first_name"], ["firstName", "lastName"], "firstName"),
        (["id"], ["title"], ""),
    ],
)
def test_columns_are_told_by_their_words(names: list[str], columns: list[str], expected: str) -> None:
    assert likeness.column_for(names, "plain", "tasks", columns) == expected
