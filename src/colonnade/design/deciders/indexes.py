"""Which indexes the access patterns and foreign keys need, and no others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from colonnade.design.decision import Decision, Draft, Rejected, asked
from colonnade.design.drafting import Drafting
from colonnade.design.group_sizes import GroupSizes, grouping
from colonnade.design.index_choice import Choice, Chosen, built, choose, covers_foreign_keys, definition
from colonnade.design.index_needs import Barred, Need, Needs
from colonnade.design.index_texts import PLAIN_SOURCE, purpose_text, rejected_for, write_cost
from colonnade.design.places import Places
from colonnade.design.shapes import unplaced
from colonnade.design.special_indexes import Special, SpecialIndexes
from colonnade.design.volumes import declared, planned_rows
from colonnade.schema import Index, ObjectName, Table
from colonnade.schema.names import ObjectKind
from colonnade.span import Span
from colonnade.spec import AccessPattern, Spec

LARGE_PART = 0.05
"""Share of a table that is read faster in order than by an index that points all over it."""

FEW_ROWS = 200
"""Declared rows up to which a table is read whole by every list."""


class IndexDecider:
    """Gives each form of each access pattern an index, covers every foreign key, and drops what is said twice."""

    def decide(self, spec: Spec, draft: Draft) -> tuple[Draft, tuple[Decision, ...]]:
        """Return the draft with its indexes, and the reason of each, present or refused."""
        return _Deciding(spec, draft).run()


class _Deciding:
    """One run of the decider."""

    def __init__(self, spec: Spec, draft: Draft) -> None:
        self._spec = spec
        self._places = Places(spec, draft)
        self._needs = Needs(self._places)
        self._special = SpecialIndexes(self._places, self._needs)
        self._grouping = grouping(spec)
        self._drafting = Drafting(draft)
        self._taken = {name for table in draft.schema.tables for name in _names(table)}
        self._rows = {each.table: planned_rows(spec, each.entity) for each in draft.bindings.entities}

    def run(self) -> tuple[Draft, tuple[Decision, ...]]:
        """Decide what searches need, then table by table what is ordered, then what is left to blocks of time."""
        self._specials()
        by_table: dict[str, list[Need]] = defaultdict(list)
        for pattern in self._spec.access_patterns:
            for need in self._needs.of(pattern):
                by_table[need.table].append(need)
        for table in list(self._drafting.tables.values()):
            if not table.external:
                self._table(table, by_table[table.name])
        self._stretches()
        for barred in self._needs.barred:
            self._drafting.decide(self._barred(barred))
        for pattern in self._spec.access_patterns:
            for name in unplaced(self._places, pattern):
                self._drafting.decide(self._unplaced(pattern, name))
        return self._drafting.finish()

    def _table(self, table: Table, needs: list[Need]) -> None:
        """Choose the ordered indexes of one table."""
        entity = self._places.entity_of(table.name)
        spared = [need for need in needs if need.purpose != "key"]
        if spared and declared(self._spec, entity) and planned_rows(self._spec, entity) <= FEW_ROWS:
            needs = [need for need in needs if need.purpose == "key"]
            self._drafting.decide(self._tiny(table, spared))
        sizes = GroupSizes(self._places, table, self._grouping)
        refused = [need for need in needs if _tells_little(need, sizes)]
        wanted = [need for need in needs if need not in refused]
        chosen = choose(table, wanted, sizes)
        for choice in chosen.new:
            index = built(choice, table, taken=self._taken)
            self._drafting.add(self._drafting.tables[table.namespace, table.name], indexes=(index,))
            self._drafting.decide(self._new(choice, index, table, chosen))
        for choice in chosen.served:
            self._drafting.decide(self._served(choice, table))
        for need in chosen.unserved:
            self._drafting.decide(self._left_out(need, table, len(chosen.new)))
        for need in refused:
            self._drafting.decide(_refused(need, table))

    def _tiny(self, table: Table, spared: list[Need]) -> Decision:
        rows = self._rows.get(table.name, 0)
        return Decision(
            question=f"indexes for the lists of {table.name}",
            choice="none",
            reason=f"{table.name} is said to hold {rows:,} rows: a few pages, read and sorted faster than an index is.",
            shaped=(_table_object(table),),
            facts=_facts(spared),
            rejected=(Rejected(choice="an index for each list", reason="the planner would never use it"),),
            source="postgresql.org/docs/current/indexes-intro.html",
            patterns=_ids(spared),
            asked=asked(self._spec, "volume", self._places.entity_of(table.name)),
        )

    def _specials(self) -> None:
        """Add the searches' and containments' indexes; two patterns share one that is the same."""
        made: dict[tuple[object, ...], int] = {}
        for pattern in self._spec.access_patterns:
            for special in self._special.of(pattern, taken=self._taken):
                index = special.index
                same = (special.table.name, index.method, index.keys, index.predicate) if index else ()
                if same in made:
                    position = made[same]
                    earlier = self._drafting.decisions[position]
                    joined = replace(
                        earlier,
                        patterns=tuple(dict.fromkeys((*earlier.patterns, pattern.id))),
                        facts=tuple(dict.fromkeys((*earlier.facts, *pattern.at))),
                    )
                    self._drafting.decisions[position] = joined
                    continue
                if index:
                    made[same] = len(self._drafting.decisions)
                self._add_special(special)

    def _stretches(self) -> None:
        """Add the BRIN indexes of huge append-only tables."""
        for pattern in self._spec.access_patterns:
            if not self._places.has_table(pattern.entity):
                continue
            table = self._drafting.table(pattern.entity)
            leading = {index.columns[0] for index in table.indexes if index.columns}
            special = self._special.stretch(pattern, indexed=leading, taken=self._taken)
            if special is not None:
                self._add_special(special)

    def _add_special(self, special: Special) -> None:
        table = self._drafting.tables[special.table.namespace, special.table.name]
        shaped = (_table_object(table),)
        reason = special.reason
        if special.index is not None:
            self._drafting.add(table, indexes=(special.index,))
            shaped = (_index_object(table, special.index.name),)
            reason += (
                f" {write_cost(special.index, table, rows=self._rows.get(table.name), updated=self._updated(table))}"
            )
        if special.extension:
            self._drafting.extensions.add(special.extension)
        subject = special.index.name if special.index is not None else f"{special.pattern.id}"
        self._drafting.decide(
            Decision(
                question=f"index {subject} of {table.name}",
                choice=special.choice,
                reason=reason,
                shaped=shaped,
                facts=special.pattern.at,
                rejected=special.rejected,
                source=special.source,
                patterns=(special.pattern.id,),
                asked=asked(self._spec, "search", special.pattern.entity) if special.pattern.search else "",
            )
        )

    def _new(self, choice: Choice, index: Index, table: Table, chosen: Chosen) -> Decision:
        covered = covers_foreign_keys(choice, table)
        reason = purpose_text(choice, index, covered=covered)
        cost = write_cost(index, table, rows=self._rows.get(table.name), updated=self._updated(table))
        return Decision(
            question=f"index {index.name} of {table.name}",
            choice=definition(index, table),
            reason=f"{reason} {cost}",
            shaped=(_index_object(table, index.name),),
            facts=_facts(choice.needs),
            rejected=rejected_for(choice, table, others=chosen.new),
            source=PLAIN_SOURCE,
            patterns=_ids(choice.needs),
            asked=self._order_question(choice),
        )

    def _order_question(self, choice: Choice) -> str:
        """Return the question that could change the index's order, where the spec states none."""
        first = choice.first.pattern if choice.first is not None else None
        return asked(self._spec, "order", first.entity) if first is not None else ""

    def _served(self, choice: Choice, table: Table) -> Decision:
        """Say which patterns need no index because a constraint brings one."""
        foreign_keys = [need.label for need in choice.needs if need.pattern is None]
        held = {constraint.name for constraint in table.constraints}
        kind: ObjectKind = "constraint" if choice.existing in held else "index"
        also = f" It also covers the foreign key {', '.join(foreign_keys)}." if foreign_keys else ""
        return Decision(
            question=f"index beside {choice.existing} of {table.name}",
            choice=f"none: {choice.existing} is an index already",
            reason=f"A key finds its row in as many steps as the tree is deep.{also}",
            shaped=(ObjectName(kind=kind, name=choice.existing, table=table.name, namespace=table.namespace),),
            facts=_facts(choice.needs),
            rejected=(
                Rejected(choice="a second index on the same columns", reason="costs writes and serves nothing new"),
            ),
            source="postgresql.org/docs/current/indexes-unique.html",
            patterns=_ids(choice.needs),
        )

    def _left_out(self, need: Need, table: Table, count: int) -> Decision:
        pattern = need.pattern
        wanted = ", ".join(key.text + (" DESC" if key.descending else "") for key in need.keys)
        return Decision(
            question=f"index for {need.label} of {pattern.id if pattern else table.name}",
            choice="no index",
            reason=(
                f"{table.name} has {count} indexes for patterns already and each insert writes to all of them;"
                " what is asked for more often came first. The default order is read and filtered instead."
            ),
            shaped=(_table_object(table),),
            facts=_facts([need]),
            rejected=(
                Rejected(choice=f"{table.name} ({wanted})", reason="declare how often it is asked for, to get it"),
            ),
            source="postgresql.org/docs/current/indexes-intro.html",
            patterns=_ids([need]),
        )

    def _barred(self, barred: Barred) -> Decision:
        table = self._places.table_named(barred.table)
        # What is asked for may stand in another table, which normal form moved it to.
        column = ObjectName(kind="column", name=barred.column, table=barred.table)
        return Decision(
            question=f"index on {barred.column} of {barred.table} for {barred.pattern.id}",
            choice="no index",
            reason=barred.reason[0].upper() + barred.reason[1:] + ".",
            shaped=(column if table.has_column(barred.column) else _table_object(table),),
            facts=barred.pattern.at,
            rejected=(Rejected(choice=f"an index with {barred.column}", reason="could not be used"),),
            source="postgresql.org/docs/current/ddl-rowsecurity.html",
            patterns=(barred.pattern.id,),
        )

    def _unplaced(self, pattern: AccessPattern, name: str) -> Decision:
        table = self._places.table(pattern.entity)
        return Decision(
            question=f"index for {name} of {pattern.id}",
            choice="no index",
            reason=f'No column holds "{name}": it is computed when it is read.',
            shaped=(_table_object(table),),
            facts=pattern.at,
            rejected=(Rejected(choice="a stored copy", reason="would have to be kept in step at every write"),),
            patterns=(pattern.id,),
        )

    def _updated(self, table: Table) -> frozenset[str]:
        """Return the columns of the table that the patterns change."""
        found: set[str] = set()
        for pattern in self._spec.access_patterns:
            if pattern.writes == "update" and self._places.has_table(pattern.entity):
                for name in pattern.sets:
                    place = self._places.place(pattern.entity, name)
                    if place is not None and place.own and place.table == table.name:
                        found.update(place.columns)
        return frozenset(found)


def _tells_little(need: Need, sizes: GroupSizes) -> bool:
    """Tell whether the equalities alone, without an order or more columns to read, leave a large part of the table."""
    if need.include or (need.order and not need.order_optional):
        return False
    return sizes.of(key.text for key in need.equality) > LARGE_PART * sizes.rows


def _refused(need: Need, table: Table) -> Decision:
    names = ", ".join(key.column for key in need.equality)
    return Decision(
        question=f"index on {names} of {table.name}",
        choice="no index",
        reason="Few values tell hardly any rows apart: reading the table in order costs less than a part by index.",
        shaped=(_table_object(table),),
        facts=_facts([need]),
        rejected=(
            Rejected(choice=f"{table.name} ({names})", reason="a cost on each write, and the planner never uses it"),
        ),
        source="postgresql.org/docs/current/indexes-partial.html",
        patterns=_ids([need]),
    )


def _facts(needs: Iterable[Need]) -> tuple[Span, ...]:
    return tuple(dict.fromkeys(span for need in needs if need.pattern is not None for span in need.pattern.at))


def _ids(needs: Iterable[Need]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(need.pattern.id for need in needs if need.pattern is not None))


def _names(table: Table) -> Iterator[str]:
    """Yield the names that share a namespace with indexes."""
    yield table.name
    if table.primary_key:
        yield table.primary_key.name
    yield from (unique.name for unique in table.uniques)
    yield from (exclusion.name for exclusion in table.exclusions)
    yield from (index.name for index in table.indexes)


def _table_object(table: Table) -> ObjectName:
    return ObjectName(kind="table", name=table.name, namespace=table.namespace)


def _index_object(table: Table, name: str) -> ObjectName:
    return ObjectName(kind="index", name=name, table=table.name, namespace=table.namespace)
