"""What becomes of a row when the row that it refers to goes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from colonnade.design.decision import Decision, Draft, Rejected
from colonnade.design.drafting import Drafting, constraint_object
from colonnade.design.reachability import Reachability
from colonnade.design.references import References
from colonnade.errors import DesignError
from colonnade.schema import ForeignKey, ReferentialAction, Table
from colonnade.spec import ExactlyOneOf, Question, Relationship, Spec
from colonnade.spec.question_ids import ondelete_ids

_SOURCE = "postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK"
_ACTIONS: dict[str, ReferentialAction] = {
    "cascade": "CASCADE",
    "restrict": "RESTRICT",
    "set null": "SET NULL",
    "set default": "SET DEFAULT",
    "no action": "NO ACTION",
}
_REASONS: dict[ReferentialAction, str] = {
    "CASCADE": "The row would vanish with what it only knows.",
    "RESTRICT": "The target could never be deleted while such rows exist.",
    "SET NULL": "The row would stay behind without what it belongs to.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """The action of one reference, why, and whether the text or an answer says so."""

    action: ReferentialAction
    reason: str
    stated: bool = False


class ReferentialActionDecider:
    """Chooses ON DELETE by composition or association, and ON UPDATE by whether the key can change."""

    def decide(self, spec: Spec, draft: Draft) -> tuple[Draft, tuple[Decision, ...]]:
        """Return the draft with the actions of its foreign keys."""
        run = _Run(spec, draft)
        relationships = [each for each in spec.relationships if each.kind != "N-M"]
        choices = {_key_of(each): run.choose(each) for each in relationships}
        run.break_circles(relationships, choices)
        for relationship in relationships:
            run.settle(relationship, choices[_key_of(relationship)])
        return run.drafting.finish()


def _key_of(relationship: Relationship) -> tuple[str, str]:
    return relationship.source, relationship.name


class _Run:
    """One run over a spec: which deletes reach which entities, and which rows need each other."""

    def __init__(self, spec: Spec, draft: Draft) -> None:
        self.drafting = Drafting(draft)
        self._spec = spec
        self._bindings = draft.bindings
        self._references = References(spec)
        questions = {question.id: question for question in spec.questions}
        self._questions = {
            _key_of(relationship): questions[identifier]
            for identifier, relationship in ondelete_ids(spec.relationships)
            if identifier in questions
        }
        self._deletes = Reachability()
        self._needs = Reachability()
        self._alternatives = {
            (rule.entity, member)
            for rule in spec.invariants
            if isinstance(rule, ExactlyOneOf) and not rule.optional
            for member in rule.members
        }

    def choose(self, relationship: Relationship) -> _Choice:
        """Return the action that the text or the kind of the relationship asks for, if the other rules allow it."""
        choice = self._wanted(relationship)
        if choice.action == "SET NULL" and _key_of(relationship) in self._alternatives:
            reason = "Setting it to null would break the rule that exactly one of several is present."
            return _Choice(action="RESTRICT", reason=reason)
        return choice

    def _wanted(self, relationship: Relationship) -> _Choice:
        """Return the action: as answered, as the text says, as the question's default says, else by the kind."""
        table, key = self._key(relationship)
        nullable = not any(table.column(name).not_null for name in key.columns)
        question = self._questions.get(_key_of(relationship))
        if question is not None and question.answer is not None:
            action = _stated(relationship, question.answer, nullable=nullable)
            return _Choice(action=action, reason="The question was answered so.", stated=True)
        if relationship.on_delete is not None:
            action = _stated(relationship, relationship.on_delete, nullable=nullable)
            return _Choice(action=action, reason="The spec says so.", stated=True)
        if self._references.is_association(relationship.source) and not nullable:
            return _Choice(action="CASCADE", reason="A link means nothing once one of its ends is gone.")
        if question is not None and question.settled in _ACTIONS:
            action = _stated(relationship, question.settled, nullable=nullable)
            by_kind = _by_kind(relationship, nullable=nullable)
            because = by_kind.reason if by_kind.action == action else "The text does not say."
            return _Choice(action=action, reason=f"{because} Nobody has answered the question, so its default stands.")
        return _by_kind(relationship, nullable=nullable)

    def break_circles(self, relationships: list[Relationship], choices: dict[tuple[str, str], _Choice]) -> None:
        """Let no circle of tables consist of cascades only, unless the text says so edge by edge."""
        ordered = sorted(relationships, key=lambda each: not choices[_key_of(each)].stated)
        for relationship in ordered:
            choice = choices[_key_of(relationship)]
            source, target = relationship.source, relationship.target
            if choice.action == "CASCADE" and source != target:
                if not choice.stated and self._deletes.reaches(source, target):
                    reason = f"Cascades would run in a circle from {source} over {target} and empty all its tables."
                    choices[_key_of(relationship)] = _Choice(action="RESTRICT", reason=reason)
                else:
                    self._deletes.add(target, source)

    def settle(self, relationship: Relationship, choice: _Choice) -> None:
        """Give the foreign key its actions and its time of checking, and record why."""
        table, key = self._key(relationship)
        source, target = relationship.source, relationship.target
        key = replace(key, on_delete=choice.action)
        reason = choice.reason
        if choice.action == "RESTRICT" and source != target and self._deletes.reaches(target, source):
            key = replace(key, on_delete="NO ACTION", deferrable=True)
            reason += (
                f" A cascade also leads from {target} to {source}: RESTRICT would refuse even when that takes the row "
                "along; NO ACTION, deferred by the transaction that deletes, looks only at its end."
            )
        required = any(table.column(name).not_null for name in key.columns)
        if required and source != target:
            if self._needs.reaches(target, source):
                key = replace(key, deferrable=True, initially_deferred=True)
                reason += f" {source} and {target} need each other, so the reference is checked at the end."
            else:
                self._needs.add(source, target)
        if self._key_can_change(relationship):
            key = replace(key, on_update="CASCADE")
            reason += " A natural key can change, and the references follow it."
        keys = tuple(key if each.name == key.name else each for each in table.foreign_keys)
        self.drafting.put(replace(table, foreign_keys=keys))
        self.drafting.decide(_decision(relationship, table, key, reason, self._questions.get(_key_of(relationship))))

    def _key(self, relationship: Relationship) -> tuple[Table, ForeignKey]:
        binding = self._bindings.relationship(relationship.source, relationship.name)
        assert binding is not None  # noqa: S101 - the relationship decider has bound every relationship
        table = self.drafting.table(relationship.source)
        return table, next(each for each in table.foreign_keys if each.name == binding.constraint)

    def _key_can_change(self, relationship: Relationship) -> bool:
        target = self._references.entities[relationship.target]
        return self._references.key_kind(target) == "natural" and not target.external


def _by_kind(relationship: Relationship, *, nullable: bool) -> _Choice:
    """Return the action of a composition or an association."""
    if relationship.composition or relationship.owner:
        reason = "The row is a part of what it refers to, and a part does not outlive the whole."
        return _Choice(action="CASCADE", reason=reason)
    if nullable:
        reason = "The rows only know each other, and the row means something without its target."
        return _Choice(action="SET NULL", reason=reason)
    reason = "The rows only know each other, and deleting the one must not silently take the other along."
    return _Choice(action="RESTRICT", reason=reason)


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


def _decision(
    relationship: Relationship, table: Table, key: ForeignKey, reason: str, question: Question | None
) -> Decision:
    update = f" ON UPDATE {key.on_update}" if key.on_update != "NO ACTION" else ""
    when = " DEFERRABLE" + (" INITIALLY DEFERRED" if key.initially_deferred else "") if key.deferrable else ""
    return Decision(
        question=f"fate of {relationship.source} when its {relationship.name} is deleted",
        choice=f"ON DELETE {key.on_delete}{update}{when}",
        reason=reason,
        rejected=tuple(
            Rejected(choice=f"ON DELETE {action}", reason=why)
            for action, why in _REASONS.items()
            if action != key.on_delete
        ),
        shaped=(constraint_object(table, key.name),),
        facts=relationship.at,
        source=_SOURCE,
        asked=question.id if question else "",
    )
