"""Claims about building: the script runs, and what it builds is what was designed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from colonnade.design import Design
from colonnade.emit import ddl
from colonnade.errors import StatementError, UnsupportedError
from colonnade.postgres import Session, introspect
from colonnade.prove.claim import Claim, Evidence
from colonnade.schema import ObjectName, Schema, without_expressions
from colonnade.schema.difference import differences
from colonnade.sql.script import split_script

_SHOWN = 20

Clock = Callable[[], float]
"""Seconds that only grow."""


class _Placed(Protocol):
    @property
    def namespace(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What came of a claim."""

    ok: bool
    observed: str
    sql: str = ""
    sqlstate: str = ""
    details: tuple[str, ...] = ()


def make_stubs(schema: Schema, session: Session) -> None:
    """Create what other products would have: the external tables, each with its key."""
    for statement in ddl.stubs(schema):
        session.execute(statement)


def prove_script(
    design: Design, script: str, session: Session, *, path: str = "schema.sql", clock: Clock = time.perf_counter
) -> tuple[Evidence, ...]:
    """Run the design's script in the session's empty database, and compare the catalog with the designed schema.

    What the script builds stays, for other proofs to use. Expressions are not compared: only Postgres can spell them.
    """
    schema = design.schema
    runs = _evidence(
        Claim(
            id="builds/schema.sql/runs",
            kind="builds",
            sentence="schema.sql runs, as one transaction, in an empty database",
            object=ObjectName(kind="schema", name=design.name),
        ),
        lambda: _run(design.schema, script, session, path),
        clock,
    )
    catalog = Claim(
        id="builds/schema.sql/catalog",
        kind="builds",
        sentence="the catalog that schema.sql leaves equals the designed schema",
        object=ObjectName(kind="schema", name=design.name),
    )
    if runs.verdict != "proved":
        return runs, Evidence(claim=catalog, verdict="not_run", observed="schema.sql did not run")
    return runs, _evidence(catalog, lambda: _compare_with_design(schema, session), clock)


def prove_models(
    design: Design, *, script_session: Session, models_session: Session, clock: Clock = time.perf_counter
) -> tuple[Evidence, ...]:
    """Compare two databases: one that schema.sql built, and one that the models' `create_all` built."""
    claim = Claim(
        id="builds/models/catalog",
        kind="builds",
        sentence="create_all of the models gives the same catalog as schema.sql",
        object=ObjectName(kind="schema", name=design.name),
    )
    return (_evidence(claim, lambda: _compare_databases(design.schema, script_session, models_session), clock),)


def read_back(schema: Schema, session: Session) -> Schema:
    """Return what stands in the database in the schema's namespaces, without its external tables."""
    kinds: tuple[Iterable[_Placed], ...] = (
        schema.owned_tables,
        schema.enum_types,
        schema.domains,
        schema.sequences,
        schema.views,
        schema.functions,
    )
    namespaces = sorted({"public"} | {each.namespace for kind in kinds for each in kind})
    return _ours(introspect(session, namespaces=namespaces), schema)


def _run(schema: Schema, script: str, session: Session, path: str) -> _Outcome:
    try:
        make_stubs(schema, session)
        session.script(script, path=path)
    except StatementError as problem:
        return _Outcome(ok=False, observed=str(problem), sql=problem.statement, sqlstate=problem.sqlstate)
    return _Outcome(ok=True, observed=f"{len(split_script(script))} statements ran", sql=f"\\i {path}")


def _compare_with_design(schema: Schema, session: Session) -> _Outcome:
    try:
        found = read_back(schema, session)
    except UnsupportedError as problem:
        return _Outcome(ok=False, observed=str(problem))
    designed = _ours(schema, schema)
    return _compared(
        differences(without_expressions(designed), without_expressions(found)),
        equal=f"{_count(designed)}, all as designed",
        unequal="the catalog differs from the designed schema; spell the design as Postgres reads it back",
    )


def _compare_databases(schema: Schema, script_session: Session, models_session: Session) -> _Outcome:
    try:
        by_script = read_back(schema, script_session)
        by_models = read_back(schema, models_session)
    except UnsupportedError as problem:
        return _Outcome(ok=False, observed=str(problem))
    return _compared(
        differences(by_script, by_models),
        equal=f"{_count(by_script)}, equal down to the expressions",
        unequal="create_all builds something else than schema.sql; change the models until the lines below are gone",
    )


def _compared(found: Sequence[str], *, equal: str, unequal: str) -> _Outcome:
    if not found:
        return _Outcome(ok=True, observed=equal)
    more = (f"and {len(found) - _SHOWN} more",) if len(found) > _SHOWN else ()
    count = f"{len(found)} difference{'s' if len(found) > 1 else ''}"
    return _Outcome(ok=False, observed=f"{count}: {unequal}", details=(*found[:_SHOWN], *more))


def _ours(schema: Schema, designed: Schema) -> Schema:
    """Return the schema without what the design takes from other products."""
    external = {(table.namespace, table.name) for table in designed.tables if table.external}
    kept = (table for table in schema.owned_tables if (table.namespace, table.name) not in external)
    return replace(schema, tables=tuple(kept))


def _count(schema: Schema) -> str:
    columns = sum(len(table.columns) for table in schema.tables)
    constraints = sum(1 for table in schema.tables for _ in table.constraints)
    indexes = sum(len(table.indexes) for table in schema.tables)
    return f"{len(schema.tables)} tables, {columns} columns, {constraints} constraints, {indexes} indexes"


def _evidence(claim: Claim, outcome_of: Callable[[], _Outcome], clock: Clock) -> Evidence:
    start = clock()
    outcome = outcome_of()
    return Evidence(
        claim=claim,
        verdict="proved" if outcome.ok else "refuted",
        sql=outcome.sql,
        observed=outcome.observed,
        sqlstate=outcome.sqlstate,
        elapsed_ms=(clock() - start) * 1000,
        details=outcome.details,
    )
