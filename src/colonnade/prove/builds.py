"""Claims about building: the script runs, and what it builds is what was designed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from colonnade.design import Design
from colonnade.emit import ddl
from colonnade.errors import StatementError, UnsupportedError
from colonnade.postgres import Session, introspect, own_namespaces
from colonnade.prove.claim import Claim, Evidence, Verdict
from colonnade.prove.versions import newer_hint
from colonnade.schema import ObjectName, Schema, own_part, without_expressions
from colonnade.schema.difference import differences
from colonnade.sql.script import split_script

_SHOWN = 20
_EDITED = "schema.sql no longer builds what was designed; undo the edits, or change the spec and design again"
_OTHER_MODELS = "create_all builds something else than schema.sql; change the models until the lines below are gone"
_UNLIKE_COPY = "the copy differs, so what is tried may not hold for the original"

Clock = Callable[[], float]
"""Seconds that only grow."""


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
    design: Design,
    script: str,
    session: Session,
    *,
    designed: Session | None = None,
    path: str = "schema.sql",
    clock: Clock = time.perf_counter,
) -> tuple[Evidence, ...]:
    """Run the design's script in the session's empty database, and compare the catalog with the designed schema.

    What the script builds stays, for other proofs to use. Expressions are compared only with a database in which the
    design was built by itself, `designed`: nothing but Postgres can spell them.
    """
    schema = design.schema
    runs = _evidence(
        Claim(
            id="builds/schema.sql/runs",
            kind="builds",
            sentence="schema.sql runs, as one transaction, in an empty database",
            object=ObjectName(kind="schema", name=design.name),
        ),
        lambda: _run(script, session, path),
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
    if designed is not None:
        return runs, _evidence(catalog, lambda: _compare_databases(schema, designed, session, unequal=_EDITED), clock)
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

    def compared() -> _Outcome:
        return _compare_databases(design.schema, script_session, models_session, unequal=_OTHER_MODELS)

    return (_evidence(claim, compared, clock),)


def compare_copy(schema: Schema, session: Session, *, name: str) -> Evidence:
    """Compare a copy with what it was made from: where they differ, what is tried may not hold for the original."""
    claim = Claim(
        id="builds/copy/catalog",
        kind="builds",
        sentence=f"a copy of {name} has the same catalog",
        object=ObjectName(kind="schema", name=name),
    )
    copy = introspect(session, namespaces=own_namespaces(session), allow_unsupported=True)
    found = differences(schema, copy)
    outcome = _compared(found, equal=f"{_count(schema)}, equal down to the expressions", unequal=_UNLIKE_COPY)
    verdict: Verdict = "proved" if outcome.ok else "not_run"
    return Evidence(claim=claim, verdict=verdict, observed=outcome.observed, details=outcome.details)


def stands(schema: Schema, session: Session) -> bool:
    """Tell whether the schema was built in the session's database, be it with other expressions."""
    try:
        found = read_back(schema, session)
    except UnsupportedError:
        return False
    return without_expressions(_ours(schema, schema)) == without_expressions(found)


def read_back(schema: Schema, session: Session) -> Schema:
    """Return what stands in the database, without the schema's external tables."""
    return _ours(introspect(session, namespaces=own_namespaces(session)), schema)


def _run(script: str, session: Session, path: str) -> _Outcome:
    try:
        session.script(script, path=path)
    except StatementError as problem:
        problem.hint = newer_hint(problem, session.server_version) or problem.hint
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


def _compare_databases(schema: Schema, wanted: Session, found: Session, *, unequal: str) -> _Outcome:
    try:
        before = read_back(schema, wanted)
        after = read_back(schema, found)
    except UnsupportedError as problem:
        return _Outcome(ok=False, observed=str(problem))
    return _compared(
        differences(before, after), equal=f"{_count(before)}, equal down to the expressions", unequal=unequal
    )


def _compared(found: Sequence[str], *, equal: str, unequal: str) -> _Outcome:
    if not found:
        return _Outcome(ok=True, observed=equal)
    more = (f"and {len(found) - _SHOWN} more",) if len(found) > _SHOWN else ()
    count = f"{len(found)} difference{'s' if len(found) > 1 else ''}"
    return _Outcome(ok=False, observed=f"{count}: {unequal}", details=(*found[:_SHOWN], *more))


def _ours(schema: Schema, designed: Schema) -> Schema:
    """Return the schema without what the design takes from other products."""
    return own_part(schema.with_external(designed.external_names))


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
