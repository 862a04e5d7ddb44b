"""The value everything flows through: what a Postgres catalog says about one database."""

from colonnade.schema.constraints import (
    Check,
    Constraint,
    Exclusion,
    ExclusionElement,
    ForeignKey,
    PrimaryKey,
    ReferentialAction,
    Unique,
)
from colonnade.schema.indexes import ExtendedStatistics, Index, IndexKey
from colonnade.schema.names import ObjectName
from colonnade.schema.placing import PUBLIC_GRANTS, own_part, with_namespaces
from colonnade.schema.programs import EXECUTE_FOR_ALL, TABLE_OWNER, Function, Grant, Policy, Trigger
from colonnade.schema.schema import Schema, without_expressions
from colonnade.schema.tables import Column, Partition, PartitionKey, Table
from colonnade.schema.types import (
    USAGE_FOR_ALL,
    USUAL_VALUES,
    CompositeAttribute,
    CompositeType,
    Domain,
    EnumType,
    Extension,
    NamedType,
    Namespace,
    RangeType,
    Sequence,
    SequenceOptions,
    View,
)

__all__ = [
    "EXECUTE_FOR_ALL",
    "PUBLIC_GRANTS",
    "TABLE_OWNER",
    "USAGE_FOR_ALL",
    "USUAL_VALUES",
    "Check",
    "Column",
    "CompositeAttribute",
    "CompositeType",
    "Constraint",
    "Domain",
    "EnumType",
    "Exclusion",
    "ExclusionElement",
    "ExtendedStatistics",
    "Extension",
    "ForeignKey",
    "Function",
    "Grant",
    "Index",
    "IndexKey",
    "NamedType",
    "Namespace",
    "ObjectName",
    "Partition",
    "PartitionKey",
    "Policy",
    "PrimaryKey",
    "RangeType",
    "ReferentialAction",
    "Schema",
    "Sequence",
    "SequenceOptions",
    "Table",
    "Trigger",
    "Unique",
    "View",
    "own_part",
    "with_namespaces",
    "without_expressions",
]
