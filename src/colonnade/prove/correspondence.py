"""Claims that a schema has what a spec asks for: a table, a column or a reference for each thing it names."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.design import Design
from colonnade.prove.claim import Claim, Evidence
from colonnade.schema import ObjectName
from colonnade.spec import Entity


def prove_correspondence(design: Design) -> Iterator[Evidence]:
    """Yield the evidence on each entity: its table, and a place for each of its attributes and relationships."""
    tables = {binding.entity: binding.table for binding in design.bindings.entities}
    for entity in design.spec.entities:
        table = tables.get(entity.name, "")
        claim = Claim(
            id=f"contract/entity/{entity.name}",
            kind="contract",
            sentence=f"the schema has a place for {entity.name} and all that the spec says it has",
            object=ObjectName(kind="table", name=table or entity.name),
        )
        if not table:
            yield Evidence(
                claim=claim, verdict="refuted", observed=f"no table stands for {entity.name}: add one, or rename it"
            )
            continue
        missing = [*_missing_attributes(design, entity), *_missing_relationships(design, entity)]
        if missing:
            observed = f"{table} lacks a place for {', '.join(missing)}: add what is missing, or rename it"
            yield Evidence(claim=claim, verdict="refuted", observed=observed)
        else:
            yield Evidence(claim=claim, verdict="proved", observed=f"{table} has a place for each")


def _missing_attributes(design: Design, entity: Entity) -> Iterator[str]:
    """Yield the stored attributes without a column or a recorded reason; another product's table lists but its key."""
    for attribute in () if entity.external else entity.attributes:
        bound = design.bindings.attribute(entity.name, attribute.name)
        if attribute.role != "computed" and (bound is None or not (bound.column or bound.reason)):
            yield attribute.name


def _missing_relationships(design: Design, entity: Entity) -> Iterator[str]:
    for relationship in design.spec.relationships_of(entity.name):
        if design.bindings.relationship(entity.name, relationship.name) is None:
            yield relationship.name
