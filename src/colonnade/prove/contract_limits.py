"""Whether columns take what a request lets in at its limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from colonnade.postgres import Session
from colonnade.prove.candidates import edges
from colonnade.prove.conditions import Condition, conditions_of
from colonnade.prove.hints import Hints, hints_of
from colonnade.prove.trials import Part, judge
from colonnade.prove.values import value_kind
from colonnade.prove.worlds import TableName, name_of
from colonnade.schema import Column, Schema, Table
from colonnade.spec import ValueType

_LONGEST = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit of a request's field, and the column behind it.

    All of `texts` must be taken; without any, some text of `length` characters that the column's other rules
    let through.
    """

    table: TableName
    column: str
    said: str
    texts: tuple[str, ...] = ()
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a column says at a limit; nothing was `tried` when no value at the limit could be made."""

    tried: bool
    refused_by: str = ""


def limits_of(table: Table, column: Column, type_: ValueType) -> Iterator[Limit]:
    """Yield the limits that a request's type has and the column could contradict."""
    if type_.array:
        return
    limit = Limit(table=name_of(table), column=column.name, said="")
    if type_.base == "enum" and type_.values:
        count = len(type_.values)
        yield replace(limit, said="the one value" if count == 1 else f"each of {count} values", texts=type_.values)
    elif type_.base == "text":
        for said, length in (("shortest", type_.min_length), ("longest", type_.max_length)):
            if length is not None and length <= _LONGEST:
                yield replace(limit, said=f"the {said} text, of {length} characters", length=length)
    elif type_.base in {"integer", "decimal"}:
        step = Decimal(1) if type_.base == "integer" else Decimal(1).scaleb(-(type_.scale or 2))
        if type_.minimum is not None:
            least = type_.minimum + (step if type_.exclusive_minimum else 0)
            yield replace(limit, said=f"the least number, {least:f}", texts=(f"{least:f}",))
        if type_.maximum is not None:
            most = type_.maximum - (step if type_.exclusive_maximum else 0)
            yield replace(limit, said=f"the greatest number, {most:f}", texts=(f"{most:f}",))


def outcomes(session: Session, schema: Schema, limits: Sequence[Limit]) -> dict[Limit, Outcome]:
    """Return what the columns say at each limit."""
    rules = {name_of(table): conditions_of(table, schema) for table in schema.owned_tables}
    unique = tuple(dict.fromkeys(limits))
    parts = [_part(schema, limit, rules) for limit in unique]
    judged = judge(session, schema, parts)
    found = {}
    for limit, part, verdicts in zip(unique, parts, judged, strict=True):
        column = part.table.column(limit.column)
        taken = [verdict is not None and False not in verdict for verdict in verdicts]
        enough = all(taken) if limit.texts else any(taken)
        refused = _too_long(schema, limit, column) or (bool(taken) and not enough)
        names = ", ".join(each.name for each in part.conditions if each.name) or f"its type {column.type}"
        found[limit] = Outcome(tried=bool(taken) or refused, refused_by=names if refused else "")
    return found


def _too_long(schema: Schema, limit: Limit, column: Column) -> bool:
    """Tell whether the column's type itself is too short, as `character varying(10)` is."""
    kind = value_kind(column.type, schema)
    return kind is not None and kind.length is not None and limit.length is not None and limit.length > kind.length


def _part(schema: Schema, limit: Limit, rules: Mapping[TableName, Sequence[Condition]]) -> Part:
    """Return the values at a limit with the conditions on the column alone."""
    namespace, name = limit.table
    own = (limit.column,)
    conditions = tuple(each for each in rules[limit.table] if each.columns == own and each.demanded)
    # Without a condition of its own the column's type is still asked: a cast may fail.
    asked = conditions or (Condition(name="", expression="true", kind="check", columns=own),)
    table = schema.table(name, namespace=namespace)
    texts = limit.texts or tuple(_texts(schema, limit, table.column(limit.column), asked))
    return Part(table=table, columns=own, conditions=asked, rows=tuple((text,) for text in texts))


def _texts(schema: Schema, limit: Limit, column: Column, conditions: Sequence[Condition]) -> Iterator[str]:
    """Yield texts of the limit's length that the column's other rules might take."""
    kind = value_kind(column.type, schema)
    if kind is None or limit.length is None or kind.family != "text":
        return
    hints = sum((hints_of(each.expression) for each in conditions), Hints(numbers=(Decimal(limit.length),)))
    for candidate in edges(kind, hints, label=limit.column):
        if candidate.text is not None and len(candidate.text) == limit.length:
            yield candidate.text
