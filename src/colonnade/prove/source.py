"""What the schema that is proved was read from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from colonnade.design.matching import Match
from colonnade.prove.claim import Claim, Evidence
from colonnade.schema import ObjectName

SourceKind = Literal["design", "script", "models", "database"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A design, somebody's script or models, or a database of which a copy is proved.

    `name` is what claims call it. `unmodelled` is what it holds and a `Schema` cannot say. `roles` are those that it
    makes or needs. `seen` is evidence that only the
    source itself could give; it replaces what a copy would say. `match` says what of it stands for what a spec asks
    for, None without a spec.
    """

    kind: SourceKind = "design"
    name: str = "schema.sql"
    unmodelled: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    seen: tuple[Evidence, ...] = ()
    match: Match | None = None

    def untried(self) -> tuple[Evidence, ...]:
        """Return a claim for each thing that nothing is tried of."""
        return tuple(
            Evidence(
                claim=Claim(
                    id=f"builds/{self.name}/unmodelled/{note}",
                    kind="builds",
                    sentence=f"{note}: holds what it promises",
                    object=ObjectName(kind="schema", name=self.name),
                ),
                verdict="not_run",
                observed="a schema cannot say this yet, so nothing was tried of it",
            )
            for note in self.unmodelled
        )
