"""Page images are what Postgres itself would accept."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.errors import UnsupportedError
from colonnade.postgres import Session
from colonnade.postgres.scale.pages import BLOCK_BYTES, btree_pages, checksum, with_checksum


@pytest.fixture
def inspecting(database: Session) -> Session:
    """A session that can look into pages."""
    database.execute("CREATE EXTENSION pageinspect")
    return database


@pytest.mark.parametrize("block", [0, 1, 130_999])
def test_checksum_is_the_servers(inspecting: Session, block: int) -> None:
    inspecting.execute("CREATE TABLE t AS SELECT i FROM generate_series(1, 100) i")
    page = inspecting.value("SELECT get_raw_page('t', 0)")
    assert checksum(page, block) == inspecting.value("SELECT page_checksum(%s, %s) & 65535", (page, block))


@settings(max_examples=20)
@given(st.binary(min_size=1, max_size=64), st.integers(0, 2**32 - 1))
def test_checksum_does_not_depend_on_the_one_in_the_page(pattern: bytes, block: int) -> None:
    page = (pattern * BLOCK_BYTES)[:BLOCK_BYTES]
    assert checksum(with_checksum(page, block), block) == checksum(page, block)


def empty_btree(session: Session) -> bytes:
    """The file of a B-tree without rows."""
    session.execute("CREATE TABLE t (i int PRIMARY KEY)")
    return bytes(session.value("SELECT get_raw_page('t_pkey', 0)"))


@pytest.mark.parametrize("height", [1, 2, 5])
def test_btree_becomes_a_chain_of_one_page_a_level(inspecting: Session, height: int) -> None:
    base = empty_btree(inspecting)
    pages = btree_pages(base, height=height)
    assert sorted(pages) == list(range(height + 2))
    meta = inspecting.rows("SELECT * FROM bt_metap('t_pkey')")[0]
    assert meta["root"] == 0
    levels = [inspecting.rows("SELECT * FROM page_header(%s)", (page,))[0] for _, page in sorted(pages.items())]
    assert {header["special"] for header in levels} == {8176}
    assert {header["version"] for header in levels} == {4}
    tuples = inspecting.rows("SELECT * FROM bt_page_items(%s)", (pages[height + 1],))
    assert [(row["ctid"], row["itemlen"]) for row in tuples] == [(f"({height},0)", 8)]


def test_btree_that_is_high_enough_stays(inspecting: Session) -> None:
    assert btree_pages(empty_btree(inspecting), height=0) == {}


def test_unknown_layout_is_refused() -> None:
    with pytest.raises(UnsupportedError):
        btree_pages(bytes(BLOCK_BYTES), height=3)
