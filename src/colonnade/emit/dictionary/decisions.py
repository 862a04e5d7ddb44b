"""Decisions of one table, those that chose the same for the same reason said once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from colonnade.design import Decision
from colonnade.emit.dictionary.entries import GroupedDecision
from colonnade.schema import ObjectName
from colonnade.span import Span


def by_object(decisions: Iterable[Decision]) -> dict[ObjectName, tuple[Decision, ...]]:
    """Return the decisions by what they shaped."""
    found: dict[ObjectName, list[Decision]] = {}
    for decision in decisions:
        for name in decision.shaped:
            found.setdefault(name, []).append(decision)
    return {name: tuple(members) for name, members in found.items()}


def by_table(decisions: Iterable[Decision]) -> dict[tuple[str, str], tuple[Decision, ...]]:
    """Return the decisions by namespace and table of what they shaped."""
    found: dict[tuple[str, str], dict[Decision, None]] = {}
    for decision in decisions:
        for name in decision.shaped:
            table = name.table or (name.name if name.kind == "table" else "")
            if table:
                found.setdefault((name.namespace, table), {})[decision] = None
    return {key: tuple(members) for key, members in found.items()}


def grouped(decisions: Iterable[Decision]) -> tuple[GroupedDecision, ...]:
    """Return the decisions in their order, with the subjects of equal ones together."""
    found: dict[object, list[Decision]] = {}
    for decision in decisions:
        topic, _ = _parts(decision.question)
        key = (topic, decision.choice, decision.reason, decision.rejected, decision.source, decision.asked)
        found.setdefault(key, []).append(decision)
    return tuple(_group(members) for members in found.values())


def reason_of(decisions: Iterable[Decision]) -> str:
    """Return the reasons, each said once."""
    return " ".join(dict.fromkeys(decision.reason for decision in decisions))


def facts_of(decisions: Iterable[Decision]) -> tuple[Span, ...]:
    """Return the places that say so, each line once."""
    spans = {(span.path, span.line): span for decision in decisions for span in reversed(decision.facts)}
    order = dict.fromkeys((span.path, span.line) for decision in decisions for span in decision.facts)
    return tuple(spans[place] for place in order)


def _group(members: Sequence[Decision]) -> GroupedDecision:
    first = members[0]
    return GroupedDecision(
        topic=_parts(first.question)[0],
        subjects=tuple(dict.fromkeys(subject for each in members if (subject := _parts(each.question)[1]))),
        choice=first.choice,
        reason=first.reason,
        rejected=first.rejected,
        source=first.source,
        asked=first.asked,
        facts=facts_of(members),
    )


def _parts(question: str) -> tuple[str, str]:
    """Return the topic and the subject of `type of tasks.title`; a question of one subject only keeps its words."""
    topic, of, subject = question.partition(" of ")
    return (topic, subject) if of and " " not in topic else (question, "")
