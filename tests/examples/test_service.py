"""The example's service end to end: over HTTP, at the server and behind PgBouncer in transaction mode."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import yaml
from serving import EXAMPLE, PASSWORD, Person, served, signed_in

from colonnade.dsn import Dsn
from colonnade.postgres import Server, Session
from pooling import Pooler
from runtime_support import SERVICE

CONTRACT = yaml.safe_load((EXAMPLE / "openapi.yaml").read_text(encoding="utf-8"))
METHODS = {"get", "put", "post", "patch", "delete"}
BEYOND_THE_CONTRACT = {"logout", "productivity"}


@pytest.fixture(scope="module")
def database(crashable: Server) -> Iterator[Session]:
    """Give the owner's session on an empty database, in which the service makes its schema."""
    with crashable.temporary_roles(), crashable.scratch_database() as session:
        yield session


@pytest.fixture(scope="module", params=["direct", "pooled"])
def address(request: pytest.FixtureRequest, database: Session) -> Iterator[str]:
    """Give where the service answers."""
    login, options = replace(database.dsn, user=SERVICE), []
    if request.param == "pooled":
        pooler: Pooler = request.getfixturevalue("pooler")
        login, options = replace(login, host=pooler.host, port="6432"), ["--through-pooler"]
    with served(database.dsn, login, *options) as found:
        yield found


@pytest.fixture(scope="module")
def ann(address: str) -> Iterator[Person]:
    """Give somebody whose rows are there while others look."""
    with signed_in(address, "ann") as person:
        yield person


@pytest.fixture
def bob(address: str) -> Iterator[Person]:
    """Give somebody new."""
    with signed_in(address, "bob") as person:
        yield person


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the operations of an OpenAPI document by id: method, path, parameters, request and response fields."""
    found = {}
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            operation = item[method]
            parameters = [*item.get("parameters", []), *operation.get("parameters", [])]
            bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
            statuses = [status for status in operation["responses"] if status.startswith("2")]
            found[operation["operationId"]] = {
                "place": (method, path),
                "parameters": {(each["in"], each["name"]) for each in parameters if each["in"] != "header"},
                "request": _fields(document, bodies[0]),
                "status": statuses,
                "response": _fields(document, operation["responses"][statuses[0]]),
            }
    return found


def _fields(document: dict[str, Any], body: dict[str, Any]) -> frozenset[str]:
    """Return the fields of a body, those of what it lists by their path."""
    media: list[dict[str, Any]] = list(body.get("content", {}).values())
    schema = media[0].get("schema", {}) if media else {}
    return frozenset(_paths(document, schema))


def _paths(document: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema.get("type") == "array":
        yield from (f"[].{each}" for each in _paths(document, schema["items"]))
    for name, inner in schema.get("properties", {}).items():
        yield name
        yield from (f"{name}{each}" for each in _paths(document, inner) if each.startswith("[]"))


def test_every_operation_of_the_contract_is_served_with_its_fields(address: str) -> None:
    wanted, found = operations(CONTRACT), operations(httpx.get(f"{address}/openapi.json").json())
    assert found.keys() - wanted.keys() == BEYOND_THE_CONTRACT
    assert found["attachTag"]["request"] == {"attached_by"}  # what the contract leaves to its default
    found["attachTag"]["request"] = frozenset()
    assert {name: found[name] for name in wanted} == wanted


def test_from_sign_up_to_report(bob: Person) -> None:
    me = bob("GET", "/users/me")
    assert (me["id"], me["display_name"], me["is_active"]) == (str(bob.id), "bob", True)
    assert bob("GET", "/users/me/profile")["time_zone"] == "UTC"
    written = {"bio": "Bakes.", "time_zone": "Europe/Berlin", "avatar_url": "https://example.org/bob.png"}
    for profile in (written, {**written, "bio": None}):
        bob("PUT", "/users/me/profile", json=profile)
        assert bob("GET", "/users/me/profile") == {"user_id": str(bob.id), **profile}
    home, work = bob.tag("home"), bob.tag("work", color="#FF0000")
    assert [tag["name"] for tag in bob("GET", "/tags")] == ["home", "work"]
    task = bob.task("  Bake a cake ", tag_ids=[home["id"], work["id"]], due_at="2020-01-01T00:00:00Z")
    assert task["title"] == "Bake a cake"
    assert task["is_overdue"] is True
    assert [tag["name"] for tag in task["tags"]] == ["home", "work"]
    part = bob.task("Buy flour", parent_id=task["id"], priority="urgent")
    assert bob("GET", f"/tasks/{task['id']}") == task
    bob("DELETE", f"/tasks/{task['id']}/tags/{work['id']}", status=204)
    for _ in range(2):  # attaching twice is attaching
        bob("PUT", f"/tasks/{part['id']}/tags/{home['id']}", json={"attached_by": "ai"}, status=204)
    bob("POST", f"/tasks/{task['id']}/comments", json={"body": "With cherries."}, status=201)
    done = bob("PATCH", f"/tasks/{task['id']}", json={"status": "done", "version": task["version"]})
    assert done["completed_at"] is not None
    assert (done["is_overdue"], done["version"]) == (False, task["version"] + 1)
    assert bob("PATCH", f"/tasks/{task['id']}", json={"status": "pending"})["completed_at"] is None
    bob("PATCH", f"/tasks/{task['id']}", json={"status": "done"})
    report = bob("GET", "/reports/productivity")
    assert (report["tasks"], report["completed"], report["overdue"]) == (2, 1, 0)
    assert 0 <= report["median_hours_to_complete"] < 1
    assert report["by_tag"] == [
        {"tag": "home", "status": "done", "tasks": 1, "completed": 1},
        {"tag": "home", "status": "pending", "tasks": 1, "completed": 0},
    ]
    later = datetime.now(UTC) + timedelta(days=1)
    assert bob("GET", "/reports/productivity", params={"since": later.isoformat()})["tasks"] == 0
    bob("DELETE", f"/tasks/{task['id']}", status=204)
    assert bob("GET", f"/tasks/{part['id']}")["parent_id"] is None
    bob("DELETE", f"/tags/{home['id']}", status=204)
    assert bob("GET", f"/tasks/{part['id']}")["tags"] == []


def test_nobody_sees_or_changes_what_is_anothers(ann: Person, bob: Person) -> None:
    tag, task = ann.tag(f"private {bob.id}"), ann.task("Nobody knows")
    ann("PUT", f"/tasks/{task['id']}/tags/{tag['id']}", status=204)
    ann("POST", f"/tasks/{task['id']}/comments", json={"body": "A secret."}, status=201)
    place = f"/tasks/{task['id']}"
    own = bob.task()
    for method, path, body in (
        ("GET", place, None),
        ("PATCH", place, {"title": "Mine"}),
        ("DELETE", place, None),
        ("GET", f"{place}/comments", None),
        ("POST", f"{place}/comments", {"body": "Found."}),
        ("PUT", f"{place}/tags/{tag['id']}", None),
        ("DELETE", f"{place}/tags/{tag['id']}", None),
        ("PUT", f"/tasks/{own['id']}/tags/{tag['id']}", None),
        ("DELETE", f"/tags/{tag['id']}", None),
    ):
        bob(method, path, json=body, status=404)
    assert bob.problem("POST", "/tasks", 422, json={"title": "t", "tag_ids": [tag["id"]]}) == "unknown-tag"
    assert bob.problem("POST", "/tasks", 422, json={"title": "t", "parent_id": task["id"]}) == "unknown-parent"
    assert bob.problem("PATCH", f"/tasks/{own['id']}", 422, json={"parent_id": task["id"]}) == "unknown-parent"
    assert bob.titles() == [own["title"]]
    assert bob("GET", "/tags") == []
    assert bob("GET", "/reports/productivity")["tasks"] == 1
    assert bob("GET", "/users/me/profile")["user_id"] == str(bob.id)
    assert ann("GET", place)["title"] == "Nobody knows"


def test_task_is_assigned_to_somebody_who_does_not_see_it(ann: Person, bob: Person) -> None:
    task = ann.task(assignee_id=str(bob.id))
    assert ann.titles(assignee_id=str(bob.id)) == [task["title"]]
    bob("GET", f"/tasks/{task['id']}", status=404)
    assert ann.problem("PATCH", f"/tasks/{task['id']}", 422, json={"assignee_id": task["id"]}) == "unknown-assignee"
    assert ann("PATCH", f"/tasks/{task['id']}", json={"assignee_id": None})["assignee_id"] is None


@pytest.mark.parametrize("order", ["-created_at", "due_at", "-priority"])
def test_pages_hold_every_task_once_and_in_order(bob: Person, order: str) -> None:
    due = ["2030-01-02T00:00:00Z", None, "2030-01-01T00:00:00Z", None, "2030-01-02T00:00:00Z", None, None]
    priorities = ["low", "urgent", "medium", "high", "urgent", "low", "high"]
    for number, (moment, priority) in enumerate(zip(due, priorities, strict=True)):
        bob.task(f"task {number}", due_at=moment, priority=priority)
    ranks = ["low", "medium", "high", "urgent"]
    keys: dict[str, Callable[[dict[str, Any]], Any]] = {
        "-created_at": lambda task: -int(task["title"].removeprefix("task ")),
        "due_at": lambda task: (task["due_at"] is None, task["due_at"] or "", task["id"]),
        "-priority": lambda task: (-ranks.index(task["priority"]), -int(task["title"].removeprefix("task "))),
    }
    for limit in (2, 3, 7):
        pages = list(bob.pages("/tasks", sort=order, limit=limit))
        found = [task for page in pages for task in page]
        assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
        assert len({task["id"] for task in found}) == len(found) == len(due)
        assert found == sorted(found, key=keys[order])


def test_cursor_of_another_list_is_refused(bob: Person) -> None:
    for number in range(3):
        bob.task(f"task {number}")
    cursor = bob("GET", "/tasks", params={"limit": 1})["next_cursor"]
    for wrong in ({"sort": "due_at", "cursor": cursor}, {"cursor": cursor[:-9]}, {"cursor": "né"}, {"cursor": "x"}):
        assert bob.problem("GET", "/tasks", 422, params=wrong) == "invalid-cursor"


def test_filters_and_search(bob: Person) -> None:
    tag = bob.tag("Errand")
    bob.task("Bring 100% wool", tag_ids=[tag["id"]], status="in_progress", due_at="2030-05-01T00:00:00Z")
    bob.task("Bring 100 kg of wool", priority="high")
    bob.task("snake_case", status="done")
    assert bob.titles(search="100%") == ["Bring 100% wool"]
    assert bob.titles(search="WOOL") == ["Bring 100 kg of wool", "Bring 100% wool"]
    assert bob.titles(search="e_c") == ["snake_case"]
    assert bob.titles(search="eXc") == []
    assert bob.titles(tag="errand") == bob.titles(status="in_progress") == ["Bring 100% wool"]
    assert bob.titles(priority="high") == ["Bring 100 kg of wool"]
    assert bob.titles(due_from="2030-05-01T00:00:00Z", due_to="2030-05-02T00:00:00Z") == ["Bring 100% wool"]
    assert bob.titles(due_to="2030-05-01T00:00:00Z") == []


def test_comments_are_read_page_by_page(bob: Person) -> None:
    place = f"/tasks/{bob.task()['id']}/comments"
    for number in range(5):
        bob("POST", place, json={"body": str(number)}, status=201)
    pages = [[each["body"] for each in page] for page in bob.pages(place, limit=2)]
    assert pages == [["0", "1"], ["2", "3"], ["4"]]


def test_what_is_there_already_is_a_conflict(ann: Person, bob: Person) -> None:
    account = {"email": ann.email.upper(), "password": PASSWORD, "display_name": "A"}
    assert bob.problem("POST", "/auth/register", 409, json=account) == "email-taken"
    bob.tag("Home")
    assert bob.problem("POST", "/tags", 409, json={"name": "hOME"}) == "tag-exists"


def test_of_those_who_read_one_version_only_one_changes_it(bob: Person) -> None:
    task = bob.task()
    place = f"/tasks/{task['id']}"

    def change(number: int) -> int:
        body = {"title": f"title {number}", "version": task["version"]}
        return bob.web.patch(place, json=body).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(change, range(4)))
    assert statuses == [200, 409, 409, 409]
    assert bob("GET", place)["version"] == task["version"] + 1
    assert bob.problem("PATCH", place, 409, json={"title": "t", "version": 1}) == "version-conflict"


def test_sign_in_ends(database: Session, bob: Person) -> None:
    before = bob.sign_in()
    bob("POST", "/auth/logout", status=204)
    assert bob.problem("GET", "/tasks", 401) == "signed-out"
    token = bob.sign_in()
    stored = database.execute("SELECT token_hash FROM sessions WHERE user_id = %s", (bob.id,))
    assert len(stored) == 2  # of the first sign-in and the last one
    assert not any(text in row[0] for row in stored for text in (before, token))
    database.execute(
        "UPDATE sessions SET created_at = now() - interval '2 days', expires_at = now() - interval '1 s'"
        " WHERE user_id = %s",
        (bob.id,),
    )
    assert bob.problem("GET", "/tasks", 401) == "signed-out"
    bob.sign_in()
    assert database.value("SELECT count(*) FROM sessions WHERE user_id = %s", (bob.id,)) == 1
    database.execute("UPDATE users SET is_active = false WHERE id = %s", (bob.id,))
    assert bob.problem("GET", "/tasks", 401) == "signed-out"
    given = {"email": bob.email, "password": PASSWORD}
    assert bob.problem("POST", "/auth/login", 401, json=given) == "wrong-credentials"


def test_stranger_learns_nothing(address: str, ann: Person) -> None:
    with httpx.Client(base_url=address) as web:
        for given in ({"email": ann.email, "password": "wrong"}, {"email": "no@example.org", "password": PASSWORD}):
            answer = web.post("/auth/login", json=given)
            assert (answer.status_code, answer.json()["type"]) == (401, "urn:taskboard:problem:wrong-credentials")
        for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp4"}):
            answer = web.get("/tasks", headers=headers)
            assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_what_is_not_as_it_has_to_be_is_told(ann: Person) -> None:
    task = f"/tasks/{ann.task()['id']}"
    wrong: list[tuple[str, str, Any]] = [
        ("POST", "/tasks", {"title": "  "}),
        ("POST", "/tasks", {"title": "t" * 201}),
        ("POST", "/tasks", {"title": "t", "status": "lost"}),
        ("POST", "/tasks", {"title": "a NUL \0 in it"}),
        ("POST", "/tasks", {"title": "half a character \ud800"}),
        ("POST", "/tasks", {"title": "t", "due_at": "2030-01-01T00:00:00"}),
        ("PATCH", task, {"due_at": "2030-01-01T00:00:00"}),
        ("PATCH", task, {"title": None}),
        ("PATCH", task, {"status": None}),
        ("POST", "/tags", {"name": "n", "color": "red"}),
        ("PUT", "/users/me/profile", {"time_zone": "Europe/Atlantis"}),
        ("GET", "/tasks?limit=101", None),
        ("GET", "/tasks?search=ab", None),
        ("GET", "/tasks?statu=done", None),
        ("GET", "/tasks?due_from=2030-01-01T00:00:00", None),
    ]
    for method, place, body in wrong:
        content = None if body is None else json.dumps(body)  # httpx would refuse half a character itself
        headers = {"Content-Type": "application/json"}
        assert ann.problem(method, place, 422, content=content, headers=headers) == "invalid-request", body


def test_no_answer_repeats_a_password(ann: Person) -> None:
    account = {"email": "nobody", "password": "too short", "display_name": "N"}
    answer = ann.web.post("/auth/register", json=account)
    assert answer.status_code == 422
    assert {each["at"] for each in answer.json()["errors"]} == {"body.email", "body.password"}
    assert "too short" not in answer.text


def test_login_itself_may_do_nothing(ann: Person, database: Session) -> None:
    with Session(replace(database.dsn, user=SERVICE)) as session:

        def tried(role: str, sql: str) -> tuple[str | None, list[Any]]:
            with session.rolled_back():
                session.execute(f"SET LOCAL ROLE {role}")
                session.execute("SELECT set_config('colonnade.user_id', %s, true)", (str(ann.id),))
                found = session.attempt(sql)
                return found.sqlstate, list(found.rows)

        for table in ("users", "sessions", "tasks"):
            assert tried(SERVICE, f"SELECT FROM {table}") == ("42501", [])
        for sql in ("UPDATE users SET is_active = false", "DELETE FROM sessions", "SELECT FROM tasks"):
            assert tried("taskboard_service", sql) == ("42501", [])
        assert (ann.email,) in tried("taskboard_service", "SELECT email FROM users")[1]
        assert tried("taskboard_app", "SELECT email FROM users")[1] == [(ann.email,)]


@pytest.mark.skipif(shutil.which("curl") is None, reason="the tour is in curl")
@pytest.mark.parametrize("address", ["direct"], indirect=True)
def test_tour_of_the_readme_leads_where_it_says(address: str) -> None:
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    tour = readme.partition("```bash\n")[2].partition("```")[0]
    tour = tour.replace("http://127.0.0.1:8000", address).replace("ann@example.org", "reader@example.org")
    run = subprocess.run(["bash", "-euo", "pipefail", "-c", tour], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert '"tag":"home","status":"done","tasks":1,"completed":1' in run.stdout


COUNT = """
import asyncio, json, sys
import httpx
from sqlalchemy import Engine, event
from service.app import from_environment

statements = []
event.listen(Engine, "before_cursor_execute", lambda *given: statements.append(given[2]))

async def main():
    app = from_environment()
    transport = httpx.ASGITransport(app=app)
    headers = {"Authorization": f"Bearer {sys.argv[1]}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://s", headers=headers) as web:
        counts = []
        for limit in (1, 1, 20):
            statements.clear()
            answer = await web.get("/tasks", params={"limit": limit})
            assert len(answer.json()["items"]) == limit, answer.text
            counts.append(len(statements))
        print(json.dumps(counts))
    await app.state.transactions.close()

asyncio.run(main())
"""


@pytest.mark.parametrize("address", ["direct"], indirect=True)
def test_long_page_takes_no_more_statements_than_a_short_one(database: Session, bob: Person) -> None:
    tags = [bob.tag(f"tag {number}")["id"] for number in range(2)]
    for number in range(20):
        bob.task(f"task {number}", tag_ids=tags)
    login: Dsn = replace(database.dsn, user=SERVICE)
    command = [sys.executable, "-c", COUNT, bob.sign_in()]
    environment = {**os.environ, "DATABASE_URL": login.url, "WEB_CONCURRENCY": "2"}
    run = subprocess.run(command, cwd=EXAMPLE, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    _, short, long = json.loads(run.stdout)
    assert short == long <= 6
