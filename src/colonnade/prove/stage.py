"""The rows that experiments start from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from colonnade.errors import ProofError, StatementError
from colonnade.postgres import Session
from colonnade.prove import statements
from colonnade.prove.experiments import Experiment
from colonnade.prove.rows import Row, RowFactory
from colonnade.prove.worlds import RowName
from colonnade.schema import Table


def store(session: Session, factory: RowFactory, names: Iterable[RowName]) -> dict[RowName, str]:
    """Store the rows with these names and all that they refer to; return why some could not be."""
    problems: dict[RowName, str] = {}
    groups = factory.with_ancestors(_possible(factory, names, problems))
    inserts = [statements.insert_together([row.insert() for row in group]) for group in groups]
    try:
        with session.transaction():
            session.execute(";\n".join([*inserts, "SET CONSTRAINTS ALL IMMEDIATE"]))
    except StatementError:
        for group, insert in zip(groups, inserts, strict=True):
            problems |= _store_one(session, group, insert)
    return problems


def _store_one(session: Session, group: tuple[Row, ...], insert: str) -> dict[RowName, str]:
    """Store one row, or rows in a circle, and return why that failed."""
    try:
        with session.transaction():
            session.execute(insert)
            session.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except StatementError as problem:
        reason = f"{problem.sqlstate} {problem.constraint or problem.message}"
        return {
            row.name: f'a row of "{row.table.name}" that should be acceptable is refused: {reason}' for row in group
        }
    return {}


def _possible(factory: RowFactory, names: Iterable[RowName], problems: dict[RowName, str]) -> Iterator[Row]:
    """Yield the rows for which acceptable values were found, with acceptable ancestors."""
    for name in dict.fromkeys(names):
        try:
            row = factory.named(name)
            factory.with_ancestors([row])
        except ProofError as problem:
            problems[name] = problem.message
        else:
            yield row


def possible(experiment: Experiment, problems: Mapping[RowName, str], *, obstacle: str = "") -> Experiment:
    """Return the experiment, or one that says why it cannot be made: a row that is missing, or an obstacle to all."""
    reasons = [obstacle] if obstacle else [problems[name] for name in experiment.needs if name in problems]
    if experiment.impossible or not reasons:
        return experiment
    return Experiment(claim=experiment.claim, impossible=reasons[0])


def let_owner_pass(session: Session, tables: Iterable[Table]) -> None:
    """Take FORCE ROW LEVEL SECURITY off, until the transaction is rolled back, when we are no superuser."""
    bypasses = session.value("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    for table in tables:
        if table.force_row_security and not bypasses:
            session.execute(f"ALTER TABLE {table.identifier} NO FORCE ROW LEVEL SECURITY")
