"""The published JSON Schema describes every member of every result, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from colonnade.migrate.runs.record import RanRevision, RanStage, Run
from colonnade.migrate.runs.result import ApplyResult, HalfApplied, PendingStep, Refusal, StatusResult
from colonnade.migrate.stage import Plan, Revision, Stage, Statement
from colonnade.postgres.observation import RelationLock
from colonnade.prove.document import json_document
from colonnade.report import applying, findings, machine, plans
from colonnade.review import Edit, Finding, Fix, NotRun, Review, Severity, all_rules
from colonnade.schema.names import ObjectName
from colonnade.span import Span
from colonnade.sql.locks import LockMode
from sample_design import sample_design
from sample_proof import sample_proof

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def closed(schema: Any) -> Any:
    """Return the schema with no member allowed that it does not describe."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    return {**inner, "additionalProperties": False} if schema.get("type") == "object" else inner


def check(value: Any) -> None:
    """Check a result against the schema, in both directions."""
    schema = machine.result_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(closed(schema)).validate(json.loads(json.dumps(value)))


def test_result_of_design() -> None:
    for proof in (sample_proof(), None):
        check(
            machine.design_as_json(
                sample_design(), proof, out="out", files=("schema.sql",), changed=("schema.sql",), elapsed_ms=12.34
            )
        )


def test_result_of_prove() -> None:
    check(machine.prove_as_json(sample_proof(), source="schema/", elapsed_ms=12.34))


def test_proof_document() -> None:
    check(json.loads(json_document(sample_proof())))


@pytest.mark.parametrize("name", ["taskboard", "library"])
def test_proof_of_an_example(name: str) -> None:
    check(json.loads((EXAMPLES / name / "generated" / "proof.json").read_text(encoding="utf-8")))


def test_result_of_a_review() -> None:
    edit = Edit(path="a.sql", first_line=1, last_line=2, text="SELECT 1;\n")
    found = [
        Finding(
            code="PL401",
            name="table-drop",
            severity=Severity.error,
            object="orders",
            at=Span(path="a.sql", line=3),
            message="its rows are lost",
            fix=fix,
        )
        for fix in (None, Fix(title="Keep it.", applicability="manual", edits=(edit,)))
    ]
    left = NotRun(code="PL101", name="blocking-index-build", reason="no server was used", paths=("a.sql",))
    review = Review(findings=tuple(found), not_run=(left,), suppressed=1, baselined=2)
    check(findings.review_as_json(review, verb="migrate lint", reviewed=["a.sql"], elapsed_ms=12.34))


def test_result_of_a_new_migration() -> None:
    table = ObjectName(kind="table", name="t")
    lock = RelationLock(relation=table, mode=LockMode.SHARE)
    statement = Statement(sql="CREATE INDEX i ON t (a)", locks=(lock,), scans=(table,), builds=(table,))
    stage = Stage(sentence="+ index i of t", statements=(statement,), done="true", loses="nothing")
    plan = Plan(stages=(stage,), before="a", after="b")
    revisions = (Revision(message="m", up=plan, down=plan),)
    shown: dict[str, Any] = {"files": ["a.py"], "models": "m", "revisions": revisions, "left_alone": (table,)}
    unsaid = ["replica identity of public.t"]
    check(plans.new_as_json(plan, plan, **shown, unsaid=unsaid, elapsed_ms=12.34))


def test_rules() -> None:
    check(findings.rules_as_json(all_rules()))
    check(findings.explain_as_json(all_rules()[0]))


def test_other_members_are_noticed() -> None:
    value = machine.prove_as_json(sample_proof(), source="schema/", elapsed_ms=12.34)
    value["evidence"][0]["mood"] = "good"
    with pytest.raises(jsonschema.ValidationError):
        check(value)


def test_result_of_a_run_and_of_where_a_database_stands() -> None:
    step = PendingStep(
        revision="r2", path="r2.py", message="two", waits=("SHARE on t: writers wait",), loses=("column t.a",)
    )
    stage = RanStage(revision="r2", path="r2.py", line=3, sql="SELECT 1", elapsed_ms=0.5)
    refusal = Refusal(kind="drift", message="not as rehearsed", differences=("- column t.b",))
    whole: dict[str, Any] = {"database": "postgresql:///d", "environment": "production", "history": "sql"}
    check(
        applying.apply_as_json(
            ApplyResult(
                **whole,
                direction="down",
                start="r2",
                target="base",
                steps=(step,),
                ended="refused",
                refusals=(refusal,),
                notes=("a note",),
                stages=(stage,),
            )
        )
    )
    now = datetime(2026, 1, 2, tzinfo=UTC)
    run = Run(
        id=1,
        history="sql",
        direction="up",
        start="base",
        target="r1",
        plan="a" * 64,
        rehearsal="",
        before="b" * 64,
        environment="",
        applied_by="ada@host",
        approved_by="",
        outcome="interrupted",
        started_at=now,
        finished_at=None,
        role="ada",
        revisions=(RanRevision(revision="r1", digest="c" * 64),),
        stages=(stage,),
    )
    half = HalfApplied(revision="r2", done=("+ column t.a",), missing=("+ index i of t",))
    for found in (half, None):
        check(
            applying.status_as_json(
                StatusResult(
                    **whole,
                    current=("r1",),
                    heads=("r2",),
                    pending=(step,),
                    compared_with="run 1",
                    half_applied=found,
                    runs=(run, replace(run, finished_at=now)),
                    appliers=("process 1",),
                )
            )
        )
