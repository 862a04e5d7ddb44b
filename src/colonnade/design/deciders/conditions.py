"""Which values of one row go together."""

from __future__ import annotations

from colonnade.design.decision import Decision, Draft, Rejected
from colonnade.design.drafting import Drafting, constraint_object
from colonnade.design.names import constraint_name, free_name
from colonnade.design.references import References
from colonnade.design.rules import application_rule, columns_of, constraint_names, row_condition
from colonnade.errors import DesignError
from colonnade.schema import Check, Table
from colonnade.spec import ApplicationRule, Condition, ExactlyOneOf, Spec
from colonnade.sql import expression as sql
from colonnade.sql.identifier import quote, snake

_SOURCE = "postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS"
_IN_CODE = Rejected(choice="validation in the application only", reason="Any other writer could store what it likes.")


class ConditionDecider:
    """Turns each rule over one row into a CHECK, and records each rule that only the application can keep."""

    def decide(self, spec: Spec, draft: Draft) -> tuple[Draft, tuple[Decision, ...]]:
        """Return the draft with the checks of its conditions."""
        drafting = Drafting(draft)
        references = References(spec)
        for invariant in spec.invariants:
            match invariant:
                case Condition():
                    _condition(drafting, references, invariant)
                case ExactlyOneOf():
                    _one_of(drafting, references, invariant)
                case ApplicationRule():
                    table = drafting.table(invariant.entity)
                    rule = application_rule(table, invariant.sentence, invariant.reason, invariant.at)
                    drafting.decide(rule)
                case _:
                    pass
        return drafting.finish()


def _condition(drafting: Drafting, references: References, rule: Condition) -> None:
    table = drafting.table(rule.entity)
    condition = row_condition(references, rule.entity, rule.expression)
    if table.external:
        reason = "Another product owns the table."
        drafting.decide(application_rule(table, sql.compact(rule.expression), reason, rule.at))
    elif condition.obstacle:
        drafting.decide(application_rule(table, sql.compact(rule.expression), condition.obstacle, rule.at))
    elif not any(check.expression == condition.text for check in table.checks):
        names = references.names(rule.entity)
        mentioned = sql.value_names(rule.expression, names)
        columns = tuple(dict.fromkeys(column for name in mentioned for column in names[name]))
        parts = (snake(rule.name),) if rule.name else columns
        reason = "The spec ties these values of a row together."
        _add(drafting, table, parts, condition.text, reason, rule)


def _one_of(drafting: Drafting, references: References, rule: ExactlyOneOf) -> None:
    table = drafting.table(rule.entity)
    members = {name: columns_of(references, rule.entity, name, rule) for name in rule.members}
    for name, columns in members.items():
        if all(table.column(column).not_null for column in columns):
            raise DesignError(
                f'"{rule.entity}.{name}" is required and one of several that exclude each other',
                detail="The others could then never be present.",
                hint="Make it optional.",
                at=next(iter(rule.at), None),
            )
    if all(len(columns) == 1 for columns in members.values()):
        count = f"num_nonnulls({', '.join(quote(columns[0]) for columns in members.values())})"
    else:
        count = " + ".join(f"(({', '.join(map(quote, columns))}) IS NOT NULL)::integer" for columns in members.values())
    many = "At most" if rule.optional else "Exactly"
    expression = f"{count} {'<=' if rule.optional else '='} 1"
    _add(drafting, table, ("one_of", *members), expression, f"{many} one of these may be present.", rule)


def _add(
    drafting: Drafting,
    table: Table,
    parts: tuple[str, ...],
    expression: str,
    reason: str,
    rule: Condition | ExactlyOneOf,
) -> None:
    name = free_name(constraint_name("ck", table.name, *parts), constraint_names(table))
    table = drafting.add(table, checks=(Check(name=name, expression=expression),))
    drafting.decide(
        Decision(
            question=f"condition {name}",
            choice=f"CHECK ({expression})",
            reason=reason,
            rejected=(_IN_CODE,),
            shaped=(constraint_object(table, name),),
            facts=rule.at,
            source=_SOURCE,
        )
    )
