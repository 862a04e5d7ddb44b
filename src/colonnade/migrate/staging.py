"""Plain steps turned into the stages of a plan: what must stay together does, what would make others wait does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from colonnade.migrate.done import done
from colonnade.migrate.grouping import groups
from colonnade.migrate.safe import ObservedStep, Surroundings, is_harmless, required_column, safe_stages
from colonnade.migrate.sentences import sentence
from colonnade.migrate.stage import Stage, Statement
from colonnade.migrate.step import Step
from colonnade.schema import ForeignKey, Index, View
from colonnade.schema import changes as c
from colonnade.schema.members import object_name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """Steps that commit together, or the stages that take their place."""

    steps: tuple[ObservedStep, ...]
    stages: tuple[Stage, ...] = ()
    harmless: bool = False


def stages(observed: Sequence[ObservedStep], around: Surroundings) -> tuple[Stage, ...]:
    """Return the stages of a plan for its plain steps, which are in an order in which they can run.

    Neighbours for which nobody waits are one. Indexes are built when all tables and partitions are there, foreign keys
    come after them, so that each finds its own; an index is dropped last, so that the one in its place is there.
    """
    plain = [each.step for each in observed]
    together = groups(plain, before=around.before, after=around.after)
    units = [_unit(tuple(observed[place] for place in places), around) for places in together]
    ordered = sorted(_joined(units), key=lambda unit: _turn(unit, plain, around))
    return tuple(stage for unit in ordered for stage in _stages_of(unit, around))


def _unit(steps: tuple[ObservedStep, ...], around: Surroundings) -> _Unit:
    safe = tuple(safe_stages(steps, around))
    harmless = not safe and all(is_harmless(each, around) for each in steps)
    return _Unit(steps=steps, stages=safe, harmless=harmless)


def _joined(units: Sequence[_Unit]) -> list[_Unit]:
    """Return the units with neighbours made one for which nobody waits."""
    found: list[_Unit] = []
    for unit in units:
        if found and unit.harmless and found[-1].harmless:
            found[-1] = replace(found[-1], steps=(*found[-1].steps, *unit.steps))
        else:
            found.append(unit)
    return found


def _turn(unit: _Unit, plan: Sequence[Step], around: Surroundings) -> int:
    """Return in which part of the plan the unit comes."""
    first, last = unit.steps[0].step.change, unit.steps[-1].step.change
    if not unit.stages or _makes_way(unit, plan, around):
        return 0
    match first, last:
        case c.Drop(value=View()), _:  # with indexes of its own
            return 0
        case _, c.Create(value=Index()):
            return 1
        case _, c.Create(value=ForeignKey()) if len(unit.steps) == 1:
            return 2
        case _, c.Drop(value=Index()):
            return 3
        case _:
            return 0


def _makes_way(unit: _Unit, plan: Sequence[Step], around: Surroundings) -> bool:
    """Tell whether something else can only happen when the unit has dropped its index."""
    own = [each.step for each in unit.steps]
    match own[0].change:
        case c.Drop(value=Index() as index, table=table):
            needed = around.before.dependencies.needs.get(object_name(index, table), frozenset())
            others = [other for other in plan if all(other is not each for each in own)]
            return any(needed & (other.alters | other.drops) or own[0].frees & other.takes for other in others)
        case _:
            return False


def _stages_of(unit: _Unit, around: Surroundings) -> Iterator[Stage]:
    if unit.stages:
        yield from unit.stages
        return
    for each in unit.steps:
        yield from required_column(each.step, around)
    steps = [each.step for each in unit.steps]
    losses = dict.fromkeys(step.loses for step in steps if step.loses)
    yield Stage(
        sentence="\n".join(dict.fromkeys(sentence(step.change) for step in steps)),
        statements=tuple(Statement(sql=text) for step in steps for text in step.sql),
        done=done(steps, around.digests),
        loses=", ".join(losses),
    )
