"""Runs of migrations, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter
from rich.console import Console
from rich.text import Text

from colonnade.migrate.runs.result import ApplyResult, PendingStep, Refusal, StatusResult

_SHOWN_LINES = 20
_SHOWN_STAGES = 5
_SLOW_MS = 50.0
_WIDTH = 88


def apply_as_json(result: ApplyResult) -> dict[str, Any]:
    """Return the result of `migrate apply` or `migrate down`; docs/apply.md says its shape, which only grows."""
    verb = "migrate apply" if result.direction == "up" else "migrate down"
    return {"verb": verb, **TypeAdapter(ApplyResult).dump_python(result, mode="json")}


def status_as_json(result: StatusResult) -> dict[str, Any]:
    """Return the result of `migrate status`."""
    return {"verb": "migrate status", **TypeAdapter(StatusResult).dump_python(result, mode="json")}


def print_apply(console: Console, result: ApplyResult) -> None:
    """Print what was run, or why nothing was."""
    for note in result.notes:
        console.print(Text(f"note: {note}", style="yellow"))
    for step in result.steps:
        _print_step(console, step)
    for refusal in result.refusals:
        _print_refusal(console, refusal)
    seconds = f"{result.elapsed_ms / 1000:.1f} s"
    match result.ended:
        case "up to date":
            _say(console, f"nothing to do: {result.database} stands at {result.target}, {seconds}", "green")
        case "printed":
            _say(console, f"-- nothing was run: this would lead {result.database} to {result.target}", "")
            console.out(result.sql, highlight=False)
        case "refused":
            _say(console, f"nothing was run on {result.database}, {seconds}", "red")
        case "succeeded" | "differs":
            _print_stages(console, result)
            counted = f"{len(result.steps)} revision{'s' if len(result.steps) != 1 else ''}"
            _say(
                console,
                f"{counted} run, {result.database} stands at {result.target}: run {result.run}, {seconds}",
                "green" if result.ended == "succeeded" else "red",
            )
    if result.ended == "differs":
        _say(console, "the schema is not the expected one; this would make it so:", "red")
        _print_lines(console, result.differences)


def print_status(console: Console, result: StatusResult) -> None:
    """Print where a database stands."""
    for note in result.notes:
        console.print(Text(f"note: {note}", style="yellow"))
    _say(console, f"{result.database} stands at {', '.join(result.current)}; the head is {', '.join(result.heads)}", "")
    for step in result.pending:
        _print_step(console, step, mark="pending ")
    if result.half_applied is not None:
        half = result.half_applied
        _say(console, f"half applied: {half.revision}", "red")
        _print_lines(console, (f"done      {line}" for line in half.done))
        _print_lines(console, (f"missing   {line}" for line in half.missing))
    if result.drift:
        _say(console, f"not as {result.compared_with}; this would make it so:", "red")
        _print_lines(console, result.drift)
    for title, lines in (("left over", result.left_over), ("edited since it was applied", result.edited)):
        for line in lines:
            _say(console, f"{title}: {line}", "red")
    for line in result.unsaid:
        _say(console, f"not compared: {line}", "dim")
    for line in result.appliers:
        _say(console, f"at work now: {line}", "yellow")
    for run in result.runs:
        took = f", {(run.finished_at - run.started_at).total_seconds():.1f} s" if run.finished_at else ""
        failed = f": {run.failure}" if run.failure else ""
        approved = f", approved by {run.approved_by}" if run.approved_by else ""
        _say(
            console,
            f"run {run.id} {run.started_at:%Y-%m-%d %H:%M} {run.direction} {run.start} -> {run.target}"
            f" by {run.applied_by}{approved}{took}: {run.outcome}{failed}",
            "dim",
        )
    if not result.found:
        _say(console, f"up to date, and as {result.compared_with}", "green")


def _print_step(console: Console, step: PendingStep, mark: str = "") -> None:
    _say(console, f"{mark}{step.revision}  {step.message}  {step.path}", "")
    for line in step.waits:
        _say(console, f"  {line}", "yellow")
    if step.loses:
        _say(console, f"  loses {', '.join(step.loses)}", "red")


def _print_refusal(console: Console, refusal: Refusal) -> None:
    _say(console, f"{refusal.kind}: {refusal.message}", "red")
    if refusal.detail:
        _say(console, f"  {refusal.detail}", "")
    _print_lines(console, refusal.differences)
    if refusal.hint:
        _say(console, f"  hint: {refusal.hint}", "")


def _print_stages(console: Console, result: ApplyResult) -> None:
    """Print the slowest statements."""
    slowest = sorted((each for each in result.stages if each.elapsed_ms >= _SLOW_MS), key=lambda each: -each.elapsed_ms)
    for each in slowest[:_SHOWN_STAGES]:
        text = " ".join(each.sql.split())
        short = text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"
        _say(console, f"{each.elapsed_ms:9.1f} ms  {each.path}:{each.line}  {short}", "dim")


def _print_lines(console: Console, lines: Iterable[str]) -> None:
    whole = tuple(lines)
    for line in whole[:_SHOWN_LINES]:
        _say(console, f"  {line}", "")
    if len(whole) > _SHOWN_LINES:
        _say(console, f"  and {len(whole) - _SHOWN_LINES} more", "")


def _say(console: Console, text: str, style: str) -> None:
    console.print(Text(text, style=style))
