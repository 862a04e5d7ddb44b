"""From a spec to a schema and the reasons for it."""

from colonnade.design.bindings import (
    AttributeBinding,
    Bindings,
    EntityBinding,
    RelationshipBinding,
)
from colonnade.design.decision import Decider, Decision, Draft, Rejected
from colonnade.design.design import Design

__all__ = [
    "AttributeBinding",
    "Bindings",
    "Decider",
    "Decision",
    "Design",
    "Draft",
    "EntityBinding",
    "Rejected",
    "RelationshipBinding",
]
