"""Indexes can be pretended and hidden, and leave nothing behind."""

from __future__ import annotations

import pytest

from colonnade.errors import DatabaseError, InputError
from colonnade.postgres import Server, Session, explain
from colonnade.postgres.scale import ScaledDatabase, export_statistics
from shop import SHOP, shop_profiles

BY_CUSTOMER = 'SELECT * FROM "order" WHERE customer_id = 7 ORDER BY placed_at DESC, id DESC LIMIT 20'


@pytest.fixture
def large(scaled: ScaledDatabase) -> ScaledDatabase:
    """A shop of ten million orders."""
    scaled.synthesise(shop_profiles(1e7))
    return scaled


def state(session: Session) -> list[tuple[object, ...]]:
    """What the catalog says about every table and index."""
    return session.execute(
        "SELECT c.oid, relname, relfilenode, relpages, reltuples, relallvisible, relhasindex, indisvalid"
        " FROM pg_class c LEFT JOIN pg_index ON indexrelid = c.oid"
        " WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
    )


def test_hidden_index_is_not_used(large: ScaledDatabase) -> None:
    before = state(large.session)
    with_index = large.explain(BY_CUSTOMER)
    assert with_index.indexes_used() == ("order_customer_placed",)
    with large.without_index("order_customer_placed"):
        without = large.explain(BY_CUSTOMER)
        assert without.indexes_used() == ()
    assert without.total_cost > 1000 * with_index.total_cost
    assert large.explain(BY_CUSTOMER).raw == with_index.raw
    assert state(large.session) == before


def test_hiding_works_on_all_partitions(large: ScaledDatabase) -> None:
    sql = "SELECT * FROM visit WHERE customer_id = 7"
    assert large.explain(sql).indexes_used() == ("visit_1_customer_id_at_idx", "visit_2_customer_id_at_idx")
    with large.without_index("visit_customer"):
        assert large.explain(sql).indexes_used() == ()


def test_several_indexes_hide_and_blocks_nest(large: ScaledDatabase) -> None:
    with large.without_index("order_customer_placed"), large.without_index("order_pkey", "public.order_open"):
        assert large.explain('SELECT * FROM "order" WHERE id = gen_random_uuid()').indexes_used() == ()


def test_unknown_index_is_refused(large: ScaledDatabase) -> None:
    with pytest.raises(InputError, match="no such index: missing"), large.without_index("missing"):
        pass
    with pytest.raises(InputError, match="no such index: customer"), large.without_index("customer"):
        pass


DDL = {
    "plain": ('CREATE INDEX wish ON "order" (total)', 'SELECT * FROM "order" WHERE total = 999'),
    "concurrently": (
        'create index concurrently if not exists wish on "order" (total)',
        'SELECT * FROM "order" WHERE total = 999',
    ),
    "unnamed": ('CREATE INDEX ON public."order" (total)', 'SELECT * FROM "order" WHERE total = 999'),
    "partial": (
        "CREATE INDEX wish ON \"order\" (total) WHERE state = 'paid'",
        "SELECT * FROM \"order\" WHERE state = 'paid' AND total = 7",
    ),
    "expression": ("CREATE INDEX wish ON customer (upper(email))", "SELECT * FROM customer WHERE upper(email) = 'X'"),
    "covering": ('CREATE INDEX wish ON "order" (total) INCLUDE (state)', 'SELECT state FROM "order" WHERE total = 5'),
    "unique": ("CREATE UNIQUE INDEX wish ON customer (email)", "SELECT * FROM customer WHERE email = 'x'"),
    "gin": ('CREATE INDEX wish ON "order" USING gin (extra)', "SELECT * FROM \"order\" WHERE extra ? 'missing'"),
    "brin": ("CREATE INDEX wish ON visit_1 USING brin (at)", "SELECT count(*) FROM visit_1 WHERE at < '2025-01-02+00'"),
    "hash": ("CREATE INDEX wish ON customer USING hash (email)", "SELECT * FROM customer WHERE email = 'x'"),
}


@pytest.mark.parametrize(("ddl", "sql"), DDL.values(), ids=DDL.keys())
def test_pretended_index_is_used(large: ScaledDatabase, ddl: str, sql: str) -> None:
    before = state(large.session)
    without = large.explain(sql)
    with large.what_if(ddl) as made:
        plan = large.explain(sql)
        (index,) = made
        assert plan.indexes_used() == (index.name,)
        assert plan.total_cost < without.total_cost
        assert index.blocks > 0
        assert large.session.value("SELECT pg_relation_size(%s::regclass) / 8192", (index.name,)) == index.blocks
    assert large.explain(sql).raw == without.raw
    assert state(large.session) == before


def test_index_on_a_partitioned_table_is_pretended_on_each_partition(large: ScaledDatabase) -> None:
    with large.what_if("CREATE INDEX wish ON visit (at)") as made:
        assert [(index.name, index.table) for index in made] == [
            ("visit_1_at_idx", "visit_1"),
            ("visit_2_at_idx", "visit_2"),
        ]
        assert large.explain("SELECT * FROM visit WHERE at = '2025-02-03'").indexes_used() == ("visit_1_at_idx",)


def test_several_indexes_are_pretended_together(large: ScaledDatabase) -> None:
    with large.what_if("CREATE INDEX a ON customer (email)", "CREATE INDEX b ON customer (country)") as made:
        assert [index.name for index in made] == ["a", "b"]
        assert large.explain("SELECT * FROM customer WHERE email = 'x'").indexes_used() == ("a",)


def test_pretended_index_plans_like_a_real_one(server: Server, shop: Session, scaled: ScaledDatabase) -> None:
    ddl = 'CREATE INDEX wish ON "order" (state, placed_at)'
    sql = "SELECT * FROM \"order\" WHERE state = 'paid' AND placed_at < '2024-02-01+00' ORDER BY placed_at LIMIT 7"
    scaled.load(export_statistics(shop))
    with shop.rolled_back():
        shop.execute(ddl)
        true_blocks = shop.value("SELECT pg_relation_size('wish') / 8192")
        real = explain(shop, sql)
    with scaled.what_if(ddl) as (index,):
        assert index.blocks == pytest.approx(true_blocks, rel=0.1)
        assert scaled.explain(sql).access_paths() == real.access_paths()
        assert scaled.explain(sql).total_cost == pytest.approx(real.total_cost, rel=0.02)


def test_pretended_and_hidden_together_show_a_replacement(large: ScaledDatabase) -> None:
    with (
        large.what_if('CREATE INDEX wish ON "order" (customer_id, placed_at DESC)'),
        large.without_index("order_customer_placed"),
    ):
        assert large.explain(BY_CUSTOMER).indexes_used() == ("wish",)


@pytest.mark.parametrize("ddl", ["DROP INDEX x", "CREATE TABLE t ()", ""])
def test_other_statements_are_refused(large: ScaledDatabase, ddl: str) -> None:
    with pytest.raises(InputError, match="not a CREATE INDEX statement"), large.what_if(ddl):
        pass


def test_index_that_postgres_refuses_is_an_error_and_leaves_nothing(large: ScaledDatabase) -> None:
    before = state(large.session)
    with pytest.raises(DatabaseError, match="missing"), large.what_if('CREATE INDEX ON "order" (missing)'):
        pass
    with pytest.raises(InputError, match="is not there"), large.what_if("CREATE INDEX ON missing (id)"):
        pass
    assert state(large.session) == before


def test_dropped_columns_do_not_disturb(server: Server, database: Session) -> None:
    database.script(SHOP)
    database.execute('ALTER TABLE "order" DROP COLUMN note')
    profiles = [
        type(one)(name=one.name, rows=one.rows, columns=tuple(c for c in one.columns if c.name != "note"))
        for one in shop_profiles(1e6)
    ]
    with ScaledDatabase(server, database) as scaled:
        scaled.synthesise(profiles)
        with scaled.what_if('CREATE INDEX wish ON "order" (extra, total)'):
            plan = scaled.explain("SELECT * FROM \"order\" WHERE extra = '{}' AND total = 3")
            assert plan.indexes_used() == ("wish",)
