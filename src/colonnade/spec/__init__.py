"""What a specification says, each fact with its place; one reader per format fills these values."""

from colonnade.spec.access import AccessPattern, Operation, OperationField, Page, SortKey
from colonnade.spec.entities import Attribute, Entity, Relationship, ValueType, Volume
from colonnade.spec.invariants import (
    AppendOnly,
    ApplicationRule,
    CardinalityLimit,
    Condition,
    ExactlyOneOf,
    FunctionalDependency,
    Invariant,
    NoOverlap,
    Transition,
    Uniqueness,
)
from colonnade.spec.questions import Alternative, Question, Unread
from colonnade.spec.spec import Defaults, Identity, Isolation, Spec

__all__ = [
    "AccessPattern",
    "Alternative",
    "AppendOnly",
    "ApplicationRule",
    "Attribute",
    "CardinalityLimit",
    "Condition",
    "Defaults",
    "Entity",
    "ExactlyOneOf",
    "FunctionalDependency",
    "Identity",
    "Invariant",
    "Isolation",
    "NoOverlap",
    "Operation",
    "OperationField",
    "Page",
    "Question",
    "Relationship",
    "SortKey",
    "Spec",
    "Transition",
    "Uniqueness",
    "Unread",
    "ValueType",
    "Volume",
]
