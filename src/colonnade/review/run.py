"""Rules run over subjects: what they find, less what somebody has answered for."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar

from colonnade.review.baseline import BaselineEntry, entry_of
from colonnade.review.configuration import Configuration, KnownFinding
from colonnade.review.discovery import AnyRule
from colonnade.review.finding import MISSING, Evidence, Finding, NotRun, Review
from colonnade.review.rule import Reviewed
from colonnade.review.suppression import Suppression


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

    family: ClassVar[str] = "review"

    answers: Answers
    configuration: Configuration
    known_codes: frozenset[str]
    ran: Mapping[str, frozenset[str]]
    used: frozenset[tuple[Suppression | KnownFinding, str]]
    used_baseline: frozenset[BaselineEntry]
    path: str = ""
    evidence: frozenset[Evidence] = frozenset({Evidence.record})
    unseen: tuple[tuple[Evidence, str], ...] = ()


_Left = tuple[str, str, str]
"""Code and name of a rule, and why it was not run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outlook:
    """Which rules are `able` to look at a subject, the codes of those `seeing` all of it, and what is `left`."""

    able: tuple[AnyRule, ...]
    seeing: frozenset[str]
    left: tuple[_Left, ...]


def _outlook(
    rules: Iterable[AnyRule], evidence: frozenset[Evidence], unseen: tuple[tuple[Evidence, str], ...]
) -> _Outlook:
    """Return what rules can do with this evidence, of which some part is unseen."""
    able: list[AnyRule] = []
    seeing: set[str] = set()
    left: list[_Left] = []
    for rule in rules:
        if missing := rule.needs - evidence:
            usual = MISSING.get(min(missing), f"there is no evidence from {min(missing)}")
            left.append((rule.code, rule.name, next((why for kind, why in unseen if kind in missing), usual)))
            continue
        able.append(rule)
        reasons = sorted(reason for kind, reason in unseen if kind in rule.needs)
        left += [(rule.code, rule.name, reason) for reason in reasons]
        if not reasons:  # only a rule that saw everything can call a suppression unused
            seeing.add(rule.code)
    return _Outlook(able=tuple(able), seeing=frozenset(seeing), left=tuple(left))


@dataclass
class _Run:
    """What is noted while rules run."""

    configuration: Configuration
    answers: Answers
    findings: list[Finding] = field(default_factory=list)
    not_run: dict[_Left, list[str]] = field(default_factory=lambda: defaultdict(list))
    ran: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    used: set[tuple[Suppression | KnownFinding, str]] = field(default_factory=set)
    used_baseline: set[BaselineEntry] = field(default_factory=set)
    suppressed: int = 0

    def judge(self, outlook: _Outlook, subject: Reviewed) -> None:
        """Let rules look at a subject, as far as there is the evidence that each needs."""
        for left in outlook.left:
            self.not_run[left].append(subject.path)
        self.ran[subject.path] |= outlook.seeing
        for rule in outlook.able:
            for found in rule.check(subject):
                self._take(self._with_severity(found), rule)

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
    subjects: Iterable[Reviewed], rules: Collection[AnyRule], *, configuration: Configuration, answers: Answers
) -> Review:
    """Run the chosen rules over the subjects, each over those of its family, and the last over what the others did."""
    families: dict[str, list[AnyRule]] = defaultdict(list)
    for rule in rules:
        if configuration.chooses(rule.code, default=rule.default):
            families[rule.family()].append(rule)
    run = _Run(configuration=configuration, answers=answers)

    @functools.cache  # the same for most subjects
    def outlook(family: str, evidence: frozenset[Evidence], unseen: tuple[tuple[Evidence, str], ...]) -> _Outlook:
        return _outlook(families[family], evidence, unseen)

    for subject in subjects:
        run.judge(outlook(subject.family, subject.evidence, subject.unseen), subject)
    record = Record(
        answers=answers,
        configuration=configuration,
        known_codes=frozenset(rule.code for rule in rules),
        ran={path: frozenset(codes) for path, codes in run.ran.items()},
        used=frozenset(run.used),
        used_baseline=frozenset(run.used_baseline),
    )
    run.judge(outlook(record.family, record.evidence, record.unseen), record)
    return Review(
        findings=tuple(sorted(run.findings, key=lambda each: each.order)),
        not_run=tuple(
            NotRun(code=code, name=name, reason=reason, paths=tuple(sorted(paths)))
            for (code, name, reason), paths in sorted(run.not_run.items())
        ),
        suppressed=run.suppressed,
        baselined=len(run.used_baseline),
    )
