"""Every proof of a design, on one server, in scratch databases that are always removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from colonnade.design import Design
from colonnade.errors import ModelError
from colonnade.models import ModelsProcess
from colonnade.postgres import Server, Session
from colonnade.prove.access_patterns import prove_access_patterns
from colonnade.prove.builds import make_stubs, prove_models, prove_script
from colonnade.prove.claim import Claim, ClaimKind, Evidence, Proof
from colonnade.prove.contract import prove_contract
from colonnade.prove.invariants import application_rules, prove_invariants
from colonnade.prove.isolation import prove_isolation
from colonnade.prove.maps import PendingMaps, begin_maps
from colonnade.schema import ObjectName

KINDS: tuple[ClaimKind, ...] = ("builds", "maps", "invariant", "isolation", "access pattern", "index", "contract")
"""The order of the kinds in a proof."""

Progress = Callable[[str], None]


def prove(
    design: Design,
    *,
    server: Callable[[], Server],
    script: str,
    models: ModelsProcess | None = None,
    rows: int | None = None,
    progress: Progress = lambda _: None,
) -> Proof:
    """Return the evidence for and against every claim of the design.

    `server` gives the server when it is first needed. `script` is the DDL that builds the design. `models` is a
    process that has begun to load the models, None when there are none. `rows` plans the access patterns with that
    many rows in the largest table. Raises DatabaseError when the server fails.
    """
    evidence: list[Evidence] = []
    running = server()
    with ExitStack() as stack:
        stack.enter_context(running.temporary_roles(names=[design.application_role] if design.application_role else []))
        progress("building the schema")
        built = stack.enter_context(running.scratch_database())
        evidence += prove_script(design, script, built)
        if all(each.verdict == "proved" for each in evidence if each.claim.id == "builds/schema.sql/runs"):
            evidence += _prove_built(design, running, built, script=script, models=models, rows=rows, progress=progress)
    return Proof(
        fingerprint=design.schema.fingerprint,
        server_version=f"{running.version // 10000}.{running.version % 10000}",
        evidence=tuple(sorted(evidence, key=lambda each: KINDS.index(each.claim.kind))),
        application_rules=application_rules(design),
    )


def _prove_built(
    design: Design,
    server: Server,
    built: Session,
    *,
    script: str,
    models: ModelsProcess | None,
    rows: int | None,
    progress: Progress,
) -> Iterator[Evidence]:
    """Yield what is tried on a schema that stands; the models are tried by their own process meanwhile."""
    with ExitStack() as stack:
        mapping = _Mapping()
        if models is not None:
            progress("creating the models' tables")
            created = stack.enter_context(server.scratch_database())
            mapping = _begin_mapping(design, models, built=built, created=created)
            yield from mapping.evidence
        progress("trying the invariants")
        yield from prove_invariants(built, design.schema, design=design)
        progress("trying the isolation")
        yield from prove_isolation(built, design.schema, design=design)
        yield from prove_contract(built, design)
        progress("planning the access patterns")
        with _sized_database(server, design, script) as sized:
            yield from prove_access_patterns(design, server=server, session=sized, rows=rows)
        if mapping.pending is not None:
            progress("trying the models")
            yield from mapping.pending.evidence()


@dataclass(kw_only=True)
class _Mapping:
    """What is known of the models, and what their process is still trying."""

    evidence: tuple[Evidence, ...] = ()
    pending: PendingMaps | None = None


def _begin_mapping(design: Design, models: ModelsProcess, *, built: Session, created: Session) -> _Mapping:
    """Create the models' tables, compare the catalogs, and let the models' process begin its trials."""
    make_stubs(design.schema, created)
    claim = Claim(
        id="builds/models/create_all",
        kind="builds",
        sentence="the models import without a database, and create_all creates their tables",
        object=ObjectName(kind="schema", name=design.name),
    )
    try:
        models.create_all(created.url)
    except ModelError as error:
        return _Mapping(evidence=(Evidence(claim=claim, verdict="refuted", observed=str(error)),))
    made = Evidence(claim=claim, verdict="proved", observed=f"{len(models.models)} mapped classes")
    compared = prove_models(design, script_session=built, models_session=created)
    return _Mapping(evidence=(made, *compared), pending=begin_maps(design, process=models, session=created))


@contextmanager
def _sized_database(server: Server, design: Design, script: str) -> Iterator[Session]:
    """Lend a database with the schema and no rows, whose files may be given any size."""
    with server.scratch_database() as session:
        make_stubs(design.schema, session)
        session.script(script)
        yield session
