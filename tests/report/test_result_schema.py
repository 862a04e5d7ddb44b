"""The published JSON Schema describes every member of every result, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from colonnade.prove.document import json_document
from colonnade.report import machine
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


def test_other_members_are_noticed() -> None:
    value = machine.prove_as_json(sample_proof(), source="schema/", elapsed_ms=12.34)
    value["evidence"][0]["mood"] = "good"
    with pytest.raises(jsonschema.ValidationError):
        check(value)
