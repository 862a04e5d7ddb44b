"""Rules run over subjects: what they find, less what somebody has answered for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from colonnade.review.baseline import BaselineEntry, entry_of
from colonnade.review.configuration import Configuration, KnownFinding
from colonnade.review.discovery import AnyRule
from colonnade.review.finding import MISSING, Evidence, Finding, NotRun, Review
from colonnade.review.rule import Reviewed
from colonnade.review.suppression import Suppression

_RECORD = "review"
"""The family of the rules that judge the review itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What somebody has answered for: comments in the sources, and a baseline; `today` ends the ones with a date."""

    today: date
    suppressions: tuple[Suppression, ...] = ()
    baseline: frozenset[BaselineEntry] = frozenset()
    baseline_path: str = ""
    configuration_path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a run did: the subject of the rules about the review itself.

    `ran` are the codes that judged, by path; `used` the answers that a finding needed, with the codes.
    """

    answers: Answers
    configuration: Configuration
    known_codes: frozenset[str]
    ran: Mapping[str, frozenset[str]]
    used: frozenset[tuple[Suppression | KnownFinding, str]]
    used_baseline: frozenset[BaselineEntry]
    path: str = ""
    evidence: frozenset[Evidence] = frozenset({Evidence.record})
    unseen: tuple[tuple[Evidence, str], ...] = ()


@dataclass
class _Run:
    """What is noted while rules run."""

    configuration: Configuration
    answers: Answers
    findings: list[Finding] = field(default_factory=list)
    not_run: dict[tuple[str, str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    ran: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    used: set[tuple[Suppression | KnownFinding, str]] = field(default_factory=set)
    used_baseline: set[BaselineEntry] = field(default_factory=set)
    suppressed: int = 0

    def judge(self, rule: AnyRule, subject: Reviewed) -> None:
        """Let a rule look at a subject, as far as there is the evidence that it needs."""
        missing = sorted(rule.needs - subject.evidence)
        if missing:
            usual = MISSING.get(missing[0], f"there is no evidence from {missing[0]}")
            self._leave(rule, next((why for kind, why in subject.unseen if kind in missing), usual), subject.path)
            return
        unseen = sorted(reason for kind, reason in subject.unseen if kind in rule.needs)
        for reason in unseen:
            self._leave(rule, reason, subject.path)
        if not unseen:  # only a rule that saw everything can call a suppression unused
            self.ran[subject.path].add(rule.code)
        for found in rule.check(subject):
            self._take(self._with_severity(found), rule)

    def _leave(self, rule: AnyRule, reason: str, path: str) -> None:
        self.not_run[rule.code, rule.name, reason].append(path)

    def _with_severity(self, found: Finding) -> Finding:
        other = self.configuration.severity.get(found.code)
        return found if other is None else replace(found, severity=other.level)

    def _take(self, found: Finding, rule: AnyRule) -> None:
        """Keep a finding, unless it is answered for."""
        answered = list(self._answered(found))
        if answered:
            self.used |= {(each, found.code) for each in answered}
            self.suppressed += 1
            return
        if rule.baselinable and entry_of(found) in self.answers.baseline:
            self.used_baseline.add(entry_of(found))
            return
        self.findings.append(found)

    def _answered(self, found: Finding) -> Iterator[Suppression | KnownFinding]:
        today = self.answers.today
        for comment in self.answers.suppressions:
            if found.code in comment.codes and comment.covers(found.at) and (comment.until or today) >= today:
                yield comment
        for known in self.configuration.suppress:
            same = (known.code, known.object) == (found.code, found.object)
            if same and (known.until or today) >= today:
                yield known


def review(
    subjects: Iterable[Reviewed],
    rules: Collection[AnyRule],
    *,
    family: str,
    configuration: Configuration,
    answers: Answers,
) -> Review:
    """Run the chosen rules of one family over the subjects, and those about the review itself over what they did."""
    chosen = [rule for rule in rules if configuration.chooses(rule.code, default=rule.default)]
    run = _Run(configuration=configuration, answers=answers)
    for subject in subjects:
        for rule in chosen:
            if rule.family() == family:
                run.judge(rule, subject)
    record = Record(
        answers=answers,
        configuration=configuration,
        known_codes=frozenset(rule.code for rule in rules),
        ran={path: frozenset(codes) for path, codes in run.ran.items()},
        used=frozenset(run.used),
        used_baseline=frozenset(run.used_baseline),
    )
    for rule in chosen:
        if rule.family() == _RECORD:
            run.judge(rule, record)
    return Review(
        findings=tuple(sorted(run.findings, key=lambda each: each.order)),
        not_run=tuple(
            NotRun(code=code, name=name, reason=reason, paths=tuple(sorted(paths)))
            for (code, name, reason), paths in sorted(run.not_run.items())
        ),
        suppressed=run.suppressed,
        baselined=len(run.used_baseline),
    )
