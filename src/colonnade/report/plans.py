"""Plans, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from rich.console import Console

from colonnade.migrate.stage import Plan, Revision, Stage
from colonnade.schema.names import ObjectName

_SHOWN = 60


def new_as_json(
    up: Plan,
    down: Plan,
    *,
    files: Sequence[str],
    models: str,
    revisions: Iterable[Revision],
    left_alone: Iterable[ObjectName],
    unsaid: Iterable[str],
    elapsed_ms: float,
) -> dict[str, Any]:
    """Return the result of `colonnade migrate new`; docs/migrations.md says its shape, which only grows."""
    return {
        "verb": "migrate new",
        "models": models,
        "files": list(files),
        "up": plan_as_json(up),
        "down": plan_as_json(down),
        "revisions": [
            {"message": each.message, "up": plan_as_json(each.up), "down": plan_as_json(each.down)}
            for each in revisions
        ],
        "left_alone": [_name(each) for each in left_alone],
        "unsaid": list(unsaid),
        "elapsed_ms": round(elapsed_ms, 1),
    }


def plan_as_json(plan: Plan) -> dict[str, Any]:
    """Return a plan with the fingerprints of the schemas that it leads from and to, and its own."""
    return {
        "fingerprint": plan.fingerprint,
        "before": plan.before,
        "after": plan.after,
        "stages": [_stage(each) for each in plan.stages],
    }


def print_new(  # noqa: PLR0913 - what the result holds
    console: Console,
    up: Plan,
    down: Plan,
    *,
    files: Sequence[str],
    models: str,
    revisions: Sequence[Revision],
    left_alone: Iterable[ObjectName],
    unsaid: Iterable[str],
    elapsed_ms: float,
) -> None:
    """Print a line for each stage, what is lost each way, and the files."""
    lines: list[tuple[str, str]] = []
    for each in revisions:
        lines += [(f"{each.message}:", "")] if len(revisions) > 1 else []
        lines += [(line, stage.loses) for stage in each.up.stages for line in stage.sentence.splitlines()]
    for said, loses in lines[:_SHOWN]:
        _print(console, f"{said}{f' (loses {loses})' if loses else ''}", style="red" if loses else None)
    if len(lines) > _SHOWN:
        console.print(f"and {len(lines) - _SHOWN} more")
    left = [*(f"{each.kind} {each}" for each in left_alone), *unsaid]
    if left:
        _print(console, f"left alone: {', '.join(left)}", style="dim")
    seconds = f"{elapsed_ms / 1000:.1f} s"
    if not files:
        _print(console, f"nothing to do: the history leads to {models} already, {seconds}", style="green")
        return
    if down.losses:
        _print(console, f"the way back loses {', '.join(down.losses)}", style="yellow")
    for path in files:
        _print(console, f"wrote {path}")
    stages, back = len(up.stages), len(down.stages)
    _print(console, f"{stages} stage{'s' if stages != 1 else ''} forwards and {back} back, both tried, {seconds}")


def _print(console: Console, text: str, *, style: str | None = None) -> None:
    console.print(text, style=style, markup=False, highlight=False)


def _stage(stage: Stage) -> dict[str, Any]:
    return {
        "sentence": stage.sentence,
        "kind": stage.kind,
        "done": stage.done,
        "loses": stage.loses,
        "drops": list(stage.drops),
        "transactional": stage.transactional,
        "lock_timeout_ms": stage.lock_timeout_ms,
        "statements": [
            {
                "sql": statement.sql,
                "locks": [{"relation": _name(lock.relation), "mode": str(lock.mode)} for lock in statement.locks],
                "rewrites": [_name(each) for each in statement.rewrites],
                "scans": [_name(each) for each in statement.scans],
                "builds": [_name(each) for each in statement.builds],
            }
            for statement in stage.statements
        ],
    }


def _name(name: ObjectName) -> dict[str, str]:
    return {each.name: getattr(name, each.name) for each in fields(name)}
