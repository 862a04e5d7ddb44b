"""Evidence about the sample design that several tests of documents share: of each kind some, of each verdict some."""

from __future__ import annotations

from colonnade.prove import Claim, Evidence, Proof, Verdict
from colonnade.prove.claim import ClaimKind, PlannedCost, PlannedStatement, PlanStep
from colonnade.schema import ObjectName

KEY = ObjectName(kind="constraint", name="pk_animals", table="animals")
ANIMALS = ObjectName(kind="table", name="animals")
LIST = ObjectName(kind="access pattern", name="list-animal")
BROKEN = "animals: a row at the edge of ck_animals_name_length is accepted"
CURE = "widen the bound to 40 | or say why"


def seen(
    id_: str, kind: ClaimKind, name: ObjectName, observed: str, *, verdict: Verdict = "proved", sentence: str = ""
) -> Evidence:
    """Return a piece of evidence."""
    claim = Claim(id=id_, kind=kind, sentence=sentence or f"{name}: {id_} holds", object=name)
    state = "23505" if observed.startswith("rejected") else ""
    return Evidence(claim=claim, verdict=verdict, observed=observed, sql="SELECT 1", sqlstate=state, elapsed_ms=1.5)


def sample_proof() -> Proof:
    """Return a proof of the zoo in which one claim is refuted and one was not run."""
    statement = PlannedStatement(
        label="default",
        sql="SELECT animals.*\nFROM animals\nWHERE animals.name < $1",
        growth="linear in the page",
        access="ix_animals_name",
        costs=(
            PlannedCost(rows=1_000, cost=5.0),
            PlannedCost(rows=10_000, cost=9.5),
            PlannedCost(rows=10**9, cost=90.0),
        ),
        rows_touched=20,
        plan=(
            PlanStep(depth=0, step="Limit", cost=9.5, rows=20),
            PlanStep(depth=1, step="Index Scan using ix_animals_name on animals", cost=12.0, rows=30),
        ),
        role="zoo_app",
    )
    pattern = Evidence(
        claim=Claim(
            id="access pattern/list-animal", kind="access pattern", sentence="a page costs a page", object=LIST
        ),
        verdict="proved",
        observed="1 statement, at most linear in the page",
        statements=(statement,),
        planned_rows=10_000,
    )
    column = ObjectName(kind="column", name="name", table="animals")
    check = ObjectName(kind="constraint", name="ck_animals_name_length", table="animals")
    evidence = (
        seen("builds/schema.sql/runs", "builds", ObjectName(kind="schema", name="zoo"), "9 statements ran"),
        seen("maps/animals/insert", "maps", ANIMALS, "stored with every value given"),
        seen("invariant/animals/pk_animals/rejects", "invariant", KEY, "rejected: 23505 pk_animals"),
        seen("invariant/animals/pk_animals/accepts", "invariant", KEY, "accepted"),
        seen("invariant/animals/name/rejects-null", "invariant", column, "rejected: 23502 name"),
        seen("invariant/animals/ck/accepts", "invariant", check, CURE, verdict="refuted", sentence=BROKEN),
        seen("isolation/animals/select/own", "isolation", ANIMALS, "accepted, 1 row"),
        seen("isolation/animals/select/other", "isolation", ANIMALS, "accepted, 0 rows"),
        pattern,
        seen(
            "contract/listAnimals/fields",
            "contract",
            ObjectName(kind="operation", name="listAnimals"),
            "no server",
            verdict="not_run",
            sentence="GET /animals has a place in the schema for every field",
        ),
    )
    rules = ("Animal: not in the past (a CHECK cannot know the time)",)
    return Proof(fingerprint="ab" * 32, server_version="18.6", evidence=evidence, application_rules=rules)
