"""Every proof of a design, on one server, in scratch databases that are always removed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from colonnade.design import Design
from colonnade.models import ModelsProcess
from colonnade.postgres import Server, Session
from colonnade.prove.access_patterns import prove_access_patterns
from colonnade.prove.building import Building
from colonnade.prove.builds import stands
from colonnade.prove.claim import Claim, ClaimKind, Evidence, Proof
from colonnade.prove.contract import prove_contract
from colonnade.prove.correspondence import prove_correspondence
from colonnade.prove.invariants import application_rules, prove_invariants
from colonnade.prove.isolation import prove_isolation
from colonnade.prove.limit_races import prove_limit_races
from colonnade.prove.maps import PendingMaps, begin_maps
from colonnade.prove.rows import RowFactory
from colonnade.prove.ruling import Ruling
from colonnade.prove.source import Source
from colonnade.prove.stated_rules import prove_stated_rules
from colonnade.schema import ObjectName

KINDS: tuple[ClaimKind, ...] = ("builds", "maps", "invariant", "isolation", "access pattern", "index", "contract")
"""The order of the kinds in a proof."""

_MANY_TABLES = 40
"""Tables from which their models are tried first."""

Progress = Callable[[str], None]


def prove(
    design: Design,
    *,
    server: Callable[[], Server],
    script: str,
    source: Source | None = None,
    models: ModelsProcess | None = None,
    rows: int | None = None,
    progress: Progress = lambda _: None,
) -> Proof:
    """Return the evidence for and against every claim of the design.

    `server` gives the server when it is first needed. `script` is the DDL that builds the design; `source` says where
    an existing schema was read from, None for a design. `models` is a process that has begun to load the models, None
    when there are none. `rows` plans the access patterns with that many rows in the largest table. Raises
    DatabaseError when the server fails.
    """
    running = server()
    found = source or Source()
    evidence = [*found.untried(), *(prove_correspondence(found.match) if found.match else ())]
    roles = {design.application_role, *design.wide_roles, *found.roles} - {""}
    with ExitStack() as stack:
        if roles or source:
            stack.enter_context(running.temporary_roles(names=roles))
        building = Building(
            design=design, source=found, script=script, models=models, obstacle=_obstacle(running, sorted(roles))
        )
        progress(f"building the tables ({len(design.schema.owned_tables)})")
        built = stack.enter_context(running.scratch_database())
        builds = building.prove(built, server=running)
        evidence += builds
        if _refuted(builds) and not stands(design.schema, built):
            untried = (kind for kind in KINDS[1:] if kind != "maps" or models is not None)
            evidence += (_untried(kind, "what was built is not the schema that this is about") for kind in untried)
        else:
            evidence += _prove_built(building, running, built, rows=rows, progress=progress)
    seen = {each.claim.id: each for each in found.seen}
    evidence = [seen.get(each.claim.id, each) for each in evidence]
    return Proof(
        fingerprint=design.schema.fingerprint,
        server_version=f"{running.version // 10000}.{running.version % 10000}",
        evidence=tuple(sorted(evidence, key=lambda each: KINDS.index(each.claim.kind))),
        application_rules=application_rules(design),
    )


def _obstacle(server: Server, roles: list[str]) -> str:
    """Return why the roles cannot be had on the server; empty when they can."""
    lacking = [role for role in roles if not server.has_role(role)]
    if not lacking:
        return ""
    return f'the server lets us make no role, and there is no "{lacking[0]}": connect as one with CREATEROLE'


def _refuted(evidence: Iterable[Evidence]) -> bool:
    return any(each.verdict == "refuted" for each in evidence)


def _untried(kind: ClaimKind, reason: str) -> Evidence:
    """Return that nothing of a kind was tried."""
    place = ObjectName(kind="schema", name="public")
    claim = Claim(id=f"{kind}/all", kind=kind, sentence=f"every claim of the kind {kind}", object=place)
    return Evidence(claim=claim, verdict="not_run", observed=f"{reason}: see what is refuted of the build")


def _prove_built(
    building: Building, server: Server, built: Session, *, rows: int | None, progress: Progress
) -> Iterator[Evidence]:
    """Yield what is tried on a schema that stands; the models' process tries the models meanwhile.

    A few models are imported while the constraints are tried, and tried while everything else is. Many take longer to
    be tried than all the rest, so that we rather wait for their import.
    """
    design = building.design
    ruling = Ruling(design, building.source.match)
    factory = RowFactory(design.schema, built)  # finding acceptable rows is half the work: it is done once
    with ExitStack() as stack:
        sized = stack.enter_context(server.scratch_copy(built)) if server.owned else None
        created = (
            stack.enter_context(server.scratch_copy(built))
            if building.builds_once and building.models is not None
            else None
        )

        def begin_mapping() -> _Mapping:
            if building.models is None:
                return _Mapping()
            progress("creating the tables of the models")
            session = created or stack.enter_context(server.scratch_database())
            return _begin_mapping(building, building.models, built=built, created=session, factory=factory)

        mapping = begin_mapping() if len(design.schema.owned_tables) >= _MANY_TABLES else None
        constraints = sum(1 for table in design.schema.owned_tables for _ in table.constraints)
        progress(f"trying the constraints ({constraints})")
        yield from prove_invariants(built, design.schema, ruling=ruling, factory=factory)
        mapping = mapping or begin_mapping()
        yield from mapping.evidence
        yield from _prove_use(building, server, built, ruling=ruling, factory=factory, progress=progress)
        indexes = sum(len(table.indexes) for table in design.schema.owned_tables)
        progress(f"planning the access patterns ({len(design.spec.access_patterns)}) and indexes ({indexes})")
        yield from prove_access_patterns(design, server=server, session=sized or built, rows=rows)
        if mapping.pending is not None:
            progress("trying the models")
            yield from mapping.pending.evidence()


def _prove_use(
    building: Building, server: Server, built: Session, *, ruling: Ruling, factory: RowFactory, progress: Progress
) -> Iterator[Evidence]:
    """Yield what comes of statements that are tried and undone: isolation, the contract, what a spec states."""
    design = building.design
    progress(f"trying who sees what of the isolated tables ({sum(t.row_security for t in design.schema.owned_tables)})")
    yield from prove_isolation(built, design.schema, design=design, factory=factory, obstacle=building.obstacle)
    yield from prove_contract(built, design)
    yield from prove_limit_races(
        ruling, server=server, session=built, copy=lambda: server.scratch_copy(built), obstacle=building.obstacle
    )
    if building.source.match is not None:
        yield from prove_stated_rules(built, building.source.match, ruling)


@dataclass(kw_only=True)
class _Mapping:
    """What is known of the models, and what their process is still trying."""

    evidence: tuple[Evidence, ...] = ()
    pending: PendingMaps | None = None


def _begin_mapping(
    building: Building, models: ModelsProcess, *, built: Session, created: Session, factory: RowFactory
) -> _Mapping:
    """Create the models' tables, compare the catalogs, and let the models' process begin its trials.

    Rows that suit what was built suit the models' tables when these are the same.
    """
    evidence = building.prove_models(built=built, created=created)
    if _refuted(evidence) and not stands(building.design.schema, created):
        return _Mapping(evidence=(*evidence, _untried("maps", "the models' tables are not those of the schema")))
    pending = begin_maps(
        building.design, process=models, session=created, factory=None if _refuted(evidence) else factory
    )
    return _Mapping(evidence=evidence, pending=pending)
