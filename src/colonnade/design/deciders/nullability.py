"""Which columns must have a value."""

from __future__ import annotations

from dataclasses import replace

from colonnade.design.decision import Decision, Draft
from colonnade.design.drafting import Drafting, column_object
from colonnade.design.names import column_name, kebab
from colonnade.schema import Column, Table
from colonnade.spec import Attribute, Question, Spec

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
                    question = questions.get(f"Q-nullability-{kebab(entity.name)}-{kebab(attribute.name)}")
                    column, reason = _decide(attribute, table.column(column_name(attribute)), question)
                    changed[column.name] = column
                    drafting.decide(_decision(attribute, table, column, reason, question))
            columns = tuple(changed.get(column.name, column) for column in table.columns)
            drafting.put(replace(table, columns=columns))
        return drafting.finish()


def _decide(attribute: Attribute, column: Column, question: Question | None) -> tuple[Column, str]:
    required = replace(column, not_null=True)
    if question is not None and question.answer is not None:
        if question.settled in ("required", "not null"):
            return required, "The answer to the question says that it is always there."
        return column, "The answer to the question says that it may be absent."
    if attribute.role in _ALWAYS:
        return required, "The database itself fills it on every row."
    if attribute.role == "deleted":
        return column, "Absence has a meaning: the row is not deleted."
    if attribute.required:
        return required, "The spec requires it; its absence would have no meaning."
    if attribute.null_share:
        share = f"{attribute.null_share:.0%}"
        return column, f"The spec says that it is absent in {share} of the rows, so absence has a meaning."
    if column.default is not None:
        return required, "A writer who says nothing gets the default, so an absent value could not be told from it."
    if attribute.type.array and column.type.endswith("[]") and not attribute.type.array_min:
        empty = replace(required, default=f"'{{}}'::{column.type}")
        return (
            empty,
            "The empty list already says that there is nothing; a second spelling of nothing would split queries.",
        )
    if attribute.role == "generated":
        return column, "It is absent where what it is computed from is absent."
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
