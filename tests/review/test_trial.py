"""Statements that do not end, and refused ones, on a scratch database."""

from __future__ import annotations

from colonnade.postgres import Session
from colonnade.review.plan.scripts import statements_of
from colonnade.review.plan.trial import Trial, read_schema, tried


def trial_of(session: Session, text: str, *, seconds: float = 60.0, one_transaction: bool = False) -> Trial:
    """Try a script."""
    statements = statements_of(text, path="a.sql", one_transaction=one_transaction)
    return tried(
        session,
        statements,
        one_transaction=one_transaction,
        complete=True,
        before=read_schema(session),
        seconds=seconds,
    )


def test_statement_without_an_end_is_left_and_listed(database: Session) -> None:
    trial = trial_of(database, "SELECT pg_sleep(3600); CREATE TABLE t (id bigint);", seconds=0.5)
    assert [bool(each.untried) for each in trial.statements] == [True, False]
    assert "longer than 0.5 s" in trial.unseen[0][1]
    assert trial.after.has_table("t")


def test_refused_statement_is_undone_and_the_rest_of_its_transaction_goes_on(database: Session) -> None:
    text = "CREATE TABLE a (id bigint); CREATE TABLE a (id bigint); CREATE TABLE b (id bigint);"
    trial = trial_of(database, text, one_transaction=True)
    assert [each.refused is not None for each in trial.statements] == [False, True, False]
    assert [table.name for table in trial.after.tables] == ["a", "b"]
    assert not database.in_transaction


def test_nothing_of_the_trial_is_left_behind(database: Session) -> None:
    trial_of(database, "CREATE TABLE a (id bigint);")
    assert database.value("SELECT count(*) FROM pg_event_trigger") == 0
