"""Results as JSON; result.schema.json and docs/output.md say their shapes, which only ever grow."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from colonnade.design import Design
from colonnade.prove import Proof
from colonnade.prove.document import as_json


def design_as_json(
    design: Design,
    proof: Proof | None,
    *,
    out: str,
    files: tuple[str, ...],
    changed: tuple[str, ...],
    elapsed_ms: float,
) -> dict[str, Any]:
    """Return the result of `colonnade design`."""
    return {
        "verb": "design",
        "name": design.name,
        "out": out,
        "files": list(files),
        "changed": list(changed),
        "fingerprint": design.schema.fingerprint,
        "tables": [
            {
                "name": table.name,
                "namespace": table.namespace,
                "external": table.external,
                "columns": len(table.columns),
                "constraints": sum(1 for _ in table.constraints),
                "indexes": len(table.indexes),
                "row_security": table.row_security,
            }
            for table in design.schema.tables
        ],
        "decisions": len(design.decisions),
        "questions": [
            {
                "id": question.id,
                "topic": question.topic,
                "text": question.text,
                "default": question.default,
                "answer": question.answer,
                "alternatives": [each.answer for each in question.alternatives],
                "at": [str(span) for span in question.at],
            }
            for question in design.spec.questions
        ],
        "unread": [
            {"what": each.what, "reason": each.reason, "at": [str(span) for span in each.at]}
            for each in design.spec.unread
        ],
        "proof": proof_as_json(proof) if proof else None,
        "elapsed_ms": round(elapsed_ms, 1),
    }


def prove_as_json(proof: Proof, *, source: str, elapsed_ms: float) -> dict[str, Any]:
    """Return the result of `colonnade prove`."""
    return {"verb": "prove", "source": source, "elapsed_ms": round(elapsed_ms, 1), **proof_as_json(proof)}


def result_schema() -> dict[str, Any]:
    """Return the JSON Schema of everything that is printed with `--format json`, and of proof.json."""
    text = resources.files("colonnade.report").joinpath("result.schema.json").read_text(encoding="utf-8")
    value: dict[str, Any] = json.loads(text)
    return value


def proof_as_json(proof: Proof) -> dict[str, Any]:
    """Return the proof with its summary first."""
    counts = {verdict: proof.count(verdict) for verdict in ("proved", "refuted", "not_run")}
    return {"summary": counts, **as_json(proof)}
