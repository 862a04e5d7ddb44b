"""Short ways to write a spec, to design it and to create what was designed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.design import Decision, Design
from colonnade.design.designer import design
from colonnade.emit.ddl.script import statements, stubs
from colonnade.errors import StatementError
from colonnade.postgres import Session
from colonnade.schema import Column, Table
from colonnade.spec import Attribute, Defaults, Entity, Invariant, Relationship, Spec, ValueType

_OF_ATTRIBUTE = frozenset(Attribute.model_fields) - {"name", "type"}


def attribute(name: str, base: str = "text", **options: Any) -> Attribute:
    """Return an attribute; the options are its own or its type's."""
    own = {key: value for key, value in options.items() if key in _OF_ATTRIBUTE}
    of_type = {key: value for key, value in options.items() if key not in _OF_ATTRIBUTE}
    return Attribute(name=name, type=ValueType(base=base, **of_type), **own)  # type: ignore[arg-type] # any base


def entity(name: str, *attributes: Attribute, **options: Any) -> Entity:
    """Return an entity."""
    return Entity(name=name, attributes=attributes, **options)


def refers(source: str, name: str, target: str, **options: Any) -> Relationship:
    """Return a many-to-one relationship, or another kind."""
    return Relationship(name=name, source=source, target=target, **{"kind": "N-1", **options})


def designed(*facts: Entity | Relationship | Invariant, **options: Any) -> Design:
    """Return the design of a spec of these entities, relationships and invariants."""
    entities = tuple(each for each in facts if isinstance(each, Entity))
    relationships = tuple(each for each in facts if isinstance(each, Relationship))
    invariants = tuple(each for each in facts if not isinstance(each, Entity | Relationship))
    options = {"defaults": Defaults(), **options}
    return design(Spec(name="test", entities=entities, relationships=relationships, invariants=invariants, **options))


def table(found: Design, name: str) -> Table:
    """Return a table of the design."""
    return found.schema.table(name)


def column(found: Design, name: str) -> Column:
    """Return the column `table.column`."""
    holder, _, own = name.partition(".")
    return found.schema.table(holder).column(own)


def checks(found: Design, name: str) -> dict[str, str]:
    """Return the table's checks by name."""
    return {check.name: check.expression for check in found.schema.table(name).checks}


def decision(found: Design, question: str) -> Decision:
    """Return the only decision on the question."""
    (single,) = [each for each in found.decisions if each.question == question]
    return single


def application_rules(found: Design) -> list[str]:
    """Return the rules that the application must keep."""
    return [each.question for each in found.decisions if each.question.startswith("application rule")]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a statement."""

    ok: bool
    sqlstate: str = ""
    constraint: str = ""


def tried(session: Session, statement: str, parameters: Sequence[Any] = ()) -> Outcome:
    """Run the statement for good; tell how it was refused, if it was."""
    try:
        session.execute(statement, tuple(parameters))
    except StatementError as refusal:
        return Outcome(ok=False, sqlstate=refusal.sqlstate, constraint=refusal.constraint)
    return Outcome(ok=True)


def create(session: Session, found: Design) -> None:
    """Create the designed schema, with stand-ins for external tables."""
    for statement in (*stubs(found.schema), *statements(found.schema, role=found.application_role)):
        session.execute(statement)
