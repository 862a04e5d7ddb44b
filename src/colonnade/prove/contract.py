"""Proofs that schema and API contract agree: every field has a place, every column a source, every limit room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from colonnade.design import Design, Draft
from colonnade.design.places import Place, Places
from colonnade.postgres import Session
from colonnade.prove.claim import Claim, Evidence
from colonnade.prove.contract_limits import Limit, Outcome, limits_of, outcomes
from colonnade.prove.contract_sources import SourceKind, must_be_filled, sources_of
from colonnade.schema import ObjectName
from colonnade.spec import Operation, OperationField

FieldLimit = tuple[str, Limit]

_BESIDES: Mapping[SourceKind, str] = {
    "optional": "optional in the contract, though a row without is refused",
    "application": "left to the application",
}


def prove_contract(session: Session, design: Design) -> tuple[Evidence, ...]:
    """Return the evidence on every operation of the contract.

    The schema must have been built in the session's database: there Postgres says whether the columns take what
    the requests let in.
    """
    contract = _Contract(design)
    limits = {operation.id: tuple(contract.limits(operation)) for operation in design.spec.operations}
    seen = outcomes(session, design.schema, [limit for found in limits.values() for _, limit in found])
    return tuple(
        evidence
        for operation in design.spec.operations
        for evidence in contract.evidence(operation, limits[operation.id], seen)
    )


class _Contract:
    """The contract of one design."""

    def __init__(self, design: Design) -> None:
        self._design = design
        self._places = Places(design.spec, Draft(schema=design.schema, bindings=design.bindings))

    def evidence(
        self, operation: Operation, limits: Sequence[FieldLimit], seen: Mapping[Limit, Outcome]
    ) -> Iterator[Evidence]:
        """Yield: its fields have places, what it creates has sources, what it lets in fits."""
        yield self._fields(operation)
        if operation.effect == "create" and self._places.has_table(operation.entity):
            yield self._sources(operation)
        if limits:
            yield _fit(operation, limits, seen)

    def limits(self, operation: Operation) -> Iterator[FieldLimit]:
        """Yield the limits of the operation's request, by field."""
        for field in operation.fields:
            place = self._place(field) if field.direction == "request" and field.place else None
            if place is not None and place.own and place.attribute is not None:
                table = self._places.table_named(place.table)
                if not table.external:
                    for limit in limits_of(table, table.column(place.columns[0]), place.attribute.type):
                        yield field.name, limit

    def _fields(self, operation: Operation) -> Evidence:
        """Return the evidence that every field has a column, or a reason to have none."""
        claim = _claim(operation, "fields", "has a place in the schema, or a reason to have none, for every field")
        details: list[str] = []
        faults: list[str] = []
        for field in operation.fields:
            where = self._where(field)
            if where:
                details.append(f"{field.direction} {field.name}: {where}")
            elif field.place:
                faults.append(f"{field.direction} {field.name}: {field.entity}.{field.place} is no column")
            else:
                faults.append(f"{field.direction} {field.name}: neither a column nor a reason")
        if faults:
            remedy = "Give each an attribute or relationship in the spec, or say why it needs none."
            return Evidence(
                claim=claim, verdict="refuted", observed=f"{'; '.join(faults)}. {remedy}", details=tuple(details)
            )
        placed = sum(1 for field in operation.fields if field.place)
        observed = f"{_count(placed, 'field')} stored, {_count(len(details) - placed, 'field')} not, with a reason"
        if not operation.fields:
            observed = operation.reason or "it has no fields"
        return Evidence(claim=claim, verdict="proved", observed=observed, details=tuple(details))

    def _where(self, field: OperationField) -> str:
        """Return where a field lives, or why nowhere; empty when neither is known."""
        if not field.place:
            return field.reason
        place = self._place(field)
        return "" if place is None else described(place)

    def _place(self, field: OperationField) -> Place | None:
        """Return the columns of a field, if all of them are there."""
        if not self._places.has_table(field.entity):
            return None
        place = self._places.place(field.entity, field.place)
        if place is None:
            return self._collection(field)
        table = self._places.table_named(place.table)
        return place if all(table.has_column(name) for name in place.columns) else None

    def _collection(self, field: OperationField) -> Place | None:
        """Return the place of a whole collection: the columns that join its rows."""
        followed = self._places.follow(field.entity, field.place)
        if followed is None or not followed[0]:
            return None
        last = followed[0][-1]
        return Place(table=last.table, columns=tuple(right for _, right in last.pairs), steps=followed[0])

    def _sources(self, operation: Operation) -> Evidence:
        """Return the evidence that each column which must be filled is filled by something."""
        claim = _claim(operation, "sources", "has a source for every column that must be filled")
        table = self._places.table(operation.entity)
        found = sources_of(self._design, self._places, operation, self._place)
        missing = [column.name for column in must_be_filled(table) if column.name not in found]
        details = tuple(f"{table.name}.{name}: {source.text}" for name, source in found.items())
        if missing:
            said = ", ".join(f"{table.name}.{name}" for name in missing)
            observed = f"Nothing fills {said}. Ask for it in the request, give it a default, or let it be absent."
            return Evidence(claim=claim, verdict="refuted", observed=observed, details=details)
        observed = f"{_count(len(found), 'column')} to fill, each with a source"
        for kind, said in _BESIDES.items():
            names = ", ".join(name for name, source in found.items() if source.kind == kind)
            observed += f"; {said}: {names}" if names else ""
        return Evidence(claim=claim, verdict="proved", observed=observed, details=details)


def _fit(operation: Operation, limits: Sequence[FieldLimit], seen: Mapping[Limit, Outcome]) -> Evidence:
    """Return the evidence that the columns take what the request may say at its limits."""
    claim = _claim(operation, "limits", "lets nothing in that the columns refuse")
    details: list[str] = []
    faults: list[str] = []
    for field, limit in limits:
        outcome = seen[limit]
        place = f"{limit.table[1]}.{limit.column}"
        if outcome.refused_by:
            faults.append(f"{field}: {place} does not take {limit.said} ({outcome.refused_by})")
        elif outcome.tried:
            details.append(f"{field}: {place} takes {limit.said}")
    if faults:
        observed = f"{'; '.join(faults)}. Narrow the contract or widen the column."
        return Evidence(claim=claim, verdict="refuted", observed=observed, details=tuple(details))
    if not details:
        return Evidence(claim=claim, verdict="not_run", observed="no value at the limits could be made")
    return Evidence(
        claim=claim, verdict="proved", observed=f"{_count(len(details), 'limit')} tried", details=tuple(details)
    )


def described(place: Place) -> str:
    """Return a place in words: its columns, and the tables on the way."""
    columns = ", ".join(f"{place.table}.{name}" for name in place.columns)
    way = [step.table for step in place.steps if step.table != place.table]
    return f"{columns} by way of {', '.join(way)}" if way else columns


def _claim(operation: Operation, aspect: str, sentence: str) -> Claim:
    return Claim(
        id=f"contract/{operation.id}/{aspect}",
        kind="contract",
        sentence=f"{operation.method.upper()} {operation.path} {sentence}",
        object=ObjectName(kind="operation", name=operation.id),
    )


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"
