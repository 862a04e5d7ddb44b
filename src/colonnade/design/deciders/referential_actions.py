"""What becomes of a row when the row that it refers to goes."""

from __future__ import annotations

from dataclasses import replace

from colonnade.design.decision import Decision, Draft, Rejected
from colonnade.design.drafting import Drafting, constraint_object
from colonnade.design.names import kebab
from colonnade.design.references import References
from colonnade.errors import DesignError
from colonnade.schema import ForeignKey, ReferentialAction, Table
from colonnade.spec import Question, Relationship, Spec

_SOURCE = "postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK"
_ACTIONS: dict[str, ReferentialAction] = {
    "cascade": "CASCADE",
    "restrict": "RESTRICT",
    "set null": "SET NULL",
    "set default": "SET DEFAULT",
    "no action": "NO ACTION",
}


class ReferentialActionDecider:
    """Chooses ON DELETE by composition or association, and ON UPDATE by whether the key can change."""

    def decide(self, spec: Spec, draft: Draft) -> tuple[Draft, tuple[Decision, ...]]:
        """Return the draft with the actions of its foreign keys."""
        drafting = Drafting(draft)
        references = References(spec)
        for relationship in spec.relationships:
            if relationship.kind == "N-M":
                continue
            binding = draft.bindings.relationship(relationship.source, relationship.name)
            assert binding is not None  # noqa: S101 - the relationship decider has bound every relationship
            table = drafting.table(relationship.source)
            key = next(each for each in table.foreign_keys if each.name == binding.constraint)
            question = _question(spec, relationship)
            action, reason = _choose(relationship, table, key, question)
            on_update: ReferentialAction = "CASCADE" if _key_can_change(references, relationship) else "NO ACTION"
            chosen = replace(key, on_delete=action, on_update=on_update)
            keys = tuple(chosen if each is key else each for each in table.foreign_keys)
            drafting.put(replace(table, foreign_keys=keys))
            drafting.decide(_decision(relationship, table, chosen, reason, question))
        return drafting.finish()


def _question(spec: Spec, relationship: Relationship) -> Question | None:
    """Return the question about this relationship's fate, the more exact one first."""
    short = f"Q-ondelete-{kebab(relationship.target)}-{kebab(relationship.source)}"
    for wanted in (f"{short}-{kebab(relationship.name)}", short):
        for question in spec.questions:
            if question.id == wanted:
                return question
    return None


def _choose(
    relationship: Relationship, table: Table, key: ForeignKey, question: Question | None
) -> tuple[ReferentialAction, str]:
    """Return the action and why; the answered question comes first, then the text, then the kind."""
    nullable = not any(table.column(name).not_null for name in key.columns)
    if question is not None and question.answer is not None:
        return _stated(relationship, question.answer, nullable=nullable), "The question was answered so."
    if relationship.on_delete is not None:
        return _stated(relationship, relationship.on_delete, nullable=nullable), "The spec says so."
    if question is not None and question.settled in _ACTIONS:
        return _stated(relationship, question.settled, nullable=nullable), "Nobody has answered yet; the safe default."
    if relationship.composition or relationship.owner:
        return "CASCADE", "The row is a part of what it refers to, and a part does not outlive the whole."
    if nullable:
        return "SET NULL", "The rows only know each other, and the row means something without its target."
    return "RESTRICT", "The rows only know each other, and deleting the one must not silently take the other along."


def _stated(relationship: Relationship, action: str, *, nullable: bool) -> ReferentialAction:
    """Return a stated action; raises DesignError for one that the reference cannot follow."""
    chosen = _ACTIONS.get(action.lower().replace("-", " ").replace("_", " "))
    if chosen is None:
        raise DesignError(
            f'"{action}" is no ON DELETE action',
            hint=f"Use one of {', '.join(_ACTIONS)}.",
            at=next(iter(relationship.at), None),
        )
    if chosen == "SET NULL" and not nullable:
        raise DesignError(
            f'"{relationship.source}.{relationship.name}" is required and cannot be set to null',
            detail="Deleting the target would fail with SQLSTATE 23502.",
            hint="Make the relationship optional, or choose cascade or restrict.",
            at=next(iter(relationship.at), None),
        )
    return chosen


def _key_can_change(references: References, relationship: Relationship) -> bool:
    target = references.entities[relationship.target]
    return references.key_kind(target) == "natural" and not target.external


def _decision(
    relationship: Relationship, table: Table, key: ForeignKey, reason: str, question: Question | None
) -> Decision:
    update = f" ON UPDATE {key.on_update}" if key.on_update != "NO ACTION" else ""
    return Decision(
        question=f"fate of {relationship.source} when its {relationship.name} is deleted",
        choice=f"ON DELETE {key.on_delete}{update}",
        reason=reason + (" A natural key can change, and the references follow it." if update else ""),
        rejected=tuple(
            Rejected(choice=f"ON DELETE {action}", reason=why) for action, why in _REASONS if action != key.on_delete
        ),
        shaped=(constraint_object(table, key.name),),
        facts=relationship.at,
        source=_SOURCE,
        asked=question.id if question else "",
    )


_REASONS: tuple[tuple[ReferentialAction, str], ...] = (
    ("CASCADE", "The row would vanish although it does not belong to its target."),
    ("RESTRICT", "The target could never be deleted while such rows exist."),
    ("SET NULL", "The row would stay behind without what it belongs to."),
)
