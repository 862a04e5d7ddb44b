"""An empty database with a full one's statistics plans alike, at any size, again and again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from colonnade.errors import InputError, UnsupportedError
from colonnade.postgres import Server, Session, explain
from colonnade.postgres.scale import DatabaseStatistics, ScaledDatabase, export_statistics
from shop import QUERIES, SHOP, SHOP_INDEXES


@pytest.fixture(scope="session")
def exported(shop: Session) -> DatabaseStatistics:
    """What the planner knows about the loaded shop."""
    return export_statistics(shop)


def blocks(session: Session, relation: str) -> int:
    """The blocks that the server sees in a table or index."""
    return int(session.value("SELECT pg_relation_size(%s::regclass) / 8192", (relation,)))


def cost(scaled: ScaledDatabase, sql: str) -> float:
    """What a statement would cost."""
    return scaled.explain(sql).total_cost


def test_plans_are_identical(shop: Session, scaled: ScaledDatabase, exported: DatabaseStatistics) -> None:
    scaled.load(exported)
    assert scaled.unseeded == ()
    differing = [sql for sql in QUERIES if scaled.explain(sql).raw != explain(shop, sql).raw]
    assert differing == []
    assert len(QUERIES) == 60


def test_plans_need_the_statistics(shop: Session, scaled: ScaledDatabase) -> None:
    same = [sql for sql in QUERIES if scaled.explain(sql).raw == explain(shop, sql).raw]
    assert len(same) < 6


@pytest.fixture
def checking_server() -> Iterator[Server]:
    """A server that checks the sum of each page that it reads."""
    with Server.start(data_checksums=True) as started:
        yield started


def test_pages_carry_checksums_where_the_server_checks_them(
    shop: Session, checking_server: Server, exported: DatabaseStatistics
) -> None:
    with checking_server.scratch_database() as session:
        assert session.value("SHOW data_checksums") == "on"
        session.script(SHOP + SHOP_INDEXES)
        with ScaledDatabase(checking_server, session) as scaled:
            scaled.load(exported.scaled(50))
            assert all(scaled.explain(sql) for sql in QUERIES)
            scaled.load(exported)
            assert scaled.explain(QUERIES[4]).raw == explain(shop, QUERIES[4]).raw


def test_patched_btrees_pass_amcheck(scaled: ScaledDatabase, exported: DatabaseStatistics) -> None:
    scaled.load(exported.scaled(10_000))
    scaled.session.execute("CREATE EXTENSION amcheck")
    scaled.session.execute("CREATE EXTENSION pageinspect")
    checked = scaled.session.execute(
        "SELECT c.relname, (bt_metap(c.oid::regclass::text)).level, bt_index_parent_check(c.oid)::text"
        " FROM pg_class c JOIN pg_am m ON m.oid = c.relam JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE m.amname = 'btree' AND c.relkind = 'i' AND n.nspname = 'public' ORDER BY 1"
    )
    heights = {name: height for name, height, _ in checked}
    assert heights["order_customer_placed"] >= 3
    assert len(heights) == 8


def test_files_have_true_sizes_and_owner(server: Server, scaled: ScaledDatabase, exported: DatabaseStatistics) -> None:
    scaled.load(exported.scaled(20_000))
    (relation,) = [one for one in exported.relations if one.name == "order"]
    assert blocks(scaled.session, '"order"') == relation.blocks * 20_000 > 2 * 131_072
    assert server.data_folder is not None
    first = server.data_folder / scaled.session.value("SELECT pg_relation_filepath('\"order\"')")
    segments = [first, Path(f"{first}.1"), Path(f"{first}.2")]
    assert [segment.stat().st_size for segment in segments[:2]] == [1 << 30] * 2
    assert len({(segment.stat().st_uid, segment.stat().st_gid) for segment in segments}) == 1
    assert sum(segment.stat().st_blocks * 512 for segment in segments) < 100_000


def test_sizes_grow_and_shrink(shop: Session, scaled: ScaledDatabase, exported: DatabaseStatistics) -> None:
    sql = "SELECT count(*) FROM \"order\" WHERE state = 'paid'"
    scaled.load(exported)
    small = cost(scaled, sql)
    scaled.load(exported.scaled(50_000))
    large = cost(scaled, sql)
    assert large > 10_000 * small
    scaled.load(exported.scaled(0.1))
    assert cost(scaled, sql) < small
    scaled.load(exported)
    differing = [query for query in QUERIES if scaled.explain(query).raw != explain(shop, query).raw]
    assert differing == []


def test_what_a_vacuum_has_cut_is_mended_by_loading_again(
    shop: Session, scaled: ScaledDatabase, exported: DatabaseStatistics
) -> None:
    scaled.load(exported)
    whole = blocks(scaled.session, '"order"')
    scaled.session.execute('VACUUM (ANALYZE) "order"')
    assert blocks(scaled.session, '"order"') < whole
    scaled.load(replace(exported, columns=tuple(replace(one) for one in exported.columns)))
    assert blocks(scaled.session, '"order"') == whole
    assert scaled.explain(QUERIES[4]).raw == explain(shop, QUERIES[4]).raw


def test_heights_and_counts_are_estimated_where_nobody_could_look(
    shop: Session, scaled: ScaledDatabase, exported: DatabaseStatistics
) -> None:
    blind = [replace(one, btree_height=None, gin=None, brin_last_revmap_page=None) for one in exported.relations]
    scaled.load(replace(exported, relations=tuple(blind)))
    pairs = [(scaled.explain(sql), explain(shop, sql)) for sql in QUERIES]
    assert sum(one.access_paths() == other.access_paths() for one, other in pairs) >= 58
    assert max(one.total_cost / other.total_cost for one, other in pairs) < 1.1


def test_statistics_survive_json(exported: DatabaseStatistics) -> None:
    assert DatabaseStatistics.from_json(exported.to_json()) == exported


@pytest.mark.parametrize("text", ["", "[]", '{"server_version": "x"}', '{"relations": []}'])
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="not a statistics file"):
        DatabaseStatistics.from_json(text)


def test_extended_statistics_are_taken_along(server: Server, scaled: ScaledDatabase) -> None:
    statistics = 'CREATE STATISTICS both_columns (mcv) ON state, total FROM "order"'
    sql = "SELECT * FROM \"order\" WHERE state = 'open' AND total = 2.25"
    with server.scratch_database() as real:
        real.script(f"{SHOP} {statistics}")
        real.script(
            "INSERT INTO customer VALUES (1, 'x', 'US');"
            " INSERT INTO \"order\" SELECT gen_random_uuid(), 1, CASE i % 10 WHEN 0 THEN 'open' ELSE 'paid' END,"
            " i % 10 / 4.0, now(), NULL, '{}' FROM generate_series(1, 10000) i; VACUUM ANALYZE",
            atomic=False,
        )
        exported = export_statistics(real)
        truth = explain(real, sql).rows
    scaled.session.execute(statistics)
    scaled.load(exported)
    assert scaled.explain(sql).rows == truth == 1
    scaled.load(replace(exported, extended=()))
    scaled.session.execute("DROP STATISTICS both_columns")
    assert scaled.explain(sql).rows == 100


def test_statistics_of_another_schema_are_refused(server: Server, exported: DatabaseStatistics) -> None:
    with server.scratch_database() as session, ScaledDatabase(server, session) as scaled:
        with pytest.raises(InputError, match="another schema") as caught:
            scaled.load(exported)
        assert '"public.customer"' in caught.value.detail


def test_tables_with_rows_are_refused(server: Server, database: Session) -> None:
    database.execute("CREATE TABLE full_one AS SELECT i, repeat('x', 100) FROM generate_series(1, 50000) i")
    database.execute("ANALYZE full_one")
    with ScaledDatabase(server, database) as scaled, pytest.raises(InputError, match="has rows in it"):
        scaled.load(export_statistics(database))


def test_server_of_somebody_else_is_refused(server: Server, database: Session) -> None:
    with pytest.raises(UnsupportedError, match="a server we own"):
        ScaledDatabase(Server.at(server.dsn), database)


def test_rows_that_cannot_be_seeded_are_named(server: Server, database: Session) -> None:
    schema = (
        "CREATE TABLE slot (id int PRIMARY KEY, room int NOT NULL, CHECK (id <> 1 OR room < 3),"
        " EXCLUDE USING btree (room WITH =)); CREATE INDEX slot_room ON slot (room)"
    )
    database.script(schema)
    with server.scratch_database() as real:
        real.script(schema)
        real.execute("INSERT INTO slot SELECT i, i FROM generate_series(1, 500) i")
        real.execute("VACUUM ANALYZE slot")
        exported = export_statistics(real)
    one_room = [replace(one, highest=one.lowest) for one in exported.ranges if one.column == "room"]
    with ScaledDatabase(server, database) as scaled:
        scaled.load(replace(exported, ranges=tuple(one_room)))
        assert list(scaled.unseeded) == ["public.slot"]
        scaled.load(exported)
        assert list(scaled.unseeded) == []
        assert database.value("SELECT array_agg(id ORDER BY id) FROM slot") == [1, 500]
        assert database.value("SELECT relchecks FROM pg_class WHERE relname = 'slot'") == 1


def test_role_that_may_not_look_exports_what_it_can(shop: Session, exported: DatabaseStatistics) -> None:
    with shop.rolled_back():
        shop.execute("CREATE ROLE reader IN ROLE pg_read_all_data")
        shop.set_role("reader")
        seen = export_statistics(shop)
    assert {one.btree_height for one in seen.relations} == {None}
    assert seen.columns == exported.columns
    assert seen.extended == ()
