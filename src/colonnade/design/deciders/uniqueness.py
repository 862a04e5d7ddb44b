"""Which rows may not be alike."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from colonnade.design.decision import Decision, Draft, Rejected, asked
from colonnade.design.drafting import Drafting, constraint_object
from colonnade.design.history import both, live_predicate
from colonnade.design.names import constraint_name, free_name
from colonnade.design.references import References
from colonnade.design.rules import application_rule, columns_of, constraint_names, index_object, row_condition
from colonnade.schema import Exclusion, ExclusionElement, Index, IndexKey, ObjectName, Table, Unique
from colonnade.spec import CardinalityLimit, Spec, Uniqueness
from colonnade.sql.identifier import quote

_LOWER = re.compile(r"lower\(\s*(.+?)\s*\)\Z", re.IGNORECASE)
_UNIQUE = "postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-UNIQUE-CONSTRAINTS"
_PARTIAL = "postgresql.org/docs/current/indexes-partial.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """A key of a uniqueness: its column, and whether case is ignored."""

    column: str
    lowered: bool = False

    @property
    def text(self) -> str:
        """The key as SQL."""
        return f"lower({quote(self.column)})" if self.lowered else quote(self.column)


class UniquenessDecider:
    """Turns each uniqueness into a UNIQUE constraint, or a unique index where it has a condition or ignores case."""

    def decide(self, spec: Spec, draft: Draft) -> tuple[Draft, tuple[Decision, ...]]:
        """Return the draft with its unique constraints and indexes."""
        drafting = Drafting(draft)
        references = References(spec)
        for invariant in spec.invariants:
            if isinstance(invariant, Uniqueness):
                _decide(drafting, references, invariant)
            elif isinstance(invariant, CardinalityLimit) and invariant.maximum == 1:
                _decide(drafting, references, _at_most_one(invariant))
        return drafting.finish()


def _at_most_one(limit: CardinalityLimit) -> Uniqueness:
    """Return a limit of one row as what it is: a uniqueness, which needs no trigger."""
    return Uniqueness(entity=limit.entity, keys=limit.per, where=limit.where, at=limit.at)


def _decide(drafting: Drafting, references: References, rule: Uniqueness) -> None:
    entity = references.entities[rule.entity]
    if entity.external:
        return
    table = drafting.table(rule.entity)
    keys = _keys(references, table, rule)
    condition = row_condition(references, rule.entity, rule.where)
    sentence = f"unique {', '.join(key.text for key in keys)}" + (f" where {rule.where}" if rule.where else "")
    if condition.obstacle:
        drafting.decide(application_rule(table, sentence, condition.obstacle, rule.at))
        return
    predicate = both(condition.text, live_predicate(entity))
    covering = _covering(table, keys, predicate)
    if covering:
        drafting.decide(_redundant(table, sentence, covering, rule))
        return
    rule = rule.model_copy(update={"nulls_equal": rule.nulls_equal or _escapes(table, keys, rule)})
    wanted = constraint_name("uq", table.name, *(key.column for key in keys))
    name = free_name(wanted, constraint_names(table))
    table = _with_rule(table, name, keys, predicate, rule)
    drafting.put(table)
    decision = _decision(table, name, keys, predicate, rule, live=live_predicate(entity))
    drafting.decide(replace(decision, asked=_question(references.spec, rule)))


def _keys(references: References, table: Table, rule: Uniqueness) -> tuple[_Key, ...]:
    found: list[_Key] = []
    for written in rule.keys:
        lowered = _LOWER.match(written)
        for column in columns_of(references, rule.entity, lowered[1] if lowered else written, rule):
            is_text = table.column(column).type == "text"
            found.append(_Key(column=column, lowered=lowered is not None and is_text))
    return tuple(dict.fromkeys(found))


def _question(spec: Spec, rule: Uniqueness) -> str:
    """Return the question that could change the rule: within what it holds, or whether case counts."""
    names = [lowered[1] if (lowered := _LOWER.match(key)) else key for key in rule.keys]
    found = [asked(spec, topic, rule.entity, name) for topic in ("unique-scope", "case") for name in names]
    return next((each for each in found if each), "")


def _covering(table: Table, keys: tuple[_Key, ...], predicate: str) -> str:
    """Return the constraint that says as much already: on no more columns, for no fewer rows."""
    plain = {key.column for key in keys}
    if table.primary_key and set(table.primary_key.columns) <= plain:
        return table.primary_key.name
    for unique in table.uniques:
        if set(unique.columns) <= plain and not unique.deferrable:
            return unique.name
    for index in table.indexes:
        same_rows = index.predicate is None or index.predicate == predicate
        texts = {quote(key.column) if key.column else key.expression for key in index.keys}
        if index.unique and same_rows and texts <= {key.text for key in keys} | {quote(column) for column in plain}:
            return index.name
    return ""


def _escapes(table: Table, keys: tuple[_Key, ...], rule: Uniqueness) -> bool:
    """Tell whether rows without a referenced row would escape the rule, as top-level rows without a parent do."""
    referencing = {column for key in table.foreign_keys for column in key.columns}
    nullable = {key.column for key in keys if not table.column(key.column).not_null}
    return bool(nullable) and nullable <= referencing and len(nullable) < len(keys) and not rule.where


def _with_rule(table: Table, name: str, keys: tuple[_Key, ...], predicate: str, rule: Uniqueness) -> Table:
    plain = not predicate and not any(key.lowered for key in keys)
    if plain:
        unique = Unique(
            name=name,
            columns=tuple(key.column for key in keys),
            nulls_not_distinct=rule.nulls_equal,
            deferrable=rule.deferrable,
        )
        return replace(table, uniques=(*table.uniques, unique))
    if rule.deferrable:
        elements = tuple(ExclusionElement(expression=key.text, operator="=") for key in keys)
        exclusion = Exclusion(
            name=name, method="btree", elements=elements, predicate=predicate or None, deferrable=True
        )
        return replace(table, exclusions=(*table.exclusions, exclusion))
    index = Index(
        name=name,
        keys=tuple(IndexKey(expression=key.text) if key.lowered else IndexKey(column=key.column) for key in keys),
        unique=True,
        nulls_not_distinct=rule.nulls_equal,
        predicate=predicate or None,
    )
    return replace(table, indexes=(*table.indexes, index))


def _decision(
    table: Table, name: str, keys: tuple[_Key, ...], predicate: str, rule: Uniqueness, *, live: str
) -> Decision:
    lowered = any(key.lowered for key in keys)
    reasons = ["The spec says that no two rows agree on this; only a constraint holds it between concurrent writers."]
    reasons += ["Case is ignored, so the index is on lower()."] if lowered else []
    reasons += ["A row deleted softly gives its value free."] if live else []
    reasons += ["Rows without a value count as alike, or they would escape the rule."] if rule.nulls_equal else []
    reasons += ["It is checked at the end of the statement, so that values can be swapped."] if rule.deferrable else []
    return Decision(
        question=f"uniqueness of {table.name} ({', '.join(key.text for key in keys)})",
        choice=f"unique ({', '.join(key.text for key in keys)})" + (f" where {predicate}" if predicate else ""),
        reason=" ".join(reasons),
        rejected=(Rejected(choice="a look before the insert", reason="Two writers can both look and both insert."),),
        shaped=(_object(table, name),),
        facts=rule.at,
        source=_PARTIAL if predicate or lowered else _UNIQUE,
    )


def _object(table: Table, name: str) -> ObjectName:
    is_index = any(index.name == name for index in table.indexes)
    return index_object(table, name) if is_index else constraint_object(table, name)


def _redundant(table: Table, sentence: str, covering: str, rule: Uniqueness) -> Decision:
    return Decision(
        question=f"uniqueness of {table.name}: {sentence}",
        choice=f"nothing to add to {covering}",
        reason="The same or fewer columns are unique already; a second index would cost every write and say nothing.",
        shaped=(_object(table, covering),),
        facts=rule.at,
        source=_UNIQUE,
    )
