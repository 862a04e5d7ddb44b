"""Results for people, in under a screen of 24 lines: what was made, what is open, what does not hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import Console, OverflowMethod
from rich.table import Table

from colonnade.design import Design
from colonnade.prove import Evidence, Proof
from colonnade.report.evidence import TITLES, count, of_kind, refuted_first_things_first
from colonnade.spec import Question

_QUESTIONS = 3
_UNREAD = 2
_REFUTED = 4
_REASONS = 2
_DIFFERENCES = 2
_NAMES = 8


def print_design(
    console: Console, design: Design, proof: Proof | None, *, out: str, changed: tuple[str, ...], elapsed_ms: float
) -> None:
    """Print the tables, the open questions, the claims and where everything is."""
    _print_schema(console, design)
    _print_questions(console, design, shown=0 if proof and proof.refuted else _QUESTIONS)
    for unread in design.spec.unread[:_UNREAD]:
        _line(console, f"not read: {unread.what}: {unread.reason}", style="yellow")
    if len(design.spec.unread) > _UNREAD:
        _line(console, f"not read: {len(design.spec.unread) - _UNREAD} more, listed in DESIGN.md", style="yellow")
    if proof:
        print_proof(console, proof)
    state = f"{_many(len(changed), 'file')} written to {out}" if changed else f"nothing changed in {out}"
    _line(console, f"{state} in {elapsed_ms / 1000:.1f} s; open report.html")


def print_result_of_prove(console: Console, proof: Proof, *, page: str, elapsed_ms: float) -> None:
    """Print the proof, and where its page is if one was asked for."""
    print_proof(console, proof, listed=page or "the page of --html FILE")
    _line(console, f"{elapsed_ms / 1000:.1f} s" + (f"; open {page}" if page else ""))


def print_proof(console: Console, proof: Proof, *, listed: str = "PROOF.md") -> None:
    """Print the counts, then what does not hold and what to change; `listed` says where the rest stands."""
    _print_counts(console, proof)
    for evidence in refuted_first_things_first(proof)[:_REFUTED]:
        _print_refuted(console, evidence)
    if len(proof.refuted) > _REFUTED:
        _line(console, f"and {len(proof.refuted) - _REFUTED} more refuted, listed in {listed}", style="red")
    reasons = Counter(each.observed for each in proof.evidence if each.verdict == "not_run")
    for reason, number in reasons.most_common(_REASONS):
        _line(console, f"not run: {number} × {reason}", style="yellow")
    if len(reasons) > _REASONS:
        _line(console, f"not run: {len(reasons) - _REASONS} more reasons, listed in {listed}", style="yellow")
    if proof.application_rules:
        count = len(proof.application_rules)
        _line(console, f"{count} {'rule' if count == 1 else 'rules'} only the application can hold, listed in {listed}")
    proved, made = proof.count("proved"), len(proof.evidence)
    style = "bold red" if proof.refuted else "bold green"
    _line(console, f"{proved} of {made} claims proved on Postgres {proof.server_version}", style=style)


def _print_counts(console: Console, proof: Proof) -> None:
    """Print how many claims of each kind hold; when something is refuted, only of the kinds that need attention."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("claims")
    for verdict in ("proved", "refuted", "not run"):
        table.add_column(verdict, justify="right")
    for kind, (title, _) in TITLES.items():
        found = of_kind(proof, kind)
        if found and (not proof.refuted or any(each.verdict != "proved" for each in found)):
            table.add_row(title.lower(), *_counts(found))
    console.print(table)


def _counts(evidence: tuple[Evidence, ...]) -> Iterator[str]:
    yield from (str(count(evidence, verdict)) for verdict in ("proved", "refuted", "not_run"))


def _print_refuted(console: Console, evidence: Evidence) -> None:
    console.print(f"refuted: {evidence.claim.sentence}", style="red", markup=False, highlight=False)
    if evidence.observed:
        console.print(f"  {evidence.observed}", markup=False, highlight=False)
    if evidence.claim.kind == "builds":
        for line in evidence.details[:_DIFFERENCES]:
            console.print(f"    {line}", markup=False, highlight=False)


def _print_schema(console: Console, design: Design) -> None:
    owned = design.schema.owned_tables
    isolated = sum(1 for table in owned if table.row_security)
    names = ", ".join(table.name for table in owned[:_NAMES])
    more = f" and {len(owned) - _NAMES} more" if len(owned) > _NAMES else ""
    columns = sum(len(table.columns) for table in owned)
    constraints = sum(1 for table in owned for _ in table.constraints)
    indexes = sum(len(table.indexes) for table in owned)
    _line(
        console,
        f"{_many(len(owned), 'table')}, {_many(columns, 'column')}, {_many(constraints, 'constraint')}, "
        + _many(indexes, "index", "indexes")
        + (f"; {_many(isolated, 'table')} isolated by row" if isolated else ""),
        style="bold",
    )
    _line(console, f"  {names}{more}")


def _print_questions(console: Console, design: Design, *, shown: int) -> None:
    unanswered = [question for question in design.spec.questions if question.answer is None]
    decided = _many(len(design.decisions), "decision")
    if not unanswered:
        _line(console, f"{decided}, no question open")
        return
    _line(console, f"{decided}, {_many(len(unanswered), 'question')} on the safe default (settle with --answers)")
    for question in unanswered[:shown]:
        _print_question(console, question)
    if shown and len(unanswered) > shown:
        _line(console, f"  and {len(unanswered) - shown} more in DESIGN.md")


def _print_question(console: Console, question: Question) -> None:
    _line(console, f"  {question.id}: {question.default}")


def _line(console: Console, text: str, *, style: str = "") -> None:
    """Print one line, cut where the terminal ends; whole where there is none."""
    overflow: OverflowMethod = "ignore" if console.soft_wrap else "ellipsis"
    console.print(text, style=style, markup=False, highlight=False, overflow=overflow, no_wrap=True)


def _many(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
