"""The proof as documents: complete, linked, and the same for the same evidence however long it took."""

from __future__ import annotations

import json
from dataclasses import replace

from colonnade.prove import Claim, Evidence, Proof
from colonnade.prove.document import anchor, anchors, json_document, markdown
from colonnade.schema import ObjectName

NAME = ObjectName(kind="constraint", name="ck_a", table="t")
HELD = Evidence(
    claim=Claim(id="invariant/t/ck_a/rejects", kind="invariant", sentence="t: ck_a holds", object=NAME),
    verdict="proved",
    sql="INSERT INTO t VALUES (0)",
    observed="rejected: 23514 ck_a",
    sqlstate="23514",
    elapsed_ms=1.5,
)
BROKEN = replace(
    HELD, claim=replace(HELD.claim, id="invariant/t/ck_a/accepts"), verdict="refuted", observed="widen the bound"
)
PROOF = Proof(
    fingerprint="ab" * 32,
    server_version="18.6",
    evidence=(HELD, BROKEN),
    application_rules=("Task: not in the past (a CHECK cannot know the time)",),
)


def test_json_has_the_documented_shape() -> None:
    value = json.loads(json_document(PROOF))
    assert list(value) == ["fingerprint", "server_version", "evidence", "application_rules"]
    evidence = value["evidence"][0]
    assert {"claim", "verdict", "sql", "observed", "sqlstate", "elapsed_ms"} <= set(evidence)
    assert {"id", "sentence", "object"} <= set(evidence["claim"])


def test_json_does_not_depend_on_the_time_it_took() -> None:
    slower = replace(PROOF, evidence=tuple(replace(each, elapsed_ms=99.0) for each in PROOF.evidence))
    assert json_document(slower) == json_document(PROOF)


def test_page_says_first_what_to_change() -> None:
    text = markdown(PROOF, name="zoo")
    assert text.index("## What to change") < text.index("## Invariants")
    assert "widen the bound" in text
    assert "| **all** | **1** | **1** | **0** |" in text
    assert "not in the past" in text
    for evidence in PROOF.evidence:
        assert f'<a id="{anchor(evidence.claim.id)}"></a>' in text


def test_anchors_lead_to_the_claims_about_an_object() -> None:
    assert anchors(PROOF) == {NAME: ("invariant-t-ck_a-rejects", "invariant-t-ck_a-accepts")}
