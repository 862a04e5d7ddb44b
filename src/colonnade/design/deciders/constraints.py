"""Which values a column lets in."""

from __future__ import annotations

from colonnade.design.checks import ValueCheck, value_checks
from colonnade.design.decision import Decision, Draft, Rejected
from colonnade.design.default_checks import refuse_breaking_default
from colonnade.design.drafting import Drafting, constraint_object, table_object
from colonnade.design.names import column_name, constraint_name
from colonnade.schema import Check, ObjectName, Table
from colonnade.spec import Attribute, Entity, Spec

_SOURCE = "postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS"
_IN_CODE = Rejected(choice="validation in the application only", reason="Any other writer could store what it likes.")


class ValueConstraintDecider:
    """Turns each bound, pattern and list of values into a named CHECK."""

    def decide(self, spec: Spec, draft: Draft) -> tuple[Draft, tuple[Decision, ...]]:
        """Return the draft with the checks of its attributes."""
        drafting = Drafting(draft)
        for entity in spec.entities:
            if not entity.external:
                for attribute in entity.attributes:
                    if attribute.role != "computed":
                        _decide(drafting, entity, attribute)
        return drafting.finish()


def _decide(drafting: Drafting, entity: Entity, attribute: Attribute) -> None:
    table = drafting.table(entity.name)
    column = table.column(column_name(attribute))
    is_enum_type = drafting.is_enum_type(column)
    checks = tuple(value_checks(entity, attribute, column, is_enum_type=is_enum_type))
    refuse_breaking_default(entity, attribute, checks)
    for check in checks:
        if not check.expression:
            drafting.decide(_application_rule(table, attribute, check))
            continue
        name = constraint_name("ck", table.name, column.name, check.topic)
        table = drafting.add(table, checks=(Check(name=name, expression=check.expression),))
        if check.function is not None:
            drafting.functions[check.function.name] = check.function
        drafting.decide(_decision(table, attribute, check, name))


def _decision(table: Table, attribute: Attribute, check: ValueCheck, name: str) -> Decision:
    shaped: tuple[ObjectName, ...] = (constraint_object(table, name),)
    if check.function is not None:
        shaped = (*shaped, ObjectName(kind="function", name=check.function.name))
    return Decision(
        question=f"{check.topic} of {table.name}.{column_name(attribute)}",
        choice=f"CHECK ({check.expression})",
        reason=check.reason,
        rejected=(_IN_CODE,),
        shaped=shaped,
        facts=attribute.at,
        source=_SOURCE,
    )


def _application_rule(table: Table, attribute: Attribute, check: ValueCheck) -> Decision:
    return Decision(
        question=f"application rule of {table.name}.{column_name(attribute)}: {check.topic}",
        choice="kept by the application",
        reason=check.reason,
        shaped=(table_object(table),),
        facts=attribute.at,
    )
