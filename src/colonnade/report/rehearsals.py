"""A rehearsal, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from colonnade.prove.claim import Evidence
from colonnade.prove.rehearsal import Rehearsal

_SHOWN_STATEMENTS = 15
_SHOWN_CLAIMS = 12
_WIDTH = 88
_NAME_WIDTH = 24
_TOLD = {"migration/deploy/order": "deploy", "migration/traffic/waits": "longest wait of the old code"}


def rehearsal_document(rehearsal: Rehearsal) -> str:
    """Return rehearsal.json."""
    return json.dumps(_value(rehearsal), indent=1, ensure_ascii=False) + "\n"


def rehearsal_as_json(rehearsal: Rehearsal, *, out: str, elapsed_ms: float) -> dict[str, Any]:
    """Return the result of the command as plain JSON values; the shape is documented in docs/output.md."""
    return {"verb": "migrate rehearse", "out": out, **_value(rehearsal), "elapsed_ms": elapsed_ms}


def print_rehearsal(console: Console, rehearsal: Rehearsal, *, out: str, elapsed_ms: float) -> None:
    """Print the slowest statements, what was refuted, and how much was proved."""
    slowest = sorted(rehearsal.statements, key=lambda each: -each.elapsed_ms)[:_SHOWN_STATEMENTS]
    kept = [each for each in rehearsal.statements if each in slowest]
    if kept:
        table = Table(box=None, pad_edge=False)
        table.add_column("ms", justify="right")
        table.add_column("at")
        table.add_column("statement")
        for timed in kept:
            table.add_row(
                f"{timed.elapsed_ms:.1f}",
                Text(f"{_short(timed.revision, _NAME_WIDTH)}:{timed.line}"),
                Text(_short(timed.sql)),
            )
        console.print(table)
        left = len(rehearsal.statements) - len(kept)
        if left:
            console.print(f"and {left} faster ones", highlight=False)
    groups = _alike(each for each in rehearsal.evidence if each.verdict != "proved")
    for group in groups[:_SHOWN_CLAIMS]:
        first, more = group[0], len(group) - 1
        console.print(Text(f"{first.verdict.replace('_', ' ')}: {first.claim.sentence}"))
        console.print(Text(f"  {first.observed}"))
        if first.sql:
            console.print(Text(f"  at: {_short(first.sql)}"))
        for detail in first.details:
            console.print(Text(f"  {detail}"))
        if more:
            console.print(Text(f"  and the same in {more} other way{'s' if more > 1 else ''} of stopping there"))
    if len(groups) > _SHOWN_CLAIMS:
        console.print(f"and {len(groups) - _SHOWN_CLAIMS} more")
    for each in rehearsal.evidence:
        if each.claim.id in _TOLD and each.verdict == "proved":
            console.print(Text(f"{_TOLD[each.claim.id]}: {each.observed}"))
            for detail in each.details:
                console.print(Text(f"  {detail}"))
    proved = sum(each.verdict == "proved" for each in rehearsal.evidence)
    console.print(
        f"{proved} of {len(rehearsal.evidence)} claims proved from {rehearsal.start} to {rehearsal.head}"
        f" with {rehearsal.rows} rows in each table, in {elapsed_ms / 1000:.1f} s" + (f"; see {out}" if out else "")
    )


def _value(rehearsal: Rehearsal) -> dict[str, Any]:
    value: dict[str, Any] = TypeAdapter(Rehearsal).dump_python(rehearsal, mode="json")
    return value


def _alike(evidence: Iterable[Evidence]) -> list[list[Evidence]]:
    """Group what was seen at one statement, where it was the same."""
    found: dict[tuple[str, str, str], list[Evidence]] = {}
    for each in evidence:
        about = "stop" if each.claim.id.startswith("migration/stop/") else each.claim.id
        found.setdefault((about, each.sql, each.observed), []).append(each)
    return list(found.values())


def _short(said: str, width: int = _WIDTH) -> str:
    text = " ".join(said.split())
    return text if len(text) <= width else text[: width - 1] + "…"
