"""Experiments on rules that triggers hold: what may change, along which steps, and how many rows there may be."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from colonnade.design.programs import refuse_change
from colonnade.prove import statements
from colonnade.prove.alike import another, in_state
from colonnade.prove.bench import Bench, benches_by_entity, needs
from colonnade.prove.experiments import Experiment, Question
from colonnade.prove.history_rules import history_rules
from colonnade.prove.limits import limit_rules
from colonnade.prove.rows import Row
from colonnade.prove.ruling import Ruling
from colonnade.schema import Trigger
from colonnade.spec import AppendOnly, Transition
from colonnade.sql.identifier import quote

_MOST_STEPS = 12

Benches = Mapping[tuple[str, str], Bench]


def behaviour_rules(benches: Benches, ruling: Ruling) -> Iterator[Experiment]:
    """Yield the experiments on the rules of a spec that triggers hold, for the tables that have a bench."""
    design = ruling.design
    by_entity = benches_by_entity(benches, design)
    found = [*_rules(ruling, by_entity), *limit_rules(by_entity, ruling), *history_rules(ruling, by_entity)]
    yield from found
    known = {each.claim.object for each in found}
    # A trigger that guards isolation is tried with it, through the application role.
    known |= {
        name
        for decision in design.decisions
        if decision.question.startswith("isolation of")
        for name in decision.shaped
    }
    for bench in benches.values():
        for trigger in bench.table.triggers:
            unknown = unknown_trigger(bench, trigger)
            if unknown.claim.object not in known:
                yield unknown


def unknown_trigger(bench: Bench, trigger: Trigger) -> Experiment:
    """Return the claim about a trigger whose rule nobody has declared."""
    claim = bench.claim(trigger.name, "behaves", f"the trigger {trigger.name} does what it should", kind="trigger")
    return Experiment(claim=claim, impossible="no spec says what the trigger is for")


def _rules(ruling: Ruling, benches: Mapping[str, Bench]) -> Iterator[Experiment]:
    for rule in ruling.rules():
        bench = benches.get(rule.entity)
        if bench is None:
            continue
        match rule:
            case AppendOnly(attributes=attributes):
                columns = ruling.columns(rule.entity, *attributes)
                if columns is not None:
                    yield from _append_only(bench, ruling, columns)
            case Transition(attribute=attribute):
                columns = ruling.columns(rule.entity, attribute)
                if columns is not None:
                    yield from _Steps(bench, ruling, rule, columns[0]).experiments()
            case _:
                pass


def _append_only(bench: Bench, ruling: Ruling, names: tuple[str, ...]) -> Iterator[Experiment]:
    """Yield: an update or delete of the whole row, or an update of the named columns, is refused."""
    row = bench.row()
    function = quote(refuse_change().name)
    triggers = [each for each in bench.table.triggers if each.function == function]
    if names:
        table, plain = bench.table, bench.factory.plain
        # A column that is left to its default has a value that we do not know.
        known = {name: plain(table, table.column(name), 1) for name in names if name not in row.values}
        row = row.changed(known)
        change = statements.update(bench.table, {name: another(bench, row, name) for name in names}, row.key)
        yield _refused(bench, ruling, [each for each in triggers if each.update_columns == names], row, change)
        return
    whole = [each for each in triggers if not each.update_columns]
    for event, change in (
        ("UPDATE", statements.touch(bench.table, row.key)),
        ("DELETE", statements.delete(bench.table, row.key)),
    ):
        yield _refused(bench, ruling, [each for each in whole if event in each.events], row, change)


def _refused(bench: Bench, ruling: Ruling, triggers: Sequence[Trigger], row: Row, change: str) -> Experiment:
    name = triggers[0].name if triggers else "append-only"
    verb = change.split(" ", 1)[0]
    script = f"{row.insert()};\n{change}"
    others = [each.name for each in bench.table.triggers if each not in triggers and verb in each.events]
    return Experiment(
        claim=bench.claim(name, "rejects", f"{verb} of what is never changed is refused", kind="trigger"),
        questions=(
            bench.rejected(
                script,
                *bench.without(others, script),
                sqlstates=ruling.refusals,
                names=ruling.names(*triggers),
            ),
        ),
        needs=needs(row),
        remedy=f"Add a trigger that refuses {verb}.",
    )


class _Steps:
    """The states of one column, a row in each, and the steps between them."""

    def __init__(self, bench: Bench, ruling: Ruling, rule: Transition, column: str) -> None:
        self._column = column
        self._ruling = ruling
        entity = ruling.design.spec.entity(rule.entity)
        values = entity.attribute(rule.attribute).type.values if entity.has_attribute(rule.attribute) else ()
        states = dict.fromkeys((*values, *(state for step in rule.steps for state in step)))
        self._bench = bench
        self._rows = {state: in_state(bench, self._column, state) for state in states}
        self._steps = rule.steps
        self._refused = [pair for pair in itertools.permutations(states, 2) if pair not in rule.steps]
        self._triggers = [
            each
            for each in bench.table.triggers
            if each.update_columns == (self._column,) and each.function != quote(refuse_change().name)
        ]
        self._others = [
            each.name for each in bench.table.triggers if each not in self._triggers and "UPDATE" in each.events
        ]

    def experiments(self) -> Iterator[Experiment]:
        """Yield: every other step is refused, every declared step passes."""
        bench, column = self._bench, self._column
        names = self._ruling.names(*self._triggers)
        name = names[0] if names else f"{column}-transition"
        said = ", ".join(f"{before} to {after}" for before, after in self._steps) or "no step"
        remedy = f"Let {column} change along {said} only."
        yield Experiment(
            claim=bench.claim(name, "rejects", f"{column} changes along {said} and no other", kind="trigger"),
            questions=tuple(self._rejected(pair, names) for pair in self._refused[:_MOST_STEPS]),
            needs=needs(*self._rows.values()),
            impossible="" if self._refused else "there is no other step",
            remedy=remedy,
        )
        if self._steps:
            yield Experiment(
                claim=bench.claim(name, "accepts", f"{column} changes along {said}", kind="trigger"),
                questions=tuple(self._accepted(pair, names) for pair in self._steps[:_MOST_STEPS]),
                needs=needs(*self._rows.values()),
                remedy=remedy,
            )

    def _rejected(self, pair: tuple[str, str], names: tuple[str, ...]) -> Question:
        script = self._script(pair)
        ways = self._bench.without(self._others, script)
        return self._bench.rejected(script, *ways, sqlstates=self._ruling.refusals, names=names)

    def _accepted(self, pair: tuple[str, str], names: tuple[str, ...]) -> Question:
        script = self._script(pair)
        return self._bench.accepted(script, *self._bench.without(self._others, script), names=names, rows=1)

    def _script(self, pair: tuple[str, str]) -> str:
        """Return the script that stores a row in one state and changes it to the other."""
        start, end = (self._rows[state] for state in pair)
        changes = {name: text for name, text in end.values.items() if text != start.values.get(name)}
        return f"{start.insert()};\n{statements.update(self._bench.table, changes, start.key)}"
