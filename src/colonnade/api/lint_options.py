"""What a run of lint is asked for, and what is known of the database that migrations are for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from colonnade.api.database_facts import DatabaseFacts
from colonnade.api.history_processes import HistoryProcesses
from colonnade.review import Configuration, Evidence
from colonnade.review.plan.migration import Target


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

    @property
    def one_transaction(self) -> bool:
        """Whether whoever runs a file runs it as one transaction."""
        return self.configuration.transaction == "file"


def target(options: Options, names: Iterable[str]) -> Target:
    """Return what is known of the database that the migrations are for."""
    chosen, facts = options.configuration, options.database
    return Target(
        neon=chosen.target == "neon",
        rows={**(facts.rows if facts else {}), **chosen.rows},
        small_rows=chosen.small_rows,
        names=frozenset(names),
        settings=frozenset(chosen.settings),
        extensions=facts.extensions if facts else frozenset(),
        size_bytes=facts.size_bytes if facts else {},
    )


def live(options: Options) -> frozenset[Evidence]:
    """Return the evidence that a database gives, if one was named."""
    return frozenset({Evidence.live} if options.database else ())
