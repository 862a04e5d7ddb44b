"""Experiments on what the database keeps of history: times of update, versions, audit trails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from colonnade.design.completion import trail_entity
from colonnade.design.defaults import clock
from colonnade.design.history import never_changes
from colonnade.design.programs import keep_trail, raise_version, refuse_change, set_on_update
from colonnade.prove import statements
from colonnade.prove.bench import Bench, needs
from colonnade.prove.experiments import Experiment
from colonnade.prove.rows import Row
from colonnade.prove.ruling import Ruling
from colonnade.schema import Table
from colonnade.spec import Attribute
from colonnade.sql.identifier import quote

_LONG_AGO = "2000-01-01"


def history_rules(ruling: Ruling, benches: Mapping[str, Bench]) -> Iterator[Experiment]:
    """Yield: an update raises the version and moves the time of update; each change leaves a trail."""
    design = ruling.design
    trail = trail_entity(design.spec)
    kept = benches[trail.name].table if trail is not None and trail.name in benches else None
    for entity in design.spec.entities:
        bench = benches.get(entity.name)
        if bench is None:
            continue
        for attribute in entity.attributes:
            if attribute.role in ("updated", "version") and not never_changes(design.spec, entity):
                column = ruling.column(entity.name, attribute)
                if column:
                    yield _set_on_update(bench, attribute, column)
        if entity.audited and kept is not None:
            yield from _audited(bench, kept)


def _set_on_update(bench: Bench, attribute: Attribute, column: str) -> Experiment:
    kind = bench.table.column(column).type
    counts = attribute.role == "version"
    function = raise_version(column) if counts else set_on_update(column, kind)
    is_number = kind in {"bigint", "integer"} or kind.startswith(("numeric", "double"))
    row = bench.row().changed({column: "5" if counts or is_number else _LONG_AGO})
    found = statements.select(bench.table, row.key, extra=f"{quote(column)} = {'6' if counts else clock(kind)}")
    parts = (row.insert(), statements.touch(bench.table, row.key), found)
    return _kept(bench, function.name, row, parts, said=f"an update sets {column}")


def _audited(bench: Bench, trail: Table) -> Iterator[Experiment]:
    row = bench.row()
    key = list(row.key.values())
    steps = {
        "INSERT": row.insert(),
        "UPDATE": statements.touch(bench.table, row.key),
        "DELETE": statements.delete(bench.table, row.key),
    }
    refusing = [each for each in bench.table.triggers if each.function == quote(refuse_change().name)]
    refused = {event for each in refusing if not each.update_columns for event in each.events}
    # A table of nothing but an identity cannot be updated without another key.
    keeps_key = any(column.identity != "ALWAYS" for column in bench.table.columns)
    for action in steps:
        if action not in refused:
            keyed = len(key) == 1 and (keeps_key or action != "UPDATE")
            logged = {"changed_table": bench.table.name, **({"changed_key": key[0]} if keyed else {})}
            # Rows that others needed have entries too, and a key of many columns stands in no column of the trail.
            about = statements.is_row(bench.table, row.key, "coalesce(after, before)") if len(key) > 1 else ""
            found = statements.select(trail, {**logged, "action": action}, extra=about)
            parts = (*(steps[each] for each in dict.fromkeys(("INSERT", action))), found)
            said = f"{action} of a row is written to {trail.name}"
            yield _kept(bench, keep_trail(trail).name, row, parts, said=said, aspect=f"keeps-{action.lower()}")


def _kept(
    bench: Bench, function: str, row: Row, parts: tuple[str, ...], *, said: str, aspect: str = "keeps"
) -> Experiment:
    triggers = [each.name for each in bench.table.triggers if each.function == quote(function)]
    return Experiment(
        claim=bench.claim(triggers[0] if triggers else function, aspect, said, kind="trigger"),
        questions=(bench.accepted(";\n".join(parts), rows=1),),
        needs=needs(row),
        remedy=f"Add a trigger that calls {function}().",
    )
