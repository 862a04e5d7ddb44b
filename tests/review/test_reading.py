"""Statements read as acts, and the transactions and timeouts that they run in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.errors import StatementError
from colonnade.postgres import Server, Session
from colonnade.review.plan import acts
from colonnade.review.plan.acts import Name
from colonnade.review.plan.reading import acts_of
from colonnade.review.plan.scripts import statements_of
from colonnade.review.plan.structure import duration_ms
from colonnade.span import Span
from review_workshop import cases

TESTS = Path(__file__).parents[1]
SCRIPTS = [path.read_text(encoding="utf-8") for path in sorted((TESTS / "migrate" / "cases").glob("*.sql"))]
HERE = Span(path="a.sql")


def read(sql: str) -> tuple[acts.Act, ...]:
    """Return the acts of a statement."""
    return acts_of(sql, at=HERE)


@pytest.mark.parametrize(
    "text", [*SCRIPTS, *(case.text for path in sorted((TESTS / "rules").glob("*.md")) for case in cases(path))]
)
def test_every_statement_is_read_and_its_acts_lie_within_it(text: str) -> None:
    for statement in statements_of(text, path="a.sql", one_transaction=False):
        assert statement.acts
        last = statement.at.line + statement.sql.count("\n")
        assert all(statement.at.line <= statement.place(act).line <= last for act in statement.acts)


def test_places_of_subcommands_count_characters_and_not_bytes() -> None:
    (statement,) = statements_of(
        "ALTER TABLE t -- ääääääääääää\n  ADD COLUMN a text, -- ööööööööööö\n  ADD COLUMN b text",
        path="a",
        one_transaction=False,
    )
    assert [statement.place(act).line for act in statement.acts] == [2, 3]


def test_names_are_folded_and_keep_their_schema() -> None:
    (act,) = read('DROP TABLE "Sales"."Order ä", Plain')
    assert isinstance(act, acts.Drop)
    assert act.names == (Name("Sales", "Order ä"), Name("", "plain"))
    assert [str(name) for name in act.names] == ["Sales.Order ä", "plain"]


def test_block_spells_out_what_it_runs() -> None:
    body = "DO $$ BEGIN\n  IF true THEN\n    EXECUTE 'DROP TABLE x';\n  END IF;\n  EXECUTE 'DROP TABLE ' || y;\nEND $$"
    block, drop = read(body)
    assert isinstance(block, acts.Block)
    assert block.opaque == ("'DROP TABLE ' || y",)
    assert isinstance(drop, acts.Drop)
    assert body[: drop.offset].count("\n") == 2


def test_what_is_no_sql_is_an_error_with_its_line() -> None:
    with pytest.raises(StatementError) as caught:
        statements_of("SELECT 1;\n\nALTER\n  TABEL x", path="a.sql", one_transaction=False)
    assert caught.value.at is not None
    assert caught.value.at.line == 4


def test_timeouts_and_transactions() -> None:
    text = (
        "SET lock_timeout = '2s'; BEGIN; SET LOCAL lock_timeout = '1min'; SELECT 1; COMMIT; SELECT 2;"
        "SELECT set_config('lock_timeout', '5', false); SELECT 3; RESET lock_timeout; SELECT 4"
    )
    found = {each.sql: each for each in statements_of(text, path="a", one_transaction=False)}
    assert [found[f"SELECT {number}"].lock_timeout_ms for number in (1, 2, 3, 4)] == [60_000, 2_000, 5, 0]
    assert [found[f"SELECT {number}"].transaction for number in (1, 2)] == [1, None]
    assert {each.transaction for each in statements_of("SELECT 1; SELECT 2", path="a", one_transaction=True)} == {0}


@pytest.fixture(scope="module")
def settings_session(server: Server) -> Iterator[Session]:
    """Give a session on which settings are made."""
    with server.session() as session:
        yield session


@given(value=st.integers(0, 5000), unit=st.sampled_from(["", "ms", "s", "min", " s", " ms"]))
@settings(max_examples=100)
def test_timeouts_are_read_as_postgres_reads_them(settings_session: Session, value: int, unit: str) -> None:
    text = f"{value}{unit}"
    settings_session.execute("SELECT set_config('lock_timeout', %s, false)", (text,))
    said = settings_session.value("SELECT setting::bigint FROM pg_settings WHERE name = 'lock_timeout'")
    assert duration_ms(text) == said
