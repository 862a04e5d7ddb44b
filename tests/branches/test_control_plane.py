"""The local control plane: every answer is one that Neon's description allows."""

from __future__ import annotations

import json
from datetime import timedelta
from random import Random
from typing import Any

import pytest

import neon_openapi
from branches_support import Clock
from colonnade.branches.control_plane import API_PATH, ControlPlane, RandomFaults
from colonnade.branches.control_plane.bodies import PROJECT_ID, timestamp
from colonnade.branches.control_plane.faults import probabilities
from colonnade.branches.local import LocalProvider
from colonnade.errors import InputError
from neon_workshop import Schedule

PROJECT = f"/projects/{PROJECT_ID}"


class Asker:
    """Asks a control plane, and checks every answer."""

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane
        self.asked: set[str] = set()

    def __call__(self, method: str, target: str, body: object = None, *, status: int = 200) -> Any:
        answer = self.plane.answer(method, API_PATH + target, "Bearer x", json.dumps(body).encode() if body else b"")
        assert answer is not None
        assert answer.status == status, answer.body
        neon_openapi.check(method, target.partition("?")[0], status, answer.body)
        return answer.body


@pytest.fixture
def ask(local: LocalProvider, clock: Clock) -> Asker:
    """Give who asks."""
    return Asker(ControlPlane(local, clock=clock))


def test_who_asks_and_for_what(ask: Asker) -> None:
    for path in ("/users/me", "/users/me/organizations", "/auth", "/regions", "/projects/shared", PROJECT):
        ask("GET", path)
    first = ask("GET", "/projects?limit=1")
    assert [each["id"] for each in first["projects"]] == [PROJECT_ID]
    assert ask("GET", f"/projects?limit=1&cursor={first['pagination']['cursor']}")["projects"] == []
    ask("GET", "/projects/other-project-12345678", status=404)


def test_branches_as_neon_has_them(ask: Asker, clock: Clock) -> None:
    until = timestamp(clock.now + timedelta(days=1))
    made = ask(
        "POST",
        f"{PROJECT}/branches",
        {
            "branch": {"name": "dev", "expires_at": until.replace("Z", ".000Z"), "unknown": 1},
            "endpoints": [{"type": "read_write"}],
            "annotation_value": {"for": "a test"},
        },
        status=201,
    )
    branch = made["branch"]
    assert (branch["current_state"], branch["pending_state"], branch["expires_at"]) == ("init", "ready", until)
    assert branch["ttl_interval_seconds"] in range(86_399, 86_401)
    assert made["connection_uris"][0]["connection_uri"].startswith("postgresql://neondb_owner:")
    place = f"{PROJECT}/branches/{branch['id']}"
    assert ask("GET", place)["annotation"]["value"] == {"for": "a test"}
    listed = ask("GET", f"{PROJECT}/branches?sort_by=name&sort_order=asc&search=dev")
    assert [each["name"] for each in listed["branches"]] == ["dev"]
    assert listed["annotations"][branch["id"]]["value"] == {"for": "a test"}
    assert ask("GET", f"{PROJECT}/branches?cursor={listed['pagination']['next']}&search=dev")["branches"] == []
    assert ask("GET", f"{PROJECT}/branches/count")["count"] == 2
    first = made["operations"][0]
    assert first["status"] == "running"
    assert ask("GET", f"{PROJECT}/operations/{first['id']}")["operation"]["status"] == "finished"
    ask("GET", f"{PROJECT}/operations")
    ask("PATCH", place, {"branch": {"name": "renamed", "expires_at": None}})
    assert "last_reset_at" in ask("POST", f"{place}/restore", {"source_branch_id": branch["parent_id"]})["branch"]
    kept = ask("POST", f"{place}/restore", {"source_branch_id": branch["parent_id"], "preserve_under_name": "kept"})
    assert kept["branch"]["parent_id"] != branch["parent_id"]
    ask("DELETE", f"{PROJECT}/branches/{kept['branch']['parent_id']}", status=422)
    ask("DELETE", place)
    assert ask("DELETE", place, status=204) is None


def test_a_branch_without_a_body_has_no_compute(ask: Asker) -> None:
    made = ask("POST", f"{PROJECT}/branches", status=201)
    place = f"{PROJECT}/branches/{made['branch']['id']}"
    assert (made["endpoints"], "connection_uris" in made) == ([], False)
    assert ask("GET", f"{place}/endpoints")["endpoints"] == []
    body = {"endpoint": {"branch_id": made["branch"]["id"], "type": "read_write"}}
    endpoint = ask("POST", f"{PROJECT}/endpoints", body, status=201)["endpoint"]
    ask("POST", f"{PROJECT}/endpoints", body, status=409)
    ask("GET", f"{PROJECT}/endpoints/{endpoint['id']}")
    ask("POST", f"{PROJECT}/endpoints/{endpoint['id']}/restart")
    ask("DELETE", f"{PROJECT}/endpoints/{endpoint['id']}")
    ask("GET", f"{PROJECT}/endpoints/{endpoint['id']}", status=404)
    assert len(ask("GET", f"{PROJECT}/endpoints")["endpoints"]) == 1


def test_what_is_in_a_branch(ask: Asker, local: LocalProvider) -> None:
    main = local.branch("main").id
    place = f"{PROJECT}/branches/{main}"
    role = ask("POST", f"{place}/roles", {"role": {"name": "reader"}}, status=201)["role"]
    assert ask("GET", f"{place}/roles/reader/reveal_password") == {"password": role["password"]}
    assert ask("POST", f"{place}/roles/reader/reset_password")["role"]["password"] != role["password"]
    ask("GET", f"{place}/roles/nobody/reveal_password", status=404)
    ask("GET", f"{place}/roles/reader")
    assert [each["name"] for each in ask("GET", f"{place}/roles")["roles"]] == ["neondb_owner", "reader"]
    body = {"database": {"name": "more", "owner_name": "reader"}}
    made = ask("POST", f"{place}/databases", body, status=201)["database"]["name"]
    ask("DELETE", f"{place}/roles/reader", status=422)
    ask("GET", f"{place}/databases/more")
    assert [each["name"] for each in ask("GET", f"{place}/databases")["databases"]] == ["neondb", made]
    uri = ask("GET", f"{PROJECT}/connection_uri?database_name=more&role_name=reader&pooled=True")["uri"]
    assert uri.endswith(f"/{made}")
    ask("GET", f"{PROJECT}/connection_uri?role_name=reader", status=400)
    ask("DELETE", f"{place}/databases/{made}")
    ask("DELETE", f"{place}/roles/reader")
    assert "PostgreSQL database dump" in ask("GET", f"{place}/schema?db_name=neondb")["sql"]
    ask("GET", f"{place}/compare_schema?db_name=neondb&base_branch_id={main}")


def test_refusals_have_neons_shape(ask: Asker, local: LocalProvider) -> None:
    main = local.branch("main").id
    ask("DELETE", f"{PROJECT}/branches/{main}", status=422)
    ask("GET", f"{PROJECT}/branches/br-not-there-12345678", status=404)
    ask("POST", f"{PROJECT}/branches", {"branch": {"name": "main"}}, status=409)
    ask("POST", f"{PROJECT}/branches", {"branch": {"parent_lsn": "0/1"}}, status=422)
    ask("POST", f"{PROJECT}/branches", {"endpoints": [1]}, status=400)
    ask("POST", f"{PROJECT}/branches", {"branch": 1}, status=400)
    ask("GET", f"{PROJECT}/branches?sort_by=size", status=400)
    ask("PATCH", f"{PROJECT}/branches/{main}", {"branch": {"name": "\n"}}, status=422)
    for fault, status in (("locked", 423), ("rate_limited", 429), ("unavailable", 503)):
        ask.plane.faults = Schedule([fault])  # type: ignore[list-item]  # each is a fault
        ask("GET", "/users/me", status=status)


def test_faults_are_the_same_for_the_same_seed() -> None:
    chances = probabilities(("locked=0.3", "lost-response=0.2"))
    draws = [[RandomFaults(chances, Random(7)).next() for _ in range(1)] for _ in range(3)]
    assert draws[0] == draws[1] == draws[2]
    many = RandomFaults(chances, Random(1))
    seen = {many.next() for _ in range(200)}
    assert seen == {None, "locked", "lost_response"}
    for wrong in ("nonsense", "locked=2", "locked=x"):
        with pytest.raises(InputError, match="is no fault"):
            probabilities((wrong,))
