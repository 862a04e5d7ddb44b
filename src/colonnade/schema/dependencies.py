"""Which object needs which, as `pg_depend` records it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from colonnade.schema.names import ObjectName
from colonnade.schema.schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """The objects that each object needs, and the other way round.

    What belongs to a table needs it without being listed. A column stands for its default and its type.
    """

    needs: Mapping[ObjectName, Set[ObjectName]] = field(default_factory=dict)
    needed_by: Mapping[ObjectName, Set[ObjectName]] = field(default_factory=dict)

    @classmethod
    def of(cls, pairs: Iterable[tuple[ObjectName, ObjectName]]) -> Dependencies:
        """Return the dependencies that the pairs say, the dependent object first."""
        needs: dict[ObjectName, set[ObjectName]] = defaultdict(set)
        needed_by: dict[ObjectName, set[ObjectName]] = defaultdict(set)
        for dependent, referenced in pairs:
            if dependent != referenced:
                needs[dependent].add(referenced)
                needed_by[referenced].add(dependent)
        return cls(needs=dict(needs), needed_by=dict(needed_by))


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """What one database holds, and which object of it needs which."""

    schema: Schema
    dependencies: Dependencies = field(default_factory=Dependencies)
