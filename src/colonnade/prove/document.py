"""proof.json: the proof for machines."""

from __future__ import annotations

import functools
import json
from typing import Any

from pydantic import TypeAdapter

from colonnade.prove.claim import Proof


@functools.cache
def _adapter() -> TypeAdapter[Proof]:
    """Return what reads and writes the value as JSON; building it takes longer than most runs use it."""
    return TypeAdapter(Proof)


def as_json(proof: Proof) -> dict[str, Any]:
    """Return the proof as plain JSON values; the shape is documented in docs/output.md."""
    value: dict[str, Any] = _adapter().dump_python(proof, mode="json")
    return value


def json_document(proof: Proof) -> str:
    """Return proof.json: a function of the design alone.

    How long a claim took is a property of one run, so `elapsed_ms` is null here; the times are in the result
    that the command prints with `--format json`.
    """
    value = as_json(proof)
    for evidence in value["evidence"]:
        evidence["elapsed_ms"] = None
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"
