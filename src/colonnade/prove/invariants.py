"""Proofs that stored data keep the rules: each rule refuses a counter-example and lets a boundary witness pass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from colonnade.design import Design
from colonnade.errors import ProofError
from colonnade.postgres import Session
from colonnade.prove.behaviour_rules import behaviour_rules, unknown_trigger
from colonnade.prove.bench import Bench
from colonnade.prove.claim import Evidence
from colonnade.prove.experiments import Experiment, run
from colonnade.prove.key_rules import key_rules
from colonnade.prove.reference_rules import reference_rules
from colonnade.prove.row_rules import row_rules
from colonnade.prove.rows import RowFactory
from colonnade.prove.ruling import Ruling
from colonnade.prove.stage import let_owner_pass, possible, store
from colonnade.prove.worlds import TableName, Worlds, name_of, referenced
from colonnade.schema import ObjectName, Schema
from colonnade.spec import ApplicationRule

_RULES: tuple[Callable[[Bench], Iterator[Experiment]], ...] = (row_rules, key_rules, reference_rules)
_APPLICATION = "application rule of "

# In a partition a constraint or index has a name of its own, which is the one that Postgres reports.
_PARTITION_NAMES = """
    SELECT parent.relname, child.relname
    FROM pg_inherits i JOIN pg_class parent ON parent.oid = i.inhparent JOIN pg_class child ON child.oid = i.inhrelid
    WHERE parent.relkind = 'I'
    UNION
    SELECT parent.conname, child.conname
    FROM pg_constraint child JOIN pg_constraint parent ON parent.oid = child.conparentid
    ORDER BY 1, 2
"""


def prove_invariants(
    session: Session, schema: Schema, *, ruling: Ruling | None = None, factory: RowFactory | None = None
) -> tuple[Evidence, ...]:
    """Return the evidence on every rule of the schema, two claims or more for each.

    The schema must have been built in the session's database, external tables included. What triggers are for
    only the rules of a spec can tell. Everything is tried in one transaction and rolled back. `factory` makes rows of
    the schema in the session's database.
    """
    with session.rolled_back():
        let_owner_pass(session, schema.owned_tables)
        factory = factory or RowFactory(schema, session)
        names = _partition_names(session)
        benches = {
            name_of(table): Bench(factory=factory, table=table, partition_names=names) for table in schema.owned_tables
        }
        experiments = [each for bench in benches.values() for each in _experiments(bench)]
        able = {name: bench for name, bench in benches.items() if _problem(bench) is None}
        if ruling is not None:
            experiments += behaviour_rules(able, ruling)
        else:
            experiments += [unknown_trigger(bench, each) for bench in able.values() for each in bench.table.triggers]
        return _in_rounds(session, factory, experiments)


def _in_rounds(session: Session, factory: RowFactory, experiments: Sequence[Experiment]) -> tuple[Evidence, ...]:
    """Run the experiments together, but for those that need a row more where a key leaves room for few."""
    rounds: dict[tuple[str, TableName] | None, list[int]] = defaultdict(list)
    for place, each in enumerate(experiments):
        rounds[_round(factory.worlds, each.claim.object)].append(place)
    found: dict[int, Evidence] = {}
    for places in rounds.values():
        with session.rolled_back():
            problems = store(session, factory, [name for place in places for name in experiments[place].needs])
            ready = [possible(experiments[place], problems) for place in places]
            found |= zip(places, run(session, ready), strict=True)
    return tuple(found[place] for place in range(len(experiments)))


def _round(worlds: Worlds, about: ObjectName) -> tuple[str, TableName] | None:
    """Return the table with room for few rows that an experiment is on, or that a reference of it leads to."""
    own = (about.namespace, about.table or about.name)
    if own in worlds.turns and worlds.turns[own].room is not None:
        return "of", own
    keys = worlds.tables[own].foreign_keys if own in worlds.tables else ()
    for target in (referenced(key) for key in keys if key.name == about.name):
        if target in worlds.turns and worlds.turns[target].room is not None:
            return "to", target
    return None


def application_rules(design: Design) -> tuple[str, ...]:
    """Return the rules of the spec that only the application can hold, with the reason."""
    decided = {
        decision.question.removeprefix(_APPLICATION): decision.reason
        for decision in design.decisions
        if decision.question.startswith(_APPLICATION)
    }
    said = {
        f"{each.entity}: {each.sentence}": each.reason
        for each in design.spec.invariants
        if isinstance(each, ApplicationRule) and not any(text.endswith(f": {each.sentence}") for text in decided)
    }
    return tuple(f"{rule}. {reason}" for rule, reason in (decided | said).items())


def _experiments(bench: Bench) -> Iterator[Experiment]:
    """Yield every experiment on a table; one that says why when no row of it can be made."""
    problem = _problem(bench)
    if problem is not None:
        claim = bench.claim("row", "accepts", "a row that keeps every rule is accepted", kind="table")
        yield Experiment(claim=claim, impossible=problem.message)
        return
    for rules in _RULES:
        yield from rules(bench)


def _problem(bench: Bench) -> ProofError | None:
    """Return why no row of the table can be made, None when one can."""
    try:
        bench.factory.with_ancestors([bench.row()])
    except ProofError as problem:
        return problem
    return None


def _partition_names(session: Session) -> Mapping[str, tuple[str, ...]]:
    """Return the names of each partitioned index or constraint in its partitions, all the way down."""
    below: dict[str, list[str]] = {}
    for parent, child in session.execute(_PARTITION_NAMES):
        below.setdefault(parent, []).append(child)

    def all_below(name: str) -> tuple[str, ...]:
        children = [child for child in below.get(name, ()) if child != name]
        return tuple(each for child in children for each in (child, *all_below(child)))

    return {name: all_below(name) for name in below}
