"""Local branches: what is copied, what stays apart, what is refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from branches_support import Clock, rows, run
from colonnade.branches import BranchError, Moment, NameTakenError, NewBranch, Target
from colonnade.branches.local import Home, LocalProvider
from colonnade.branches.local.catalog import CATALOG
from colonnade.errors import DatabaseError, InputError, UnsupportedError
from colonnade.postgres import Session


@pytest.fixture
def base(local: LocalProvider) -> LocalProvider:
    """Give a provider with a branch `base` that holds a table with three rows."""
    local.create(NewBranch(name="base"))
    run(local, "base", "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t SELECT generate_series(1, 3)")
    return local


def test_a_branch_holds_what_its_parent_held_and_goes_its_own_way(base: LocalProvider) -> None:
    made = base.create(NewBranch(name="dev", parent="base"))
    run(base, "base", "DELETE FROM t")
    run(base, "dev", "INSERT INTO t VALUES (4)")
    assert (made.parent, made.state, made.databases) == ("base", "ready", ("neondb",))
    assert rows(base, "base", "SELECT id FROM t") == []
    assert rows(base, "dev", "SELECT id FROM t ORDER BY id") == [(1,), (2,), (3,), (4,)]


def test_reset_takes_the_parent_anew_at_the_same_url(base: LocalProvider) -> None:
    base.create(NewBranch(name="dev", parent="base"))
    before = base.url("dev", Target())
    with visiting(base, "dev"):
        run(base, "dev", "DROP TABLE t")
        run(base, "base", "INSERT INTO t VALUES (9)")
        branch = base.reset("dev")
    assert base.url("dev", Target()) == before
    assert branch.last_reset_at is not None
    assert rows(base, "dev", "SELECT count(*) FROM t") == [(4,)]


def test_restore_goes_back_to_a_named_branch_and_keeps_what_was(base: LocalProvider) -> None:
    base.create(NewBranch(name="before", parent="base"))
    run(base, "base", "DELETE FROM t WHERE id > 1")
    base.restore("base", "before", keep_as="broken")
    assert rows(base, "base", "SELECT count(*) FROM t") == [(3,)]
    assert rows(base, "broken", "SELECT count(*) FROM t") == [(1,)]
    assert {each.name: each.parent for each in base.branches()} == {
        "main": None, "broken": "main", "base": "broken", "before": "broken"
    }  # fmt: skip


def test_a_schema_only_branch_plans_as_its_source_and_takes_rows(base: LocalProvider) -> None:
    run(
        base,
        "base",
        "INSERT INTO t SELECT generate_series(4, 50000)",
        "CREATE TABLE child (id int PRIMARY KEY, t_id int REFERENCES t, kind text)",
        "INSERT INTO child SELECT n, n, 'k' || n % 5 FROM generate_series(1, 50000) n",
        "CREATE INDEX child_t_id_idx ON child (t_id)",
    )
    run(base, "base", "VACUUM ANALYZE")
    made = base.create(NewBranch(name="plans", parent="base", content="schema-only"))
    assert made.parent is None
    for query in (
        "SELECT * FROM t JOIN child ON child.t_id = t.id WHERE t.id < 100",
        "SELECT kind, count(*) FROM child GROUP BY kind",
        "SELECT * FROM child WHERE t_id = 7",
    ):
        assert plan(base, "plans", query) == plan(base, "base", query)
    assert rows(base, "plans", "SELECT count(*) FROM child") == [(0,)]
    run(base, "plans", "INSERT INTO t VALUES (1)", "INSERT INTO child VALUES (1, 1, 'new')")
    assert rows(base, "plans", "SELECT kind FROM child WHERE t_id = 1") == [("new",)]
    with pytest.raises(BranchError, match="no rows to copy"):
        base.create(NewBranch(name="more", parent="plans"))
    with pytest.raises(BranchError, match="no rows to copy"):
        base.restore("base", "plans")


def test_a_schema_only_branch_knows_the_size_of_foreign_tables(base: LocalProvider) -> None:
    sizes = "SELECT relpages, reltuples FROM pg_class WHERE relname = 'far'"
    with base.home.connect(base.url("base", Target()).database) as session:
        session.script(
            "CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing;"
            " CREATE FOREIGN TABLE far (id int) SERVER elsewhere;"
            " SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', 'far', 'relpages', 7,"
            " 'reltuples', 70::real)"
        )
    base.create(NewBranch(name="plans", parent="base", content="schema-only"))
    assert rows(base, "plans", sizes) == rows(base, "base", sizes) == [(7, 70.0)]


def test_a_source_in_use_is_named_and_force_ends_its_connections(base: LocalProvider) -> None:
    with visiting(base, "base") as session:
        with pytest.raises(BranchError, match="in use") as refused:
            base.create(NewBranch(name="dev", parent="base"))
        assert f"neondb_owner (process {session.backend_pid}, colonnade, idle)" in refused.value.detail
        assert [each.name for each in base.branches()] == ["base", "main"]
        base.create(NewBranch(name="dev", parent="base"), force=True)
        with pytest.raises(DatabaseError):
            session.execute("SELECT 1")
    assert rows(base, "dev", "SELECT count(*) FROM t") == [(3,)]


def test_of_two_that_make_the_same_branch_one_is_told_that_the_name_is_taken(local: LocalProvider) -> None:
    outcomes: list[object] = []

    def make() -> None:
        try:
            outcomes.append(local.create(NewBranch(name="same")).name)
        except NameTakenError as problem:
            outcomes.append(problem.message)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(map(str, outcomes)) == ["same", *['there is a branch "same" already'] * 3]
    assert len(databases(local)) == 2


def test_branches_end_when_their_time_is_over(local: LocalProvider, clock: Clock) -> None:
    local.create(NewBranch(name="short", expires_at=clock.now + timedelta(hours=1)))
    local.create(NewBranch(name="long", expires_at=clock.now + timedelta(days=2)))
    assert local.prune() == ()
    clock.now += timedelta(hours=2)
    assert [each.name for each in local.prune()] == ["short"]
    local.expire("long", None)
    clock.now += timedelta(days=20)
    assert local.prune() == ()


def test_reset_starts_the_time_to_live_again(local: LocalProvider, clock: Clock) -> None:
    local.create(NewBranch(name="dev", expires_at=clock.now + timedelta(hours=1)))
    clock.now += timedelta(minutes=30)
    assert local.reset("dev").expires_at == clock.now + timedelta(hours=1)


def test_what_neon_forbids_is_forbidden_here(local: LocalProvider, clock: Clock) -> None:
    with pytest.raises(InputError, match="30 days at most"):
        local.create(NewBranch(name="x", expires_at=clock.now + timedelta(days=31)))
    with pytest.raises(InputError, match="is over"):
        local.create(NewBranch(name="x", expires_at=clock.now))
    with pytest.raises(InputError, match="a protected branch cannot expire"):
        local.create(NewBranch(name="x", protected=True, expires_at=clock.now + timedelta(days=1)))
    with pytest.raises(BranchError, match="cannot expire"):
        local.expire("main", clock.now + timedelta(days=1))
    local.create(NewBranch(name="a", protected=True))
    local.create(NewBranch(name="b", parent="a"))
    for act in (local.delete, local.reset):
        with pytest.raises(BranchError) as refused:
            act("a")
        assert refused.value.detail == "It is protected."
    local.update("a", protected=False)
    with pytest.raises(BranchError) as refused:
        local.delete("a")
    assert refused.value.detail == "It is the parent of b."
    with pytest.raises(BranchError, match='"main" cannot be deleted'):
        local.delete("main", children=True)
    assert [each.name for each in local.delete("a", children=True)] == ["b", "a"]
    local.create(NewBranch(name="short", expires_at=clock.now + timedelta(days=1)))
    with pytest.raises(BranchError, match="no branch can be made of"):
        local.create(NewBranch(name="x", parent="short"))
    with pytest.raises(UnsupportedError, match="has no history"):
        local.create(NewBranch(name="x", moment=Moment(lsn="0/1")))
    with pytest.raises(InputError, match='there is no branch "nobody"'):
        local.reset("nobody")


def test_the_catalog_is_closed_to_the_users_of_branches(local: LocalProvider, home: Home) -> None:
    with pytest.raises(DatabaseError, match="cannot connect"):
        Session(local.url("main", Target()).with_database(CATALOG))
    assert "***" in str(local.url("main", Target()))


def plan(local: LocalProvider, name: str, query: str) -> list[object]:
    """Return the nodes of a query's plan.

    Costs and rows can differ a little: the height of a B-tree and the ends of a range are looked up in the data.
    """
    ((found,),) = rows(local, name, f"EXPLAIN (FORMAT JSON) {query}")
    return list(nodes(found[0]["Plan"]))


def nodes(node: dict[str, Any]) -> Iterator[object]:
    """Return what each node does."""
    yield node["Node Type"], node.get("Index Name"), node.get("Relation Name")
    for inner in node.get("Plans", ()):
        yield from nodes(inner)


def databases(local: LocalProvider) -> list[str]:
    """Return the databases of the server that hold branches."""
    with local.session() as session:
        return [name for (name,) in session.execute("SELECT datname FROM pg_database WHERE datname LIKE 'neondb%'")]


@contextmanager
def visiting(local: LocalProvider, name: str) -> Iterator[Session]:
    """Be connected to a branch meanwhile."""
    with Session(local.url(name, Target())) as session:
        yield session
