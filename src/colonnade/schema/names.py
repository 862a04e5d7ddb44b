"""The name of an object, for decisions, claims and findings to point at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ObjectKind = Literal[
    "schema",
    "table",
    "column",
    "constraint",
    "index",
    "policy",
    "trigger",
    "statistics",
    "partition",
    "function",
    "type",
    "domain",
    "sequence",
    "view",
    "extension",
    "role",
    "relationship",
    "access pattern",
    "operation",
]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ObjectName:
    """What kind of object, its name, and the table or view it belongs to, if it belongs to one."""

    kind: ObjectKind
    name: str
    table: str = ""
    namespace: str = "public"

    def __str__(self) -> str:
        """Return `namespace.table.name` without what is empty or `public`."""
        parts = ("" if self.namespace == "public" else self.namespace, self.table, self.name)
        return ".".join(part for part in parts if part)
