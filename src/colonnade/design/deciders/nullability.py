"""Which columns must have a value."""

from __future__ import annotations

from dataclasses import replace

from colonnade.design.decision import Decision, Draft
from colonnade.design.drafting import Drafting, column_object
from colonnade.design.names import column_name
from colonnade.schema import Column, Table
from colonnade.spec import Attribute, Question, Spec
from colonnade.spec.question_ids import question_id

_SOURCE = "postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-NOT-NULL"
_ALWAYS = frozenset({"key", "created", "updated", "version"})


class NullabilityDecider:
    """Says NOT NULL unless absence has a meaning."""

    def decide(self, spec: Spec, draft: Draft) -> tuple[Draft, tuple[Decision, ...]]:
        """Return the draft with its attributes' columns NOT NULL where they must be."""
        drafting = Drafting(draft)
        questions = {question.id: question for question in spec.questions if question.topic == "nullability"}
        for entity in spec.entities:
            if entity.external:
                continue
            table = drafting.table(entity.name)
            changed: dict[str, Column] = {}
            for attribute in entity.attributes:
                if attribute.role != "computed" and not table.column(column_name(attribute)).not_null:
                    question = questions.get(question_id("nullability", entity.name, attribute.name))
                    column, reason = _decide(attribute, table.column(column_name(attribute)), question)
                    changed[column.name] = column
                    drafting.decide(_decision(attribute, table, column, reason, question))
            columns = tuple(changed.get(column.name, column) for column in table.columns)
            drafting.put(replace(table, columns=columns))
        return drafting.finish()


def _decide(attribute: Attribute, column: Column, question: Question | None) -> tuple[Column, str]:
    """Return the column with its nullability, and why."""
    if question is not None and question.answer is not None:
        if question.settled in ("required", "not null"):
            return replace(column, not_null=True), "The answer to the question says that it is always there."
        return column, "The answer to the question says that it may be absent."
    return _by_role(attribute, column) or _by_presence(attribute, column)


def _by_role(attribute: Attribute, column: Column) -> tuple[Column, str] | None:
    """Decide for what the database itself fills; None for what writers give."""
    required = replace(column, not_null=True)
    if attribute.role in _ALWAYS:
        return required, "The database itself fills it on every row."
    if attribute.role == "deleted":
        if column.default is None:
            return column, "Absence has a meaning: the row is not deleted."
        return required, "A row is deleted or not; there is no third state."
    if attribute.role == "generated" and not attribute.required:
        return column, "It is absent where what it is computed from is absent."
    return None


def _by_presence(attribute: Attribute, column: Column) -> tuple[Column, str]:
    """Decide by what the spec says about absence."""
    required = replace(column, not_null=True)
    if attribute.required:
        return required, "The spec requires it; its absence would have no meaning."
    if attribute.null_share:
        return column, f"The spec says that {attribute.null_share:.0%} of the rows have none, so absence has a meaning."
    if column.default is not None:
        return required, "A writer who says nothing gets the default, so an absent value could not be told from it."
    if column.type.endswith("[]") and not attribute.type.array_min:
        empty = replace(required, default=f"'{{}}'::{column.type}")
        return empty, "The empty list already says that there is nothing; a second spelling would split every query."
    return column, "The spec does not require it: absence says that it is not known or does not apply."


def _decision(attribute: Attribute, table: Table, column: Column, reason: str, question: Question | None) -> Decision:
    return Decision(
        question=f"nullability of {table.name}.{column.name}",
        choice="NOT NULL" if column.not_null else "nullable",
        reason=reason,
        shaped=(column_object(table, column.name),),
        facts=attribute.at,
        source=_SOURCE,
        asked=question.id if question else "",
    )
