"""Claims about mappings: rows pass through their classes, relationships lead where they should, deletions agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from colonnade.design import Design, RelationshipBinding
from colonnade.models import MappedModel, MappedRelationship, ModelsProcess, Step, StepName, Trials
from colonnade.postgres import Session
from colonnade.prove.claim import Claim, Evidence, Verdict
from colonnade.prove.map_trials import MapTrials, table_key
from colonnade.prove.rows import RowFactory
from colonnade.schema import ObjectName, Schema, Table

_ROW_STEPS: dict[StepName, str] = {
    "insert": "is inserted through its class",
    "load": "is read back, each column as it was written",
    "update": "is changed through a session as in SQL",
    "delete": "is deleted through a session as in SQL",
    "async": "passes through an AsyncSession, which never has to load anything by itself",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingMaps:
    """Trials that the models' process is busy with; `evidence` waits for them."""

    process: ModelsProcess
    trials: MapTrials
    decided: tuple[Evidence, ...]

    def evidence(self) -> tuple[Evidence, ...]:
        """Return the evidence for every claim, ordered by the claims' ids."""
        steps: dict[str, list[Step]] = {}
        for step in self.process.finish_exercise():
            steps.setdefault(step.trial, []).append(step)
        found = [*self.decided, *_evidence(self.trials, steps)]
        return tuple(sorted(found, key=lambda each: each.claim.id))


def prove_maps(
    design: Design, *, process: ModelsProcess, session: Session, factory: RowFactory | None = None
) -> tuple[Evidence, ...]:
    """Try every mapped class and relationship in the session's database; nothing of it stays there.

    The database must be empty and built by the models' `create_all`, external tables included.
    """
    return begin_maps(design, process=process, session=session, factory=factory).evidence()


def begin_maps(
    design: Design, *, process: ModelsProcess, session: Session, factory: RowFactory | None = None
) -> PendingMaps:
    """Let the models' process try them while we do something else; see `prove_maps`."""
    schema = design.schema
    trials = MapTrials(schema, factory or RowFactory(schema, session))
    models = {model.table: model for model in process.models}
    decided = [*_unmapped_tables(schema, models), *_unmapped_references(design, models)]
    trials.add(models.values())
    decided += [Evidence(claim=each.claim, verdict="not_run", observed=each.reason) for each in trials.untried]
    process.begin_exercise(
        Trials(
            url=session.url,
            prelude=_prelude(session, schema),
            deferring=_deferring(schema),
            rows=tuple(trials.rows.values()),
            loads=trials.loads,
            deletes=tuple(trials.deletes.values()),
        )
    )
    return PendingMaps(process=process, trials=trials, decided=tuple(decided))


def _prelude(session: Session, schema: Schema) -> tuple[str, ...]:
    """Return what lets an owner who is bound by row-level security see the rows of the trials."""
    if session.value("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"):
        return ()
    return tuple(
        f"ALTER TABLE {table.identifier} NO FORCE ROW LEVEL SECURITY"
        for table in schema.owned_tables
        if table.force_row_security
    )


def _deferring(schema: Schema) -> bool:
    """Whether there are constraints that may be checked late."""
    constraints = (constraint for table in schema.owned_tables for constraint in table.constraints)
    by_trigger = any(trigger.deferrable for table in schema.owned_tables for trigger in table.triggers)
    return by_trigger or any(getattr(constraint, "deferrable", False) for constraint in constraints)


def _unmapped_tables(schema: Schema, models: Mapping[str, MappedModel]) -> Iterator[Evidence]:
    """Refute what is not there: a class for each table that is more than the association of a relationship."""
    associations = {each.association for model in models.values() for each in model.relationships}
    for table in schema.owned_tables:
        key = table_key(table)
        claim = Claim(
            id=f"maps/{key}/mapped",
            kind="maps",
            sentence=f"a class or relationship maps {key}",
            object=ObjectName(kind="table", name=table.name, namespace=table.namespace),
        )
        if key in models:
            yield Evidence(claim=claim, verdict="proved", observed=f"{models[key].name} maps it")
        elif key in associations:
            yield Evidence(claim=claim, verdict="proved", observed="relationships go through it")
        else:
            yield Evidence(claim=claim, verdict="refuted", observed=f"no class maps it; add one for {key}")


def _unmapped_references(design: Design, models: Mapping[str, MappedModel]) -> Iterator[Evidence]:
    """Refute what is not there: the relationships that the spec names."""
    for binding in design.bindings.relationships:
        if not binding.attribute:
            continue
        table = binding.association or binding.table
        found = {
            f"{model.name}.{each.name}": each
            for model in models.values()
            for each in model.relationships
            if _goes_over(model, each.direction, each.association, each.target_table, table)
            and (set(each.columns) == set(binding.columns) or set(each.target_columns) == set(binding.columns))
        }
        claim = Claim(
            id=f"maps/{binding.table}/{binding.attribute}/mapped",
            kind="maps",
            sentence=f"the relationship {binding.source}.{binding.relationship} is mapped on both sides",
            object=ObjectName(kind="relationship", name=binding.attribute, table=binding.table),
        )
        observed = f"as {' and '.join(sorted(found))}" if found else "no relationship"
        fault = _fault(binding, found)
        verdict: Verdict = "refuted" if fault else "proved"
        yield Evidence(claim=claim, verdict=verdict, observed=f"{observed}; {fault}" if fault else observed)


def _fault(binding: RelationshipBinding, found: Mapping[str, MappedRelationship]) -> str:
    """Return what is wrong with the sides of a relationship, "" for nothing."""
    if len(found) < 2:
        return f"declare one on each side over {', '.join(binding.columns)}"
    alone = sorted(name for name, each in found.items() if not each.paired)
    if alone:
        return f"{', '.join(alone)} must name the other side in back_populates, or a change of one is not seen there"
    lists = sorted(name for name, each in found.items() if each.many and binding.kind == "1-1")
    if lists:
        return f"{', '.join(lists)} gives a list where at most one row refers; set uselist to False"
    single = sorted(
        name
        for name, each in found.items()
        if not each.many and (binding.kind, each.direction) in (("N-1", "from one"), ("N-M", "many to many"))
    )
    return f"{', '.join(single)} gives one where many rows may refer; declare a list" if single else ""


def _goes_over(model: MappedModel, direction: str, association: str, target_table: str, table: str) -> bool:
    """Whether a relationship goes over a foreign key of the table."""
    referencing = {"to one": model.table, "from one": target_table}.get(direction, association)
    return referencing.rpartition(".")[2] == table


def _evidence(trials: MapTrials, steps: Mapping[str, list[Step]]) -> Iterator[Evidence]:
    """Give the evidence for what was tried."""
    for trial, model in trials.row_models.items():
        table = trials.tables[trials.rows[trial].table]
        yield from _row_evidence(model, table, steps.get(trial, []))
    for trial, claim in trials.claims.items():
        yield _combined(claim, steps.get(trial, []))


def _row_evidence(model: MappedModel, table: Table, steps: list[Step]) -> Iterator[Evidence]:
    """Give the evidence for each step of one row."""
    done: dict[StepName, Step] = {step.name: step for step in steps}
    for name, sentence in _ROW_STEPS.items():
        claim = Claim(
            id=f"maps/{model.table}/{name}",
            kind="maps",
            sentence=f"a {model.name} {sentence}",
            object=ObjectName(kind="table", name=table.name, namespace=table.namespace),
        )
        step = done.get(name)
        if step is None:
            yield Evidence(claim=claim, verdict="not_run", observed="an earlier step failed")
        else:
            yield _combined(claim, [step])


def _combined(claim: Claim, steps: Iterable[Step]) -> Evidence:
    """Return the evidence from steps that must all be fine."""
    done = list(steps)
    if not done:
        return Evidence(claim=claim, verdict="not_run", observed="not tried")
    told = next((step for step in done if not step.ok), done[0])
    if not told.tried:
        return Evidence(claim=claim, verdict="not_run", observed=told.observed)
    return Evidence(
        claim=claim,
        verdict="proved" if told.ok else "refuted",
        sql=told.sql,
        observed=f"in an AsyncSession: {told.observed}" if told.name == "async" and not told.ok else told.observed,
        sqlstate=told.sqlstate,
        elapsed_ms=sum(step.elapsed_ms for step in done),
    )
