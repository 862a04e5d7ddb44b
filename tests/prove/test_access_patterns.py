"""Access patterns planned at every volume: what is promised holds, what does not hold is refuted with its cure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from colonnade.design import Design
from colonnade.design.designer import design
from colonnade.design.queries import PatternQuery
from colonnade.emit import ddl
from colonnade.postgres import Plan, PlanNode, Server
from colonnade.postgres.scale import ColumnStatistics, DatabaseStatistics
from colonnade.prove import Evidence
from colonnade.prove.access_patterns import prove_access_patterns
from colonnade.prove.pattern_growth import GrowthClass, Reading, growth_rate, touched_rows
from colonnade.prove.pattern_witnesses import Template, Witnesses
from colonnade.prove.profiles import at_volume, growths
from colonnade.schema import Index, IndexKey, Table
from colonnade.spec import (
    AccessPattern,
    Attribute,
    Entity,
    Identity,
    Isolation,
    Page,
    Relationship,
    SortKey,
    Spec,
    Uniqueness,
    ValueType,
    Volume,
)

NEWEST = (SortKey(attribute="created_at", descending=True),)
CURSOR = Page(style="cursor", size=20)


def _attribute(name: str, base: Any, *, required: bool = True, role: Any = "plain", **more: Any) -> Attribute:
    return Attribute(name=name, type=ValueType(base=base, **more), required=required, role=role)


def _notes(*patterns: AccessPattern, mode: Any = "rls", rows: int = 2_000_000, keep_days: int | None = None) -> Spec:
    """Return users with notes in folders."""
    user = Entity(name="User", attributes=(_attribute("email", "text", max_length=200),), volume=Volume(rows=100_000))
    folder = Entity(name="Folder", owner="user", attributes=(_attribute("name", "text", max_length=80),))
    note = Entity(
        name="Note",
        owner="user",
        attributes=(
            _attribute("title", "text", max_length=120),
            _attribute("kind", "enum", values=("text", "list", "image")),
            _attribute("remind_at", "timestamp", required=False),
            _attribute("created_at", "timestamp", role="created"),
        ),
        volume=Volume(rows=rows, keep_days=keep_days),
    )
    return Spec(
        name="notes",
        entities=(user, folder, note),
        relationships=(
            Relationship(name="user", source="Folder", target="User", kind="N-1", required=True, owner=True),
            Relationship(name="user", source="Note", target="User", kind="N-1", required=True, owner=True),
            Relationship(name="folder", source="Note", target="Folder", kind="N-1", inverse="notes"),
        ),
        access_patterns=patterns,
        identity=Identity(provider="local", entity="User"),
        isolation=Isolation(by="user", entity="User", mode=mode),
    )


LIST = AccessPattern(
    id="list",
    kind="list",
    entity="Note",
    equality=("kind", "folder"),
    range=("remind_at",),
    sort=(*NEWEST, SortKey(attribute="title")),
    page=CURSOR,
    scope="owner",
)
EVERYTHING = (
    LIST,
    AccessPattern(id="get", kind="get", entity="Note", by=("id",), scope="owner"),
    AccessPattern(id="find", kind="search", entity="Note", search=("title",), sort=NEWEST, page=CURSOR, scope="owner"),
    AccessPattern(id="folders", kind="list", entity="Folder", sort=(SortKey(attribute="name"),), scope="owner"),
    AccessPattern(id="due", kind="job", entity="Note", where="kind <> 'image' and remind_at < now()", page=CURSOR),
    AccessPattern(id="totals", kind="aggregate", entity="Note", group_by=("kind",), scope="owner"),
    AccessPattern(id="all totals", kind="aggregate", entity="Note", group_by=("kind",), scope="all"),
    AccessPattern(
        id="rename", kind="write", entity="Note", by=("id",), writes="update", sets=("title",), scope="owner"
    ),
    AccessPattern(id="add", kind="write", entity="Note", writes="insert", scope="owner"),
)


def _proved(server: Server, designed: Design, *, rows: int | None = None) -> dict[str, Evidence]:
    with server.temporary_roles(), server.scratch_database() as session:
        session.script(ddl.script(designed.schema, role=designed.application_role))
        found = prove_access_patterns(designed, server=server, session=session, rows=rows)
    return {each.claim.id: each for each in found}


def _changed(designed: Design, table: str, change: Callable[[Table], Table]) -> Design:
    schema = designed.schema.with_tables([change(designed.schema.table(table))])
    return replace(designed, schema=schema)


def _without(name: str) -> Callable[[Table], Table]:
    return lambda table: replace(table, indexes=tuple(each for each in table.indexes if each.name != name))


@pytest.fixture(scope="module")
def evidence(server: Server) -> dict[str, Evidence]:
    """Give the evidence on every kind of pattern."""
    return _proved(server, design(_notes(*EVERYTHING)))


def test_what_is_designed_is_proved(evidence: Mapping[str, Evidence]) -> None:
    refuted = {name: each.observed for name, each in evidence.items() if each.verdict != "proved"}
    assert not refuted
    assert {f"access pattern/{pattern.id}" for pattern in EVERYTHING} <= evidence.keys()


def test_every_index_and_every_reference_has_its_claim(evidence: Mapping[str, Evidence]) -> None:
    for table in design(_notes(*EVERYTHING)).schema.owned_tables:
        assert {f"index/{table.name}/{each.name}" for each in table.indexes} <= evidence.keys()
        assert {f"index/{table.name}/{each.name}/check" for each in table.foreign_keys} <= evidence.keys()


def test_page_is_said_to_cost_what_a_page_costs(evidence: Mapping[str, Evidence]) -> None:
    found = evidence["access pattern/list"]
    first = found.details[0]
    assert first.startswith(
        "default (as the application role): linear in the page; ix_notes_user_id_created_at; cost 1k "
    )
    for volume in ("1k", "10k", "100k", "1M", "2M", "10M", "100M", "1G"):
        assert f" {volume} " in first.partition("cost")[2].replace(",", " ,")
    assert "plan at 2M rows in the largest table:" in found.details


def test_total_of_one_owner_and_of_all_are_told_apart(evidence: Mapping[str, Evidence]) -> None:
    assert "linear in n" not in evidence["access pattern/totals"].observed
    assert "linear in n" in evidence["access pattern/all totals"].observed


def test_need_of_an_index_is_shown_by_its_cost(evidence: Mapping[str, Evidence]) -> None:
    observed = evidence["index/notes/ix_notes_user_id_title"].observed
    assert observed.startswith("without it list (by title) costs ")
    assert observed.endswith(" at 2M rows")


def test_evidence_is_the_same_in_every_run(evidence: Mapping[str, Evidence], server: Server) -> None:
    again = _proved(server, design(_notes(*EVERYTHING)))
    assert {name: replace(each, elapsed_ms=0.0) for name, each in again.items()} == {
        name: replace(each, elapsed_ms=0.0) for name, each in evidence.items()
    }


def test_list_without_its_index_is_refuted_with_the_cure(server: Server) -> None:
    public = LIST.model_copy(update={"scope": "all", "equality": (), "range": ()})
    designed = _changed(design(_notes(public)), "notes", _without("ix_notes_title"))
    found = _proved(server, designed)["access pattern/list"]
    assert found.verdict == "refuted"
    assert "by title grows like n^" in found.observed
    assert "an index on notes (title" in found.observed


def test_get_without_an_index_is_refuted(server: Server) -> None:
    by_title = AccessPattern(id="get", kind="get", entity="Note", by=("title",), scope="all")
    one = Uniqueness(entity="Note", keys=("title",))
    spec = _notes(by_title).model_copy(update={"invariants": (one,)})
    designed = _changed(design(spec), "notes", lambda table: replace(table, uniques=()))
    found = _proved(server, designed)["access pattern/get"]
    assert found.verdict == "refuted"
    assert found.observed.endswith("it reads all of notes; an index on notes (title) would bound it")


def test_uncovered_reference_is_refuted(server: Server) -> None:
    designed = _changed(design(_notes()), "notes", _without("ix_notes_folder_id"))
    found = _proved(server, designed)["index/notes/fk_notes_folder_id_folders/check"]
    assert found.verdict == "refuted"
    assert "an index on notes (folder_id) would bound it" in found.observed


def test_index_that_nothing_needs_is_refuted(server: Server) -> None:
    spare = Index(name="ix_notes_spare", keys=(IndexKey(column="remind_at"), IndexKey(column="kind")))
    designed = _changed(design(_notes(LIST)), "notes", lambda table: replace(table, indexes=(*table.indexes, spare)))
    found = _proved(server, designed)["index/notes/ix_notes_spare"]
    assert found.verdict == "refuted"
    assert found.observed == "no statement reads it at any volume; drop it, or state the pattern that it is for"


def test_index_that_another_repeats_is_refuted(server: Server) -> None:
    twin = Index(name="ix_notes_twin", keys=(IndexKey(column="folder_id"), IndexKey(column="id")))
    totals = EVERYTHING[5]
    designed = _changed(design(_notes(totals)), "notes", lambda table: replace(table, indexes=(*table.indexes, twin)))
    found = _proved(server, designed)
    assert found["index/notes/ix_notes_twin"].verdict == "refuted"


def test_nobody_can_say_what_an_index_is_for_without_patterns(server: Server) -> None:
    spare = Index(name="ix_notes_spare", keys=(IndexKey(column="remind_at"),))
    designed = _changed(design(_notes()), "notes", lambda table: replace(table, indexes=(*table.indexes, spare)))
    assert _proved(server, designed)["index/notes/ix_notes_spare"].verdict == "not_run"


def test_unique_index_holds_a_rule(server: Server) -> None:
    unique = Index(name="uq_notes_title", keys=(IndexKey(column="title"),), unique=True)
    designed = _changed(design(_notes()), "notes", lambda table: replace(table, indexes=(*table.indexes, unique)))
    assert _proved(server, designed)["index/notes/uq_notes_title"].observed == "it holds a uniqueness rule"


def test_budget_that_no_server_can_keep_is_refuted(server: Server) -> None:
    slow = EVERYTHING[6].model_copy(update={"p95_ms": 1})
    found = _proved(server, design(_notes(slow)))["access pattern/all totals"]
    assert found.verdict == "refuted"
    assert "over its 1 ms" in found.observed


@pytest.mark.parametrize(
    ("sql", "verdict", "sqlstate"),
    [
        ("SELECT count(*) FROM notes WHERE user_id = :user_id AND kind = :kind", "proved", ""),
        ("SELECT title FROM notes WHERE id = :whatever", "proved", ""),
        ("SELECT nothing FROM notes", "refuted", "42703"),
    ],
)
def test_stated_statement_is_planned_as_it_is(server: Server, sql: str, verdict: str, sqlstate: str) -> None:
    stated = AccessPattern(id="stated", kind="report", entity="Note", sql=sql)
    found = _proved(server, design(_notes(stated, LIST)))
    assert (found["access pattern/stated"].verdict, found["access pattern/stated"].sqlstate) == (verdict, sqlstate)
    assert found["access pattern/list"].verdict == "proved"


def test_pattern_by_what_is_not_stored_is_not_run(server: Server) -> None:
    computed = AccessPattern(id="get", kind="get", entity="Note", by=("word_count",))
    found = _proved(server, design(_notes(computed)))["access pattern/get"]
    assert (found.verdict, found.observed) == ("not_run", "no column holds word_count, so there is no statement")


def test_index_of_a_partitioned_table_is_needed_as_a_whole(server: Server) -> None:
    spec = _notes(LIST, rows=80_000_000, keep_days=300)
    designed = design(spec)
    assert designed.schema.table("notes").partition_key is not None
    found = _proved(server, designed)
    assert {each.verdict for each in found.values()} == {"proved"}


def test_other_volume_can_be_asked_for(server: Server) -> None:
    found = _proved(server, design(_notes(LIST)), rows=30_000)["access pattern/list"]
    assert "plan at 30k rows in the largest table:" in found.details


def test_nothing_runs_on_a_server_that_is_not_ours(server: Server) -> None:
    designed = design(_notes(*EVERYTHING))
    foreign = Server.at(server.dsn)
    with foreign.scratch_database() as session:
        found = prove_access_patterns(designed, server=foreign, session=session)
    assert {each.verdict for each in found} == {"not_run"}
    assert len(found) == len(EVERYTHING) + sum(
        len(table.indexes) + len(table.foreign_keys) for table in designed.schema.owned_tables
    )


def _plan(node: PlanNode) -> Plan:
    return Plan(root=node, raw={})


def _node(kind: str, *children: PlanNode, rows: int = 1, cost: float = 1.0, **more: Any) -> PlanNode:
    return PlanNode(node_type=kind, rows=rows, width=8, startup_cost=0.0, total_cost=cost, children=children, **more)


def _readings(costs: Sequence[float], matched: Sequence[float] | None = None) -> list[Reading]:
    return [
        Reading(volume=10 ** (3 + place), cost=cost, matched=rows, touched=1.0, plan=_plan(_node("Result")))
        for place, (cost, rows) in enumerate(zip(costs, matched or [1.0] * len(costs), strict=True))
    ]


FLAT = [1.0] * 7
IN_PROPORTION = [10.0**power for power in range(7)]
BY_ROOT = [10.0 ** (power / 2) for power in range(7)]


@pytest.mark.parametrize(
    ("costs", "matched", "limit", "page_ratio", "expected", "wasteful"),
    [
        ([8.3] * 7, FLAT, None, None, "constant", False),
        ([1.2, 6.5, 8.3, 8.4, 8.7, 9.1, 9.4], FLAT, None, None, "log n", False),
        ([80.0] * 7, FLAT, 25, 9.5, "linear in the page", False),
        ([2.0, 2.0, 2.0, 2.1, 2.3, 25.6, 43.4], IN_PROPORTION, 25, 1.5, "linear in the page", False),
        ([20 * each for each in BY_ROOT], BY_ROOT, None, None, "linear in the matching rows", False),
        ([20 * each for each in IN_PROPORTION], IN_PROPORTION, None, None, "linear in n", False),
        ([20 * each for each in IN_PROPORTION], FLAT, None, None, "linear in n", True),
        ([8, 8, 8, 8, 8, 8, 2_000_000], FLAT, None, None, "linear in n", True),
    ],
)
def test_growth_is_classified(
    costs: Sequence[float],
    matched: Sequence[float],
    limit: int | None,
    page_ratio: float | None,
    expected: GrowthClass,
    wasteful: bool,
) -> None:
    rate = growth_rate(_readings(costs, matched), limit=limit, page_ratio=page_ratio)
    assert (rate.growth, rate.wasteful) == (expected, wasteful)


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (_node("Seq Scan", relation="t", rows=3), 1000),
        (_node("Index Scan", relation="t", rows=3), 3),
        (_node("Limit", _node("Index Scan", relation="t", rows=500), rows=25), 25),
        (_node("Limit", _node("Sort", _node("Index Scan", relation="t", rows=500), rows=500), rows=25), 500),
        (
            _node("Nested Loop", _node("Index Scan", relation="t", rows=10), _node("Index Scan", relation="u", rows=2)),
            30,
        ),
        (_node("Bitmap Heap Scan", _node("Bitmap Index Scan", index="i", rows=40), relation="t", rows=4), 40),
        (
            _node(
                "Limit",
                _node("Result", raw={"Parent Relationship": "InitPlan"}),
                _node("Index Scan", relation="t", rows=100, raw={"Parent Relationship": "Outer"}),
                rows=10,
            ),
            10,
        ),
    ],
)
def test_touched_rows_are_those_before_a_filter_and_up_to_a_limit(plan: PlanNode, expected: float) -> None:
    assert touched_rows(_plan(plan), {"t": 1000.0, "u": 1000.0}) == expected


def test_constants_fill_a_statement_but_not_its_strings() -> None:
    query = PatternQuery(
        pattern_id="p",
        label="l",
        sql="SELECT '$1', $$ $2 $$, a FROM t WHERE a = $2 AND b = $1 AND c = $2",
        parameters=(),
        driving_table="t",
        expects_bounded=False,
    )
    filled = Template(query).filled(["1", "'x'"])
    assert filled == "SELECT '$1', $$ $2 $$, a FROM t WHERE a = 'x' AND b = 1 AND c = 'x'"


def test_time_is_a_constant_where_one_is_given() -> None:
    query = PatternQuery(
        pattern_id="p",
        label="l",
        sql="SELECT 'now()' FROM t WHERE a < now() AND b < CURRENT_TIMESTAMP AND c = $1",
        parameters=(),
        driving_table="t",
        expects_bounded=False,
    )
    assert Template(query).filled(["1"]) == query.sql.replace("$1", "1")
    assert Template(query).filled(["1"], now="'x'") == "SELECT 'now()' FROM t WHERE a < 'x' AND b < 'x' AND c = 1"


def test_witnesses_are_the_commonest_a_middling_and_the_rarest_value() -> None:
    column = ColumnStatistics(
        namespace="public",
        relation="t",
        name="a",
        most_common_vals='{"often","it\\"s"}',
        histogram_bounds='{"a","b","c","d","e"}',
    )
    witnesses = Witnesses(DatabaseStatistics(server_version=180000, columns=(column,)))
    assert [witnesses.value("t", "a", each) for each in ("common", "median", "rare")] == ["often", "c", "d"]
    only_common = replace(column, histogram_bounds=None)
    witnesses = Witnesses(DatabaseStatistics(server_version=180000, columns=(only_common,)))
    assert witnesses.value("t", "a", "rare") == 'it"s'


def test_every_column_has_a_profile_and_all_tables_grow_together() -> None:
    designed = design(_notes(*EVERYTHING))
    found = growths(designed)
    for table in designed.schema.tables:
        (profile,) = (each.profile for each in found if each.profile.name == table.name)
        assert {each.name for each in profile.columns} == {each.name for each in table.columns}
    sizes = {each.name: each.rows for each in at_volume(found, 2_000_000_000)}
    assert sizes["notes"] == 1000 * 2_000_000
    assert sizes["users"] == 1000 * 100_000


def test_small_reference_table_does_not_grow() -> None:
    country = Entity(name="Country", attributes=(_attribute("name", "text"),), volume=Volume(rows=200))
    spec = _notes()
    found = growths(design(spec.model_copy(update={"entities": (*spec.entities, country)})))
    assert {each.name: each.rows for each in at_volume(found, 1_000_000_000)}["countries"] == 200
