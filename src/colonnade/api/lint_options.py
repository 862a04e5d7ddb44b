"""What a run of lint is asked for, and what is known of the database that migrations are for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from colonnade.api.database_facts import DatabaseFacts
from colonnade.api.history_processes import HistoryProcesses
from colonnade.review import Configuration, Evidence
from colonnade.review.plan.migration import KnownSort, Target
from colonnade.schema import Schema

NEON_COLLATION = "C.UTF-8"
"""What a database on Neon is made with (neon.com/docs/reference/compatibility)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a run of lint was asked for."""

    base: str | None
    offline: bool
    configuration: Configuration
    database: DatabaseFacts | None
    postgres_url: str | None
    progress: Callable[[str], None]
    histories: HistoryProcesses = field(default_factory=HistoryProcesses)
    sorts: Callable[[Schema], Iterator[KnownSort]] | None = None
    """How known statements sort in a schema; None where no statement is known."""

    @property
    def one_transaction(self) -> bool:
        """Whether whoever runs a file runs it as one transaction."""
        return self.configuration.transaction == "file"


def target(options: Options, names: Iterable[str], *schemas: Schema) -> Target:
    """Return what is known of the database that a migration is for, and of what runs there in these schemas."""
    chosen, facts = options.configuration, options.database
    neon = chosen.target == "neon"
    sorts = (each for schema in schemas for each in (options.sorts(schema) if options.sorts else ()))
    return Target(
        neon=neon,
        rows={**(facts.rows if facts else {}), **chosen.rows},
        small_rows=chosen.small_rows,
        names=frozenset(names),
        settings=frozenset(chosen.settings),
        extensions=facts.extensions if facts else frozenset(),
        size_bytes=facts.size_bytes if facts else {},
        collation=facts.collation if facts else NEON_COLLATION if neon else "",
        sorts=tuple(dict.fromkeys(sorts)),
    )


def evidence_given(options: Options) -> frozenset[Evidence]:
    """Return the evidence that a database and a spec give, where they were named."""
    live = {Evidence.live} if options.database else set()
    return frozenset(live | ({Evidence.spec} if options.sorts else set()))
