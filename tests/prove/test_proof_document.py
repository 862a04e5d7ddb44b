"""proof.json: the documented shape, and the same for the same evidence however long it took."""

from __future__ import annotations

import json
from dataclasses import replace

from colonnade.prove.document import json_document
from sample_proof import sample_proof


def test_json_has_the_documented_shape() -> None:
    value = json.loads(json_document(sample_proof()))
    assert list(value) == ["fingerprint", "server_version", "evidence", "application_rules"]
    evidence = value["evidence"][0]
    assert {"claim", "verdict", "sql", "observed", "sqlstate", "elapsed_ms"} <= set(evidence)
    assert {"id", "sentence", "object"} <= set(evidence["claim"])


def test_json_does_not_depend_on_the_time_it_took() -> None:
    proof = sample_proof()
    slower = replace(proof, evidence=tuple(replace(each, elapsed_ms=99.0) for each in proof.evidence))
    assert json_document(slower) == json_document(proof)
