"""Plans come back as values, without running anything."""

from __future__ import annotations

import pytest

from colonnade.errors import StatementError, UnsupportedError
from colonnade.postgres import AccessPath, Session, explain


@pytest.fixture
def tables(database: Session) -> Session:
    """A session on two analysed tables of 10,000 and 100 rows."""
    database.script(
        "CREATE TABLE author (id int PRIMARY KEY, name text);"
        "CREATE TABLE book (id int PRIMARY KEY, author_id int, title text);"
        "CREATE INDEX book_author ON book (author_id);"
        "INSERT INTO author SELECT i, 'a' || i FROM generate_series(1, 100) i;"
        "INSERT INTO book SELECT i, 1 + i % 100, 'b' || i FROM generate_series(1, 10000) i;"
        "ANALYZE author, book"
    )
    return database


def test_index_scan_has_its_condition(tables: Session) -> None:
    plan = explain(tables, "SELECT * FROM book b WHERE id = %s AND title = 'x'", (5,))
    (scan,) = plan.scans()
    assert (scan.node_type, scan.relation, scan.alias) == ("Index Scan", "book", "b")
    assert scan.index == "book_pkey"
    assert scan.index_cond == "(id = 5)"
    assert "title" in scan.filter
    assert plan.indexes_used() == ("book_pkey",)
    assert plan.total_cost == scan.total_cost > 0
    assert plan.access_paths() == (AccessPath(alias="b", method="index", indexes=("book_pkey",)),)


def test_bitmap_scan_names_its_index_and_table(tables: Session) -> None:
    plan = explain(tables, "SELECT * FROM book WHERE author_id = 7")
    assert plan.root.node_type == "Bitmap Heap Scan"
    assert plan.access_paths() == (AccessPath(alias="book", method="bitmap", indexes=("book_author",)),)


def test_sorts_are_measured_by_what_goes_in(tables: Session) -> None:
    plan = explain(tables, "SELECT * FROM book ORDER BY title LIMIT 5")
    assert plan.rows == 5
    assert plan.has_sort_over(9_999)
    assert not plan.has_sort_over(10_000)
    assert [node.sort_key for node in plan.nodes() if node.sort_key] == [("title",)]


def test_joins_have_children(tables: Session) -> None:
    plan = explain(tables, "SELECT * FROM author JOIN book ON author.id = author_id")
    assert plan.root.node_type == "Hash Join"
    assert {path.alias for path in plan.access_paths()} == {"author", "book"}
    assert plan.outline().splitlines()[1].startswith("  Seq Scan on book (cost ")


def test_generic_plan_does_not_know_the_value(tables: Session) -> None:
    plan = explain(tables, "SELECT * FROM book WHERE author_id = $1", generic=True)
    assert "$1" in (plan.root.children[0].index_cond or plan.root.index_cond)


def test_settings_hold_for_one_plan(tables: Session) -> None:
    sql = "SELECT * FROM book WHERE id = 5"
    without = explain(tables, sql, settings={"enable_indexscan": "off", "enable_bitmapscan": "off"})
    assert without.root.node_type == "Seq Scan"
    assert explain(tables, sql).root.node_type == "Index Scan"


def test_nothing_is_executed(tables: Session) -> None:
    plan = explain(tables, "DELETE FROM book")
    assert plan.root.node_type == "ModifyTable"
    assert plan.access_paths() == (AccessPath(alias="book", method="seq"),)
    assert tables.value("SELECT count(*) FROM book") == 10_000


def test_bad_statement_is_refused(tables: Session) -> None:
    with pytest.raises(StatementError):
        explain(tables, "SELECT missing FROM book")


def test_generic_plans_need_16(tables: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("colonnade.postgres.session.Session.server_version", 150000)
    with pytest.raises(UnsupportedError):
        explain(tables, "SELECT 1", generic=True)
