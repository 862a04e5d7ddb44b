"""The client for Neon, against the local control plane."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from branches_support import Clock, rows, run
from colonnade.branches import BranchError, NameTakenError, NewBranch, Target
from colonnade.branches.local import LocalProvider
from colonnade.branches.neon import AsyncNeonClient, NeonClient, NeonProvider
from colonnade.branches.neon.steps import Call, OperationFailedError, Pause, Reply, Rule
from colonnade.errors import DatabaseError, InputError
from neon_workshop import neon, plane, provider


def test_the_life_of_a_branch(local: LocalProvider, clock: Clock) -> None:
    with provider(local, clock) as found:
        made = found.create(NewBranch(name="dev", expires_at=clock.now + timedelta(days=2)))
        assert (made.parent, made.state, made.expires_at) == (
            "main",
            "ready",
            (clock.now + timedelta(days=2)).replace(microsecond=0),
        )
        run(found, "dev", "CREATE TABLE t (id int)")
        assert rows(local, "dev", "SELECT count(*) FROM t") == [(0,)]
        clock.now += timedelta(hours=1)
        assert found.reset("dev").last_reset_at is not None
        assert found.expire("dev", None).expires_at is None
        clock.now += timedelta(hours=1)
        found.restore("dev", "main", keep_as="kept")
        assert {each.name: each.parent for each in found.branches()} == {"main": None, "dev": "kept", "kept": "main"}
        with pytest.raises(BranchError, match="cannot be deleted"):
            found.delete("kept")
        assert [each.name for each in found.delete("kept", children=True)] == ["dev", "kept"]
    assert [each.name for each in local.branches()] == ["main"]


def test_branches_that_are_over_are_pruned(local: LocalProvider, clock: Clock) -> None:
    with provider(local, clock) as found:
        found.create(NewBranch(name="short", expires_at=clock.now + timedelta(minutes=5)))
        clock.now += timedelta(seconds=20)
        assert found.prune() == ()
        clock.now += timedelta(minutes=5)
        assert [each.name for each in (*found.prune(), *local.branches())] in (["short", "main"], ["main"])


def test_what_is_refused_for_now_is_asked_for_again(local: LocalProvider, clock: Clock) -> None:
    pauses: list[float] = []
    with provider(local, clock, [None, "locked", "unavailable", "rate_limited"], pauses=pauses) as found:
        found.create(NewBranch(name="dev"))
    assert pauses[:3] == [0.375, 0.75, 1.0]
    assert [each.name for each in local.branches()] == ["dev", "main"]


def test_waiting_ends(local: LocalProvider, clock: Clock) -> None:
    with (
        provider(local, clock, ["rate_limited"] * 1000) as found,
        pytest.raises(DatabaseError, match="within 120 s") as refused,
    ):
        found.branches()
    assert "another 1 s, after 120 s" in refused.value.detail


@pytest.mark.parametrize("place", [0, 2, 4])
def test_a_lost_reply_makes_no_second_branch(local: LocalProvider, clock: Clock, place: int) -> None:
    asked: list[str] = []
    with provider(local, clock, [*[None] * place, "lost_response", "lost_response"], asked=asked) as found:
        made = found.create(NewBranch(name="dev"))
        assert [each.id for each in local.branches() if each.name == "dev"] == [made.id]
    assert len(local.branches()) == 2
    assert asked.count("POST") == 1


def test_lost_replies_to_other_changes_are_looked_up_too(local: LocalProvider, clock: Clock) -> None:
    local.create(NewBranch(name="dev"))
    clock.now += timedelta(minutes=1)
    changes: tuple[Callable[[NeonProvider], object], ...] = (
        lambda found: found.reset("dev"),
        lambda found: found.restore("dev", "main", keep_as="kept"),
        lambda found: found.expire("dev", clock.now + timedelta(days=1)),
        lambda found: found.delete("dev"),
    )
    for change in changes:
        clock.now += timedelta(minutes=1)
        asked: list[str] = []
        with provider(local, clock, [None, None, "lost_response"], asked=asked) as found:
            change(found)
        assert sum(method != "GET" for method in asked) == 1
    assert [each.name for each in local.branches()] == ["kept", "main"]


def test_a_failed_operation_leaves_no_branch(local: LocalProvider, clock: Clock) -> None:
    with (
        provider(local, clock, [None, None, "failed_operation"]) as found,
        pytest.raises(OperationFailedError, match="an operation of Neon's failed") as refused,
    ):
        found.create(NewBranch(name="dev"))
    assert "start_compute is failed: injected fault" in refused.value.detail
    assert [each.name for each in local.branches()] == ["main"]


def test_a_name_that_somebody_else_took_meanwhile_is_not_ours(local: LocalProvider, clock: Clock) -> None:
    with provider(local, clock) as found:
        rule = found._neon._post_branch(NewBranch(name="dev"), found.branch("main"), "mine")
        local.create(NewBranch(name="dev"))
        with pytest.raises(NameTakenError, match="taken at Neon"):
            found._client.run(rule)


def test_a_parent_that_is_returned_as_the_new_branch_is_neither_used_nor_deleted(clock: Clock) -> None:
    parent = {"id": "br-the-parent-1", "name": "main", "default": True, "created_at": "2026-01-01T00:00:00Z"}
    endpoint = {"id": "ep-the-parent-1", "host": "ep-the-parent-1.example"}
    asked: list[Call] = []

    def answer(call: Call | Pause) -> Reply:
        assert isinstance(call, Call)
        asked.append(call)
        if call.method == "POST":
            return Reply(status=201, body={"branch": {**parent, "name": "dev"}, "operations": []})
        return Reply(status=200, body={"branches": [parent], "endpoints": [endpoint]})

    with pytest.raises(BranchError, match="no branch of its own"):
        carry_out(neon(clock).create(NewBranch(name="dev")), answer)
    assert [each.method for each in asked if each.method != "GET"] == ["POST"]


def test_retry_after_may_be_a_date(clock: Clock) -> None:
    clock.now = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
    late = Reply(status=429, headers={"retry-after": "Sat, 28 Nov 2026 12:00:42 GMT"})
    replies = iter([late, Reply(status=429, headers={"retry-after": "nonsense"}), Reply(status=200)])
    pauses: list[float] = []

    def answer(call: Call | Pause) -> Reply | None:
        if isinstance(call, Pause):
            pauses.append(call.seconds)
            return None
        return next(replies)

    carry_out(neon(clock).operations(), answer)
    assert pauses == [42.0, 0.75]


def carry_out(rule: Rule[object], answer: Callable[[Call | Pause], Reply | None]) -> None:
    """Carry a rule out with made-up answers."""
    try:
        step = next(rule)
        while True:
            step = rule.send(answer(step))
    except StopIteration:
        return


def test_a_project_without_a_default_branch_is_told(local: LocalProvider, clock: Clock) -> None:
    with local.session() as session:
        session.execute("UPDATE branch SET is_default = false")
    try:
        with provider(local, clock) as found, pytest.raises(BranchError, match="has no default branch"):
            found.create(NewBranch(name="dev"))
        with provider(local, clock) as found:
            assert found.create(NewBranch(name="dev", parent="main")).parent == "main"
    finally:
        with local.session() as session:
            session.execute("UPDATE branch SET is_default = true WHERE name = 'main'")


def test_a_wrong_key_is_refused_and_never_shown(local: LocalProvider, clock: Clock) -> None:
    with plane(local, clock, api_key="right") as url, NeonClient("wrong-secret", base_url=url) as client:
        with pytest.raises(InputError, match="does not let this key in") as refused:
            client.run(neon(clock).branches())
        assert "wrong-secret" not in f"{refused.value}{refused.value!r}{client!r}{vars(client)!r}"


def test_the_server_that_is_not_there_is_told(clock: Clock) -> None:
    with (
        NeonClient("key", base_url="http://127.0.0.1:1/api/v2", sleep=lambda _: None) as client,
        pytest.raises(DatabaseError, match="cannot be reached"),
    ):
        client.run(neon(clock).branches())


def test_the_same_rules_can_be_awaited(local: LocalProvider, clock: Clock) -> None:
    async def life(url: str) -> list[str]:
        async def no_time(_: float) -> None:
            return

        async with AsyncNeonClient("key", base_url=url, sleep=no_time) as client:
            api = neon(clock)
            made = await client.run(api.create(NewBranch(name="dev")))
            await client.run(api.create_role(made.id, "reader"))
            await client.run(api.create_database(made.id, "more", "reader"))
            found = [each.name for each in await client.run(api.roles(made.id))]
            found += [each.owner for each in await client.run(api.databases(made.id))]
            await client.run(api.drop(made.id, "databases", (await client.run(api.databases(made.id)))[1].name))
            await client.run(api.drop(made.id, "roles", "reader"))
            await client.run(api.delete("dev"))
            return [*found, *(each.name for each in await client.run(api.branches()))]

    with plane(local, clock, ["locked", None, "lost_response"]) as url:
        found = asyncio.run(life(url))
    assert found == ["neondb_owner", "reader", "neondb_owner", "reader", "main"]


def test_schemas_are_compared_there(local: LocalProvider, clock: Clock) -> None:
    with provider(local, clock) as found:
        found.create(NewBranch(name="dev"))
        run(found, "dev", "CREATE TABLE t (id int)")
        main, dev = found.branch("main"), found.branch("dev")
        shown = found._client.run(found._neon.compare_schema(dev.id, main.id, "neondb"))
        assert "+CREATE TABLE public.t (\n" in shown
        assert found.url("dev", Target(database="neondb")) == local.url("dev", Target())
