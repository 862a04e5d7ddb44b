"""The rules of a spec in the columns of the schema that is tried, and how a schema may refuse what breaks them."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.design import Design
from colonnade.design.history import live_predicate
from colonnade.design.matching import Match
from colonnade.design.names import column_name
from colonnade.design.references import References
from colonnade.design.rules import row_condition
from colonnade.schema import Trigger
from colonnade.spec import AppendOnly, Attribute, Invariant
from colonnade.sql.expression import rename, value_names

_CHECK = ("23514",)
# How somebody else's trigger, constraint or rule refuses: integrity, no reason given, not in this state, not supported.
_ANYHOW = ("23514", "23000", "23505", "23P01", "P0001", "55000", "0A000")


class Ruling:
    """What a design's spec rules, by entity.

    With a `match` the schema is one that existed before: its columns have names of their own, and a rule is kept
    however it is kept; what has no column is left to the claims about that.
    """

    def __init__(self, design: Design, match: Match | None = None) -> None:
        """Take a design and, for a schema that existed before, how it corresponds to the spec."""
        self.design = design
        self._match = match
        self._references = References(design.spec)
        self._places = (
            {each.entity: (each.namespace, each.table) for each in match.wanted.bindings.entities} if match else {}
        )

    @property
    def existing(self) -> bool:
        """Whether the schema existed before the spec was held against it."""
        return self._match is not None

    @property
    def refusals(self) -> tuple[str, ...]:
        """The states with which what breaks a rule may be refused."""
        return _ANYHOW if self.existing else _CHECK

    def names(self, *triggers: Trigger) -> tuple[str, ...]:
        """Return the names that a refusal must bear: of our own triggers, or any."""
        return () if self.existing else tuple(each.name for each in triggers)

    def rules(self) -> Iterator[Invariant]:
        """Yield the rules of the spec, those of entities that are flagged append-only included."""
        spec = self.design.spec
        yield from spec.invariants
        stated = {each.entity for each in spec.invariants if isinstance(each, AppendOnly) and not each.attributes}
        for entity in spec.entities:
            if entity.append_only and entity.name not in stated:
                yield AppendOnly(entity=entity.name, at=entity.at)

    def columns(self, entity: str, *names: str) -> tuple[str, ...] | None:
        """Return the columns that names in a rule stand for; None when one has no column."""
        known = self._references.names(entity)
        found: list[str] = []
        for name in names:
            found += (self._there(entity, column) for column in known.get(name, ("",)))
        return tuple(found) if all(found) else None

    def column(self, entity: str, attribute: Attribute) -> str:
        """Return the column of an attribute; empty when it has none."""
        return self._there(entity, column_name(attribute))

    def condition(self, entity: str, expression: str | None) -> str | None:
        """Return a condition over columns, empty for none; None when a column lacks or no database can hold it."""
        found = row_condition(self._references, entity, expression)
        return None if found.obstacle else self._renamed(entity, found.text)

    def live(self, entity: str) -> str | None:
        """Return the condition that a row is not deleted softly; None when its column lacks."""
        return self._renamed(entity, live_predicate(self._references.entities[entity]))

    def _renamed(self, entity: str, text: str) -> str | None:
        if self._match is None or not text:
            return text
        wanted = self._match.wanted.schema.table(self._places[entity][1], namespace=self._places[entity][0])
        used = set(value_names(text, [column.name for column in wanted.columns]))
        there = {name: self._there(entity, name) for name in used}
        return rename(text, there) if all(there.values()) else None

    def _there(self, entity: str, column: str) -> str:
        """Return what the column of the wanted schema is called in the one that is tried."""
        if self._match is None:
            return column
        return self._match.columns.get((self._places[entity], column), "")
