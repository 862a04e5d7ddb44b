"""Which columns the contract's requests and responses carry, and what they call them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from colonnade.design import Design, Draft
from colonnade.design.places import Places
from colonnade.schema import Table
from colonnade.spec import Operation, OperationField

_ANSWERS = frozenset({"create", "list", "read", "update"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The columns that one kind of request or response carries; `required` are those that each of them must have.

    Nothing is `stated` where the contract has no such request or response: then it says nothing about columns.
    """

    columns: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()

    @property
    def stated(self) -> bool:
        """Whether the contract says what it carries."""
        return bool(self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableContract:
    """What the contract says about the rows of one table; `names` are its own names of columns."""

    create: Body = Body()
    update: Body = Body()
    response: Body = Body()
    names: Mapping[str, str] = field(default_factory=dict)


class Contract:
    """The contract of a design, seen from its tables."""

    def __init__(self, design: Design) -> None:
        """Read the operations of the design's spec."""
        self._operations = design.spec.operations
        self._places = Places(design.spec, Draft(schema=design.schema, bindings=design.bindings))

    def of(self, table: Table, entity: str) -> TableContract:
        """Return what the contract says about a table that stands for an entity."""
        own = [each for each in self._operations if each.entity == entity and entity]
        bodies = {
            effect: self._body([each for each in own if each.effect == effect], table, "request")
            for effect in ("create", "update")
        }
        answers = [each for each in own if each.effect in _ANSWERS]
        names = {
            column: said.name
            for direction in ("request", "response")
            for operation in answers
            for column, said in self._carried(operation, table, direction).items()
        }
        response = self._body(answers, table, "response")
        return TableContract(create=bodies["create"], update=bodies["update"], response=response, names=names)

    def _body(self, operations: list[Operation], table: Table, direction: str) -> Body:
        """Return what any of the operations carries, and what each that carries something must have."""
        carried = [found for each in operations if (found := self._carried(each, table, direction))]
        required = [frozenset(column for column, said in found.items() if said.required) for found in carried]
        columns = frozenset(column for found in carried for column in found)
        return Body(columns=columns, required=frozenset.intersection(*required) if required else frozenset())

    def _carried(self, operation: Operation, table: Table, direction: str) -> dict[str, OperationField]:
        """Return the fields that stand for one column of the table's own each, by column."""
        found: dict[str, OperationField] = {}
        for said in operation.fields:
            if said.direction != direction or said.entity != operation.entity or not said.place:
                continue
            place = self._places.place(said.entity, said.place)
            if place is not None and place.own and place.table == table.name and len(place.columns) == 1:
                found[place.columns[0]] = said
        return found
