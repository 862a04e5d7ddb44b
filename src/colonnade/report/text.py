"""Results for people, in under a screen."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table

from colonnade.design import Design
from colonnade.prove import Evidence, Proof
from colonnade.spec import Question

_SHOWN = 8
_DIFFERENCES = 4


def print_design(
    console: Console, design: Design, proof: Proof | None, *, out: str, changed: tuple[str, ...], elapsed_ms: float
) -> None:
    """Print the tables, the open questions, the claims and where everything is."""
    _print_tables(console, design)
    _print_questions(console, design)
    for unread in design.spec.unread[:_SHOWN]:
        console.print(f"not read: {unread.what}: {unread.reason}", style="yellow", markup=False)
    if len(design.spec.unread) > _SHOWN:
        console.print(f"not read: {len(design.spec.unread) - _SHOWN} more, listed in DESIGN.md", style="yellow")
    if proof:
        print_proof(console, proof)
    state = f"{len(changed)} files written" if changed else "nothing changed"
    console.print(f"{state} in {out}, {elapsed_ms / 1000:.1f} s", markup=False, highlight=False)


def print_proof(console: Console, proof: Proof, *, listed: str = "PROOF.md") -> None:
    """Print the counts by kind, then each refuted claim with what to change; `listed` says where the rest stands."""
    kinds = Counter(each.claim.kind for each in proof.evidence)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("claims")
    for verdict in ("proved", "refuted", "not run"):
        table.add_column(verdict, justify="right")
    for kind in kinds:
        verdicts = Counter(each.verdict for each in proof.evidence if each.claim.kind == kind)
        table.add_row(kind, str(verdicts["proved"]), str(verdicts["refuted"]), str(verdicts["not_run"]))
    total = (proof.count("proved"), proof.count("refuted"), proof.count("not_run"))
    table.add_row("all", *map(str, total), style="bold")
    console.print(table)
    for evidence in proof.refuted[:_SHOWN]:
        _print_refuted(console, evidence)
    if len(proof.refuted) > _SHOWN:
        console.print(f"refuted: {len(proof.refuted) - _SHOWN} more, listed in {listed}", style="red")
    reasons = Counter(each.observed for each in proof.evidence if each.verdict == "not_run")
    for reason, count in reasons.most_common(3):
        console.print(f"not run: {count} × {reason}", style="yellow", markup=False)
    if proof.application_rules:
        console.print(f"{len(proof.application_rules)} rules that only the application can hold, listed in {listed}")
    proved, made = proof.count("proved"), len(proof.evidence)
    style = "red" if proof.refuted else "green"
    console.print(f"{proved}/{made} proved on Postgres {proof.server_version}", style=style, highlight=False)


def _print_refuted(console: Console, evidence: Evidence) -> None:
    console.print(f"refuted: {evidence.claim.sentence}", style="red", markup=False)
    if evidence.observed:
        console.print(f"  {evidence.observed}", markup=False)
    if evidence.claim.kind == "builds":
        for line in evidence.details[:_DIFFERENCES]:
            console.print(f"    {line}", markup=False)


def _print_tables(console: Console, design: Design) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("table", "columns", "constraints", "indexes", "isolated"):
        table.add_column(title, justify="left" if title in ("table", "isolated") else "right")
    owned = design.schema.owned_tables
    for each in owned[: 2 * _SHOWN]:
        constraints = sum(1 for _ in each.constraints)
        isolated = "by row" if each.row_security else ""
        table.add_row(each.name, str(len(each.columns)), str(constraints), str(len(each.indexes)), isolated)
    console.print(table)
    if len(owned) > 2 * _SHOWN:
        console.print(f"and {len(owned) - 2 * _SHOWN} more tables")
    console.print(f"{len(owned)} tables, {len(design.decisions)} decisions with their reasons in DESIGN.md")


def _print_questions(console: Console, design: Design) -> None:
    unanswered = [question for question in design.spec.questions if question.answer is None]
    if unanswered:
        console.print(f"{len(unanswered)} questions took their safe default (settle them with --answers):")
    for question in unanswered[:_SHOWN]:
        _print_question(console, question)
    if len(unanswered) > _SHOWN:
        console.print(f"  … and {len(unanswered) - _SHOWN} more in DESIGN.md")


def _print_question(console: Console, question: Question) -> None:
    console.print(
        f"  {question.id}: {question.default}", markup=False, highlight=False, overflow="ellipsis", no_wrap=True
    )
