"""Experiments on rules that triggers hold: what may change, how many rows there may be, what is kept of history."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from colonnade.design import Design
from colonnade.design.completion import trail_entity
from colonnade.design.defaults import clock
from colonnade.design.history import both, live_predicate
from colonnade.design.names import column_name
from colonnade.design.programs import keep_trail, raise_version, refuse_change, set_on_update
from colonnade.design.references import References
from colonnade.design.rules import columns_of, row_condition
from colonnade.prove import statements
from colonnade.prove.alike import alike, another, in_state
from colonnade.prove.bench import Bench, needs
from colonnade.prove.experiments import Experiment
from colonnade.prove.rows import Row
from colonnade.schema import Table, Trigger
from colonnade.spec import AppendOnly, CardinalityLimit, Entity, Transition
from colonnade.sql.identifier import quote

_CHECK = ("23514",)
_MOST_ROWS = 60
_MOST_STEPS = 12
_LONG_AGO = "2000-01-01"

Benches = Mapping[tuple[str, str], Bench]


def behaviour_rules(benches: Benches, design: Design) -> Iterator[Experiment]:
    """Yield the experiments on the rules of a design's spec that triggers hold, for the tables that have a bench."""
    found = list(_Behaviours(benches, design).experiments())
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
    return Experiment(
        claim=claim, impossible="no spec says what the trigger is for, so there is nothing to compare with"
    )


class _Behaviours:
    """The rules of one spec over the tables of one schema."""

    def __init__(self, benches: Benches, design: Design) -> None:
        self._benches = benches
        self._design = design
        self._references = References(design.spec)
        trail = trail_entity(design.spec)
        self._trail = None if trail is None else self._table(trail.name)

    def experiments(self) -> Iterator[Experiment]:
        """Yield every experiment."""
        stated = {each.entity for each in self._design.spec.invariants if isinstance(each, AppendOnly)}
        flagged = [
            AppendOnly(entity=each.name, at=each.at)
            for each in self._design.spec.entities
            if each.append_only and each.name not in stated
        ]
        for rule in (*self._design.spec.invariants, *flagged):
            bench = self._bench(rule.entity)
            if bench is None:
                continue
            match rule:
                case AppendOnly():
                    yield from self._append_only(bench, rule)
                case Transition():
                    yield from self._transition(bench, rule)
                case CardinalityLimit(maximum=maximum) if maximum > 1:
                    yield from self._limit(bench, rule)
                case _:
                    pass
        for entity in self._design.spec.entities:
            bench = self._bench(entity.name)
            if bench is not None:
                yield from self._history(bench, entity)

    def _bench(self, entity: str) -> Bench | None:
        binding = self._design.bindings.entity(entity)
        return self._benches.get((binding.namespace, binding.table))

    def _table(self, entity: str) -> Table | None:
        bench = self._bench(entity)
        return bench.table if bench else None

    def _append_only(self, bench: Bench, rule: AppendOnly) -> Iterator[Experiment]:
        """Yield: an update or delete of the whole row, or an update of the named columns, is refused."""
        row = bench.row()
        names = [each for name in rule.attributes for each in columns_of(self._references, rule.entity, name, rule)]
        function = quote(refuse_change().name)
        triggers = [each for each in bench.table.triggers if each.function == function]
        if names:
            other = {name: another(bench, row, name) for name in names}
            change = statements.update(bench.table, other, row.key)
            yield self._refused(bench, [each for each in triggers if each.update_columns == tuple(names)], row, change)
            return
        column = next(name for name in row.values if name not in row.key) if len(row.values) > len(row.key) else ""
        same = column or next(iter(row.key))
        update = statements.update(bench.table, {same: row.values[same]}, row.key)
        for event, change in (("UPDATE", update), ("DELETE", statements.delete(bench.table, row.key))):
            yield self._refused(bench, [each for each in triggers if event in each.events], row, change)

    def _refused(self, bench: Bench, triggers: Sequence[Trigger], row: Row, change: str) -> Experiment:
        name = triggers[0].name if triggers else "append-only"
        verb = change.split(" ", 1)[0]
        return Experiment(
            claim=bench.claim(name, "rejects", f"{verb} of a row that is never changed is refused", kind="trigger"),
            questions=(
                bench.rejected(
                    f"{row.insert()};\n{change}", sqlstates=_CHECK, names=tuple(each.name for each in triggers)
                ),
            ),
            needs=needs(row),
            remedy=f"Add a trigger that refuses {verb}.",
        )

    def _transition(self, bench: Bench, rule: Transition) -> Iterator[Experiment]:
        """Yield: every declared step passes, every other is refused."""
        (column,) = columns_of(self._references, rule.entity, rule.attribute, rule)
        triggers = [each for each in bench.table.triggers if each.update_columns == (column,)]
        name = triggers[0].name if triggers else f"{column}-transition"
        states = tuple(dict.fromkeys(state for step in rule.steps for state in step))
        rows = {state: in_state(bench, column, state) for state in states}
        refused = [pair for pair in itertools.permutations(states, 2) if pair not in rule.steps]
        said = ", ".join(f"{before} to {after}" for before, after in rule.steps)
        remedy = f"Let {column} change along {said} only."

        def script(before: str, after: str) -> str:
            start, end = rows[before], rows[after]
            changes = {each: text for each, text in end.values.items() if text != start.values.get(each)}
            return f"{start.insert()};\n{statements.update(bench.table, changes, start.key)}"

        expected = tuple(each.name for each in triggers)
        yield Experiment(
            claim=bench.claim(name, "rejects", f"{column} changes along no other step than {said}", kind="trigger"),
            questions=tuple(
                bench.rejected(script(*pair), sqlstates=_CHECK, names=expected) for pair in refused[:_MOST_STEPS]
            ),
            needs=needs(*rows.values()),
            impossible="" if refused else "every step between the states is declared",
            remedy=remedy,
        )
        yield Experiment(
            claim=bench.claim(name, "accepts", f"{column} changes along {said}", kind="trigger"),
            questions=tuple(bench.accepted(script(*pair), names=expected, rows=1) for pair in rule.steps[:_MOST_STEPS]),
            needs=needs(*rows.values()),
            remedy=remedy,
        )

    def _limit(self, bench: Bench, rule: CardinalityLimit) -> Iterator[Experiment]:
        """Yield: as many rows as allowed pass, one more is refused."""
        condition = row_condition(self._references, rule.entity, rule.where)
        if condition.obstacle:
            return
        per = [each for name in rule.per for each in columns_of(self._references, rule.entity, name, rule)]
        where = both(condition.text, live_predicate(self._references.entities[rule.entity]))
        triggers = [
            each for each in bench.table.triggers if each.constraint and set(per) <= set(each.update_columns or per)
        ]
        names = tuple(each.name for each in triggers)
        name = names[0] if names else f"limit-{rule.maximum}"
        said = f"at most {rule.maximum} rows agree on {', '.join(per) or 'nothing'}" + (
            f" where {where}" if where else ""
        )
        remedy = f"Add a trigger that lets {said}."
        rows = alike(bench, per, where, rule.maximum + 1) if rule.maximum <= _MOST_ROWS else []
        reason = "" if rows else f"no {rule.maximum + 1} acceptable rows that agree were made"
        inserts = [row.insert() for row in rows]
        yield Experiment(
            claim=bench.claim(name, "rejects", f"{said}: one more is refused", kind="trigger"),
            questions=(bench.rejected(";\n".join(inserts), sqlstates=_CHECK, names=names),),
            needs=needs(*rows),
            impossible=reason,
            remedy=remedy,
        )
        yield Experiment(
            claim=bench.claim(name, "accepts", f"{said}: {rule.maximum} are accepted", kind="trigger"),
            questions=(bench.accepted(";\n".join(inserts[:-1]), names=names),),
            needs=needs(*rows),
            impossible=reason,
            remedy=remedy,
        )

    def _history(self, bench: Bench, entity: Entity) -> Iterator[Experiment]:
        """Yield: an update raises the version and moves the time of update; each change leaves a trail."""
        for attribute in entity.attributes:
            if attribute.role not in {"version", "updated"} or entity.append_only:
                continue
            column = column_name(attribute)
            kind = bench.table.column(column).type
            counts = attribute.role == "version"
            function = raise_version(column) if counts else set_on_update(column, kind)
            number = kind in {"bigint", "integer"} or kind.startswith(("numeric", "double"))
            earlier = "5" if counts or number else _LONG_AGO
            after = "6" if counts else clock(kind)
            row = bench.row().changed({column: earlier})
            touched = next((name for name in row.values if name not in row.key and name != column), column)
            change = statements.update(bench.table, {touched: row.values[touched]}, row.key)
            found = statements.select(bench.table, row.key, extra=f"{quote(column)} = {after}")
            yield self._kept(
                bench, function.name, row, f"{row.insert()};\n{change};\n{found}", f"an update sets {column}"
            )
        if entity.audited and self._trail is not None:
            yield from self._audited(bench, self._trail)

    def _kept(self, bench: Bench, function: str, row: Row, script: str, said: str, aspect: str = "keeps") -> Experiment:
        triggers = [each.name for each in bench.table.triggers if each.function == quote(function)]
        return Experiment(
            claim=bench.claim(triggers[0] if triggers else function, aspect, said, kind="trigger"),
            questions=(bench.accepted(script, rows=1),),
            needs=needs(row),
            remedy=f"Add a trigger that calls {function}().",
        )

    def _audited(self, bench: Bench, trail: Table) -> Iterator[Experiment]:
        row = bench.row()
        key = list(row.key.values())
        changed = next((name for name in row.values if name not in row.key), next(iter(row.key)))
        steps = {
            "INSERT": row.insert(),
            "UPDATE": statements.update(bench.table, {changed: row.values[changed]}, row.key),
            "DELETE": statements.delete(bench.table, row.key),
        }
        logged = {"changed_table": bench.table.name, **({"changed_key": key[0]} if len(key) == 1 else {})}
        for action in steps:
            done = dict.fromkeys(("INSERT", action))
            found = statements.select(trail, {**logged, "action": action})
            script = ";\n".join([*(steps[each] for each in done), found])
            said = f"{action} of a row is written to {trail.name}"
            yield self._kept(bench, keep_trail(trail).name, row, script, said, f"keeps-{action.lower()}")
