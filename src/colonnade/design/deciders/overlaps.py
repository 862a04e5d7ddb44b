"""Which rows may not overlap."""

from __future__ import annotations

from colonnade.design.decision import Decision, Draft, Rejected
from colonnade.design.drafting import Drafting, constraint_object
from colonnade.design.history import both, live_predicate
from colonnade.design.names import constraint_name, free_name
from colonnade.design.references import References
from colonnade.design.rules import application_rule, columns_of, constraint_names, row_condition
from colonnade.errors import DesignError
from colonnade.schema import Check, Exclusion, ExclusionElement, ObjectName, Table
from colonnade.spec import NoOverlap, Spec
from colonnade.sql.identifier import quote

_SOURCE = "postgresql.org/docs/current/rangetypes.html#RANGETYPES-CONSTRAINT"
_RANGES = {
    "timestamp with time zone": "tstzrange",
    "timestamp without time zone": "tsrange",
    "date": "daterange",
    "smallint": "int4range",
    "integer": "int4range",
    "bigint": "int8range",
}


class OverlapDecider:
    """Forbids overlapping periods with an exclusion constraint."""

    def decide(self, spec: Spec, draft: Draft) -> tuple[Draft, tuple[Decision, ...]]:
        """Return the draft with its exclusion constraints."""
        drafting = Drafting(draft)
        references = References(spec)
        for invariant in spec.invariants:
            if isinstance(invariant, NoOverlap):
                _decide(drafting, references, invariant)
        return drafting.finish()


def _decide(drafting: Drafting, references: References, rule: NoOverlap) -> None:
    entity = references.entities[rule.entity]
    table = drafting.table(rule.entity)
    condition = row_condition(references, rule.entity, rule.where)
    if condition.obstacle:
        sentence = f"no overlap between {rule.start} and {rule.end}"
        drafting.decide(application_rule(table, sentence, condition.obstacle, rule.at))
        return
    (start,) = columns_of(references, rule.entity, rule.start, rule)
    (end,) = columns_of(references, rule.entity, rule.end, rule)
    per = tuple(column for name in rule.per for column in columns_of(references, rule.entity, name, rule))
    predicate = both(condition.text, live_predicate(entity))
    elements = tuple(ExclusionElement(expression=_scalar(table, column), operator="=") for column in per)
    period = ExclusionElement(expression=_range(table, start, end, rule), operator="&&")
    taken = constraint_names(table)
    exclusion = Exclusion(
        name=free_name(constraint_name("ex", table.name, *per, start, end), taken),
        method="gist",
        elements=(*elements, period),
        predicate=predicate or None,
    )
    order = _order(table, start, end)
    table = drafting.add(table, exclusions=(exclusion,), checks=order)
    if per:
        drafting.extensions.add("btree_gist")
    drafting.decide(_decision(table, exclusion, order, rule, needs_extension=bool(per)))


def _scalar(table: Table, column: str) -> str:
    """Return the key as the GiST index takes it; btree_gist knows no citext and no enum of ours."""
    if table.column(column).type == "citext":
        return f"lower({quote(column)}::text)"
    return quote(column)


def _range(table: Table, start: str, end: str, rule: NoOverlap) -> str:
    """Return the half-open period as an expression over both columns."""
    types = {table.column(start).type, table.column(end).type}
    if len(types) > 1:
        raise DesignError(
            f'"{rule.start}" and "{rule.end}" of "{rule.entity}" are of different types',
            detail=f"They are {' and '.join(sorted(types))}, so they bound no period.",
            at=next(iter(rule.at), None),
        )
    (type_name,) = types
    first, last = quote(start), quote(end)
    if type_name in _RANGES:
        return f"{_RANGES[type_name]}({first}, {last})"
    if type_name.startswith("numeric"):
        return f"numrange({first}, {last})"
    if type_name == "double precision":
        return f"numrange({first}::numeric, {last}::numeric)"
    if type_name == "time without time zone":
        return f"tsrange('2000-01-01'::date + {first}, '2000-01-01'::date + {last})"
    raise DesignError(
        f'"{rule.start}" and "{rule.end}" of "{rule.entity}" bound no period',
        detail=f"They are {type_name}.",
        hint="Use dates, timestamps, times or numbers.",
        at=next(iter(rule.at), None),
    )


def _order(table: Table, start: str, end: str) -> tuple[Check, ...]:
    """Return the check that a period does not end before it starts, unless there is one already."""
    first, last = quote(start), quote(end)
    said = {f"{first} < {last}", f"{last} > {first}", f"{first} <= {last}", f"{last} >= {first}"}
    if any(check.expression in said for check in table.checks):
        return ()
    name = free_name(constraint_name("ck", table.name, start, end), constraint_names(table))
    return (Check(name=name, expression=f"{first} < {last}"),)


def _decision(
    table: Table, exclusion: Exclusion, order: tuple[Check, ...], rule: NoOverlap, *, needs_extension: bool
) -> Decision:
    said = ", ".join(f"{each.expression} WITH {each.operator}" for each in exclusion.elements)
    where = f" WHERE ({exclusion.predicate})" if exclusion.predicate else ""
    extension: tuple[ObjectName, ...] = (ObjectName(kind="extension", name="btree_gist"),) if needs_extension else ()
    checks = tuple(constraint_object(table, check.name) for check in order)
    return Decision(
        question=f"overlap of {table.name}",
        choice=f"EXCLUDE USING gist ({said}){where}",
        reason="Two periods may not overlap, whoever writes them at the same time; the period is half-open, so one "
        "may begin when another ends.",
        rejected=(
            Rejected(choice="a unique constraint", reason="It compares for equality, not for overlap."),
            Rejected(choice="a trigger that looks", reason="Two writers can both look and both insert."),
        ),
        shaped=(constraint_object(table, exclusion.name), *checks, *extension),
        facts=rule.at,
        source=_SOURCE,
    )
