"""What the database itself keeps of the history of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from colonnade.design.decision import Decision, Draft, Rejected, asked
from colonnade.design.drafting import Drafting, column_object, table_object
from colonnade.design.history import attribute_with_role, never_changes
from colonnade.design.names import column_name
from colonnade.design.programs import before_update, raise_version, set_on_update
from colonnade.design.rules import function_object, trigger_object
from colonnade.schema import Function, Table, Trigger
from colonnade.spec import Attribute, Entity, Spec

_TRIGGERS = "postgresql.org/docs/current/plpgsql-trigger.html"


class HistoryDecider:
    """Keeps updated_at and version with triggers."""

    def decide(self, spec: Spec, draft: Draft) -> tuple[Draft, tuple[Decision, ...]]:
        """Return the draft with the triggers of its history."""
        drafting = Drafting(draft)
        for entity in spec.entities:
            settled = never_changes(spec, entity)
            for attribute in () if entity.external else entity.attributes:
                question = asked(spec, "timestamps", spec.name) if attribute.role in ("created", "updated") else ""
                drafting.decisions += (
                    replace(each, asked=question) for each in _keep(drafting, entity, attribute, settled=settled)
                )
            if settled and entity.versioned and attribute_with_role(entity, "version") is None:
                drafting.decide(_no_version(drafting.table(entity.name), entity))
        return drafting.finish()


def _keep(drafting: Drafting, entity: Entity, attribute: Attribute, *, settled: bool) -> Iterator[Decision]:
    table = drafting.table(entity.name)
    column = column_name(attribute) if attribute.role != "computed" else ""
    match attribute.role:
        case "updated" | "version" if settled:
            reason = "Rows of the table are never changed once written, so it stays as it was."
            yield _column_decision(table, attribute, "no trigger", reason)
        case "updated":
            trigger = _add(drafting, table, set_on_update(column, table.column(column).type))
            yield _trigger_decision(table, attribute, trigger, "A trigger keeps it, so that no writer can forget it.")
        case "version":
            trigger = _add(drafting, table, raise_version(column))
            reason = "Each update raises it, so that a writer who compares it notices that another was faster."
            yield _trigger_decision(table, attribute, trigger, reason)
        case "created":
            yield _column_decision(table, attribute, "DEFAULT now()", "The server's clock says when it was written.")
        case "deleted":
            reason = "One nullable column says both whether and when; a flag beside it could contradict it."
            yield _column_decision(table, attribute, "soft delete", reason)
        case _:
            pass


def _no_version(table: Table, entity: Entity) -> Decision:
    return Decision(
        question=f"version of {table.name}",
        choice="none",
        reason="Its rows are never changed once written, so a version would be 1 for ever.",
        shaped=(table_object(table),),
        facts=entity.at,
    )


def _add(drafting: Drafting, table: Table, function: Function) -> Trigger:
    drafting.functions[function.name] = function
    trigger = before_update(table, function)
    drafting.add(table, triggers=(trigger,))
    return trigger


def _trigger_decision(table: Table, attribute: Attribute, trigger: Trigger, reason: str) -> Decision:
    return Decision(
        question=f"history in {table.name}.{column_name(attribute)}",
        choice=f"trigger {trigger.name}",
        reason=reason,
        rejected=(Rejected(choice="the application sets it", reason="A job or a console would leave it as it was."),),
        shaped=(
            column_object(table, column_name(attribute)),
            trigger_object(table, trigger.name),
            function_object(trigger.function.strip('"')),
        ),
        facts=attribute.at,
        source=_TRIGGERS,
    )


def _column_decision(table: Table, attribute: Attribute, choice: str, reason: str) -> Decision:
    return Decision(
        question=f"history in {table.name}.{column_name(attribute)}",
        choice=choice,
        reason=reason,
        shaped=(column_object(table, column_name(attribute)),),
        facts=attribute.at,
    )
