"""The proof as documents: PROOF.md for people, proof.json for machines."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from colonnade.prove.claim import ClaimKind, Evidence, Proof
from colonnade.schema import ObjectName


@functools.cache
def _adapter() -> TypeAdapter[Proof]:
    """Return what reads and writes the value as JSON; building it takes longer than most runs use it."""
    return TypeAdapter(Proof)


_HEADINGS: Mapping[ClaimKind, tuple[str, str]] = {
    "builds": ("Builds", "The script runs, and the models make the same catalog."),
    "maps": ("Maps", "Each model inserts, loads both ways, updates and deletes as the database does."),
    "invariant": ("Invariants", "A counter-example is rejected by name, a boundary witness is accepted."),
    "isolation": ("Isolation", "Own, other and no tenant, through the application role."),
    "access pattern": ("Access patterns at scale", "Planned by Postgres at each volume, without the data."),
    "index": ("Indexes", "Each index is hidden in turn and the plans are made again."),
    "contract": ("Contract", "Every field of every operation has a place or a reason."),
}
_MARKS = {"proved": "proved", "refuted": "**REFUTED**", "not_run": "*not run*"}


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


def anchor(claim_id: str) -> str:
    """Return the anchor of a claim in PROOF.md."""
    return re.sub(r"[^\w]+", "-", claim_id.lower()).strip("-")


def anchors(proof: Proof) -> dict[ObjectName, tuple[str, ...]]:
    """Return the anchors in PROOF.md of the claims about each object."""
    found: dict[ObjectName, tuple[str, ...]] = {}
    for evidence in proof.evidence:
        name = evidence.claim.object
        found[name] = (*found.get(name, ()), anchor(evidence.claim.id))
    return found


def markdown(proof: Proof, *, name: str) -> str:
    """Return PROOF.md."""
    lines = [
        f"# What was proved of {name}",
        "",
        f"On Postgres {proof.server_version}; schema fingerprint `{proof.fingerprint[:16]}`.",
        "",
        "| | proved | refuted | not run |",
        "|---|---:|---:|---:|",
    ]
    kinds = [kind for kind in _HEADINGS if any(each.claim.kind == kind for each in proof.evidence)]
    for kind in kinds:
        counts = [_count(proof, kind, verdict) for verdict in ("proved", "refuted", "not_run")]
        lines.append(f"| [{_HEADINGS[kind][0]}](#{anchor(_HEADINGS[kind][0])}) | " + " | ".join(counts) + " |")
    lines.append(
        f"| **all** | **{proof.count('proved')}** | **{proof.count('refuted')}** | **{proof.count('not_run')}** |"
    )
    if proof.refuted:
        lines += ["", "## What to change", ""]
        lines += [f"- [{each.claim.sentence}](#{anchor(each.claim.id)}): {each.observed}" for each in proof.refuted]
    for kind in kinds:
        title, subtitle = _HEADINGS[kind]
        lines += ["", f"## {title}", "", subtitle, ""]
        for evidence in proof.evidence:
            if evidence.claim.kind == kind:
                lines += _evidence(evidence)
    if proof.application_rules:
        lines += ["", "## What only the application can hold", ""]
        lines += [f"- {rule}" for rule in proof.application_rules]
    return "\n".join(lines).rstrip() + "\n"


def _count(proof: Proof, kind: ClaimKind, verdict: str) -> str:
    return str(sum(1 for each in proof.evidence if each.claim.kind == kind and each.verdict == verdict))


def _evidence(evidence: Evidence) -> list[str]:
    claim = evidence.claim
    state = f" (SQLSTATE {evidence.sqlstate})" if evidence.sqlstate else ""
    lines = [f'<a id="{anchor(claim.id)}"></a>', f"**{claim.sentence}** {_MARKS[evidence.verdict]}{state}", ""]
    if evidence.observed:
        lines += [f"{evidence.observed}", ""]
    if evidence.sql or evidence.details:
        lines += ["<details><summary>evidence</summary>", ""]
        if evidence.sql:
            lines += ["```sql", evidence.sql.strip(), "```", ""]
        if evidence.details:
            lines += ["```text", *evidence.details, "```", ""]
        lines += ["</details>", ""]
    return lines
