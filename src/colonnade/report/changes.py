"""What makes one schema into another, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from rich.console import Console

from colonnade.migrate import Step, sentence
from colonnade.migrate.renames import Proposal
from colonnade.schema.members import object_name
from colonnade.schema.names import ObjectName

_SHOWN = 60


def diff_as_json(
    steps: Sequence[Step],
    proposals: Iterable[Proposal],
    left_alone: Iterable[ObjectName],
    *,
    unsaid: Iterable[str],
    before: str,
    after: str,
    sql: str,
    elapsed_ms: float,
) -> dict[str, Any]:
    """Return the result of `colonnade diff`; the shape is documented in docs/diff.md and only ever grows."""
    return {
        "verb": "diff",
        "from": before,
        "to": after,
        "equal": not steps,
        "changes": [
            {
                "kind": type(step.change).__name__,
                "object": _as_json(_object(step)),
                "sentence": sentence(step.change),
                "sql": list(step.sql),
                "loses": step.loses,
                "transactional": step.transactional,
            }
            for step in steps
        ],
        "renames": [{"option": each.option, "loses": each.loses} for each in proposals],
        "left_alone": [_as_json(each) for each in left_alone],
        "unsaid": list(unsaid),
        "sql": sql,
        "elapsed_ms": round(elapsed_ms, 1),
    }


def print_diff(
    console: Console,
    steps: Sequence[Step],
    proposals: Sequence[Proposal],
    left_alone: Sequence[ObjectName],
    *,
    unsaid: Iterable[str],
    before: str,
    after: str,
    elapsed_ms: float,
) -> None:
    """Print a line for each change, what is lost, the renames that would keep it, and what is left alone."""
    lines = list(dict.fromkeys((sentence(step.change), step.loses) for step in steps))
    for said, loses in lines[:_SHOWN]:
        style = "red" if loses else None
        console.print(f"{said}{f' (loses {loses})' if loses else ''}", style=style, markup=False, highlight=False)
    if len(lines) > _SHOWN:
        console.print(f"and {len(lines) - _SHOWN} more changes")
    for each in proposals:
        console.print(f"to keep {each.loses}: --rename {each.option}", style="yellow", markup=False, highlight=False)
    for said in (*(f"{name.kind} {name}" for name in left_alone), *unsaid):
        console.print(f"left alone: {said}", style="dim", markup=False, highlight=False)
    seconds = f"{elapsed_ms / 1000:.1f} s"
    if not lines:
        console.print(f"equal: {before} and {after}, {seconds}", style="green", markup=False, highlight=False)
        return
    lost = sum(1 for _, loses in lines if loses)
    count = f"{len(lines)} change{'s' if len(lines) > 1 else ''}"
    console.print(
        f"{count} from {before} to {after}, {f'{lost} with loss of content' if lost else 'nothing is lost'}, {seconds}",
        markup=False,
        highlight=False,
    )


def _object(step: Step) -> ObjectName:
    """Return the first object that the step concerns."""
    change = step.change
    value = getattr(change, "value", None)
    if value is not None and not isinstance(value, str):
        return object_name(value, getattr(change, "table", None))
    return min(step.creates | step.alters | step.loosens | step.touches | step.drops | step.binds | step.displaces)


def _as_json(name: ObjectName) -> dict[str, str]:
    return {each.name: getattr(name, each.name) for each in fields(name)}
