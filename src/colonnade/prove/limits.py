"""Experiments on limits: at most so many rows agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from colonnade.design.history import both
from colonnade.errors import ProofError
from colonnade.prove import statements
from colonnade.prove.alike import alike
from colonnade.prove.bench import Bench, needs
from colonnade.prove.claim import Claim
from colonnade.prove.experiments import Experiment, Question
from colonnade.prove.rows import Row
from colonnade.prove.ruling import Ruling
from colonnade.schema import Trigger
from colonnade.spec import CardinalityLimit

_MOST_ROWS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit on rows that agree on `per` and meet `where`, over columns of the bench's table."""

    bench: Bench
    per: tuple[str, ...]
    where: str
    maximum: int
    ruling: Ruling

    @property
    def triggers(self) -> tuple[Trigger, ...]:
        """The triggers that may hold the limit."""
        counting = [each for each in self.bench.table.triggers if each.constraint]
        return tuple(each for each in counting if set(self.per) <= set(each.update_columns or self.per))

    @property
    def names(self) -> tuple[str, ...]:
        """The names that a refusal must bear, any when there are none."""
        return self.ruling.names(*self.triggers)

    @property
    def said(self) -> str:
        """The limit in words."""
        said = f"at most {self.maximum} rows agree on {', '.join(self.per) or 'nothing'}"
        return f"{said} where {self.where}" if self.where else said

    @property
    def remedy(self) -> str:
        """What to add where nothing holds it."""
        return f"Add a trigger that lets {self.said}."

    def claim(self, aspect: str, sentence: str) -> Claim:
        """Return a claim about what holds the limit."""
        name = next(iter(self.names), f"limit-{self.maximum}")
        return self.bench.claim(name, aspect, sentence, kind="trigger")

    def rows(self) -> list[Row]:
        """Return rows that agree, one more than allowed; none where they cannot be made."""
        if self.maximum > _MOST_ROWS:
            return []
        return alike(self.bench, self.per, self.where, self.maximum + 1)

    def obstacle(self, rows: Sequence[Row]) -> str:
        """Return why the limit cannot be tried; empty when it can."""
        return "" if rows else f"no {self.maximum + 1} acceptable rows that agree were made"

    def experiments(self) -> Iterator[Experiment]:
        """Yield: one row too many is refused, as many as allowed pass."""
        bench, rows = self.bench, self.rows()
        many, allowed = (";\n".join(row.insert() for row in found) for found in (rows, rows[:-1]))
        keys = [key.name for key in bench.keys]
        refused = bench.rejected(many, *bench.without(keys, many), sqlstates=self.ruling.refusals, names=self.names)
        passed = bench.accepted(allowed, *bench.without(keys, allowed), names=self.names)
        yield self._experiment("rejects", f"{self.said}: one more is refused", refused, rows)
        yield self._experiment("accepts", f"{self.said}: {self.maximum} are accepted", passed, rows)

    def _experiment(self, aspect: str, said: str, question: Question, rows: Sequence[Row]) -> Experiment:
        shared = {name: rows[0].values.get(name) for name in self.per} if rows else {}
        alone = (self.bench.accepted(statements.select(self.bench.table, shared), rows=0),) if shared else ()
        return Experiment(
            claim=self.claim(aspect, said),
            questions=(question,),
            premises=alone,
            needs=needs(*rows),
            impossible=self.obstacle(rows),
            remedy=self.remedy,
        )


def limit_rules(benches: Mapping[str, Bench], ruling: Ruling) -> Iterator[Experiment]:
    """Yield the experiments on the limits of a spec; why, where no row they count by can be made."""
    for limit in limits(benches, ruling):
        try:
            yield from list(limit.experiments())
        except ProofError as problem:
            yield Experiment(claim=limit.claim("rejects", limit.said), impossible=problem.message)


def limits(benches: Mapping[str, Bench], ruling: Ruling) -> Iterator[Limit]:
    """Yield the limits of a spec that triggers hold, for the entities that have a bench and every column."""
    for rule in ruling.rules():
        if isinstance(rule, CardinalityLimit) and rule.maximum > 1 and rule.entity in benches:
            per = ruling.columns(rule.entity, *rule.per)
            where, live = ruling.condition(rule.entity, rule.where), ruling.live(rule.entity)
            if per is not None and where is not None and live is not None:
                yield Limit(
                    bench=benches[rule.entity],
                    per=per,
                    where=both(where, live),
                    maximum=rule.maximum,
                    ruling=ruling,
                )
