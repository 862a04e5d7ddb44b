"""Statements that are tried and undone, and what their outcomes say about a claim."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from colonnade.postgres import Attempt, Session
from colonnade.prove.claim import Claim, Evidence, Verdict
from colonnade.prove.worlds import RowName

_BATCH = 400
_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The statement must be refused with one of these states, by one of these constraints or columns.

    Without names any refusal with the state counts.
    """

    sqlstates: tuple[str, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The statement must pass; its last part must find or change so many rows, if said.

    A refusal counts against the claim when it comes from one of `names` or has one of the `sqlstates`; one of the
    states in `or_refused` serves as well as passing; any other is about something else.
    """

    rows: int | None = None
    names: tuple[str, ...] = ()
    sqlstates: tuple[str, ...] = ()
    or_refused: tuple[str, ...] = ()


Expected = Rejected | Accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way of putting a question: a statement or short script, and what is special about it.

    A refusal tells something only if the `control` passes, where there is one.
    """

    sql: str
    note: str = ""
    control: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question to the server; the ways are tried in turn until one gets a telling answer."""

    ways: tuple[Way, ...]
    expected: Expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A claim with the questions that decide it.

    `needs` are the rows that must be stored before. `impossible` says why there is no question to ask.
    The answers tell something only if each of the `premises` is met. `remedy` is what to change when an answer
    is wrong.
    """

    claim: Claim
    questions: tuple[Question, ...] = ()
    premises: tuple[Question, ...] = ()
    needs: tuple[RowName, ...] = ()
    impossible: str = ""
    remedy: str = ""


@dataclass(slots=True)
class _Trail:
    """A question on its way to a telling answer.

    That a statement passes is shown by any one way; that it does not, only when no way passes.
    """

    question: Question
    answers: list[Attempt] = field(default_factory=list)
    verdict: Verdict = "not_run"
    told: int = -1

    @property
    def done(self) -> bool:
        """Whether no further way is to be tried."""
        settled = self.verdict == "proved" or (
            self.verdict == "refuted" and isinstance(self.question.expected, Rejected)
        )
        return settled or len(self.answers) == len(self.question.ways)

    def take(self, answer: Attempt) -> None:
        """Take the answer to the next way."""
        self.answers.append(answer)
        verdict = _verdict(answer, self.question.expected)
        if verdict == "proved" or (verdict == "refuted" and self.verdict == "not_run"):
            self.verdict, self.told = verdict, len(self.answers) - 1

    @property
    def way(self) -> Way:
        """The way that got the telling answer, else the last."""
        return self.question.ways[: max(1, len(self.answers))][self.told]

    @property
    def answer(self) -> Attempt:
        """The telling answer, else the last."""
        return self.answers[self.told]


def run(session: Session, experiments: Sequence[Experiment]) -> tuple[Evidence, ...]:
    """Ask every question and return one evidence for each experiment; the database stays as it was."""
    asked = [[_Trail(question) for question in each.questions] for each in experiments]
    premises = [[_Trail(question) for question in each.premises] for each in experiments]
    pending = [trail for found in (*premises, *asked) for trail in found]
    elapsed_ms: dict[int, float] = {}
    while pending:
        for start in range(0, len(pending), _BATCH):
            _ask(session, pending[start : start + _BATCH], elapsed_ms)
        pending = [trail for trail in pending if not trail.done]
    for trails in asked:
        for trail in trails:
            _doubt(session, trail)
    return tuple(
        _unmet(each, before) or _evidence(each, trails, elapsed_ms)
        for each, before, trails in zip(experiments, premises, asked, strict=True)
    )


def _ask(session: Session, trails: Sequence[_Trail], elapsed_ms: dict[int, float]) -> None:
    """Try the next way of each question, in one round trip."""
    started = time.perf_counter()
    answers = session.attempt_all([trail.question.ways[len(trail.answers)].sql for trail in trails])
    each_ms = (time.perf_counter() - started) * 1000 / len(trails)
    for trail, answer in zip(trails, answers, strict=True):
        trail.take(answer)
        elapsed_ms[id(trail)] = elapsed_ms.get(id(trail), 0.0) + each_ms


def _doubt(session: Session, trail: _Trail) -> None:
    """Take back that a refusal speaks against a claim, where the control is refused as well."""
    if trail.verdict != "refuted" or isinstance(trail.question.expected, Rejected):
        return
    for place, (way, answer) in enumerate(zip(trail.question.ways, trail.answers, strict=False)):
        if _verdict(answer, trail.question.expected) == "refuted" and (
            not way.control or session.attempt(way.control).ok
        ):
            trail.told = place
            return
    trail.verdict = "not_run"


def _verdict(answer: Attempt, expected: Expected) -> Verdict:
    """Say whether an answer is the expected one, the contrary, or about something else."""
    culprits = {answer.constraint, answer.column} - {""}
    match expected:
        case Rejected():
            if answer.ok:
                return "refuted"
            meant = answer.sqlstate in expected.sqlstates and (not expected.names or culprits & set(expected.names))
            return "proved" if meant else "not_run"
        case Accepted():
            if answer.ok:
                return "proved" if expected.rows in {None, answer.row_count} else "refuted"
            if answer.sqlstate in expected.or_refused:
                return "proved"
            return "refuted" if culprits & set(expected.names) or answer.sqlstate in expected.sqlstates else "not_run"


def _unmet(experiment: Experiment, premises: Sequence[_Trail]) -> Evidence | None:
    """Return that a premise is not met, None when all are."""
    for trail in premises:
        if trail.verdict != "proved":
            said = f"not tried, because what it starts from is not so: {_observed([trail])}"
            return Evidence(claim=experiment.claim, verdict="not_run", sql=f"{trail.way.sql};", observed=said)
    return None


def _evidence(experiment: Experiment, trails: Sequence[_Trail], elapsed_ms: Mapping[int, float]) -> Evidence:
    if experiment.impossible or not trails:
        return Evidence(claim=experiment.claim, verdict="not_run", observed=experiment.impossible)
    verdicts = [trail.verdict for trail in trails]
    verdict: Verdict = "refuted" if "refuted" in verdicts else "proved" if "proved" in verdicts else "not_run"
    telling = [trail for trail in trails if trail.verdict == verdict]
    observed = _observed(telling)
    if verdict == "refuted" and experiment.remedy:
        observed = f"{observed}. {experiment.remedy}"
    return Evidence(
        claim=experiment.claim,
        verdict=verdict,
        sql="\n".join(f"{trail.way.sql};" for trail in trails[:_SHOWN]),
        observed=observed,
        sqlstate=telling[0].answer.sqlstate,
        elapsed_ms=round(sum(elapsed_ms[id(trail)] for trail in trails), 3),
        details=tuple(_details(trails)),
    )


def _observed(trails: Sequence[_Trail]) -> str:
    """Return what the server said, each answer once."""
    said: dict[str, int] = {}
    for trail in trails:
        text = answer_text(trail.answer, trail.question.expected)
        text += f" ({trail.way.note})" if trail.way.note else ""
        said[text] = said.get(text, 0) + 1
    return "; ".join(f"{text}, {count} times" if count > 1 else text for text, count in said.items())


def answer_text(answer: Attempt, expected: Expected) -> str:
    """Return an answer in words that do not change from run to run."""
    if not answer.ok:
        culprit = answer.constraint or answer.column
        return f"rejected: {answer.sqlstate} {culprit}" if culprit else f"rejected: {answer.sqlstate} {answer.message}"
    if isinstance(expected, Accepted) and expected.rows is not None:
        return f"accepted, {answer.row_count} rows" if answer.row_count != 1 else "accepted, 1 row"
    return "accepted"


def _details(trails: Sequence[_Trail]) -> Iterator[str]:
    """Yield one line for each question, where there are several."""
    if len(trails) < 2:
        return
    for place, trail in enumerate(trails[:_SHOWN], start=1):
        yield f"{place}. {answer_text(trail.answer, trail.question.expected)}"
    if len(trails) > _SHOWN:
        yield f"and {len(trails) - _SHOWN} more"
