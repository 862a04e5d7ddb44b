"""The revisions of a chain, each worked out and tried, forwards and then back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from colonnade.migrate.expand_contract import stages as own
from colonnade.migrate.expand_contract.destination import Destination, destination
from colonnade.migrate.expand_contract.in_between import (
    free_to_part,
    old_keys,
    side_by_side,
    with_old_names,
    without_new_columns,
    without_new_members,
)
from colonnade.migrate.expand_contract.move import Move, aside, beside
from colonnade.migrate.rehearsal import tried
from colonnade.migrate.safe_plan import stages_to
from colonnade.migrate.stage import Plan, Revision, Stage
from colonnade.postgres import Server, Session
from colonnade.schema import Index, Table
from colonnade.schema.constraints import Constraint
from colonnade.schema.dependencies import Catalog
from colonnade.schema.members import object_name

_Leg = Callable[[], Iterable[Stage]]
_Tables = Sequence[Sequence[Move]]


def chain(
    server: Server,
    session: Session,
    goal: Callable[[Catalog], Catalog],
    *,
    read: Callable[[Session], Catalog],
    renames: Sequence[str],
    message: str,
) -> tuple[Revision, ...]:
    """Return the revisions that make a scratch database like the goal; they have been run there, and taken back.

    Every column that is renamed, or whose type changes so that its table would be rewritten, is moved: expanded,
    filled, switched where old and new code use one name, contracted. A table that is renamed leaves its old name to a
    view until the last revision. Nothing where there is none of these. `read` and `goal` are what `safe_plan` takes.
    Raises UnsupportedError for a column that cannot be moved, and a table that cannot be there under two names.
    """
    end = destination(server, session, goal, read=read, renames=renames)
    return _Chain(server, session, end, read).revisions(message) if end.tables or end.renamed else ()


@dataclass(frozen=True, slots=True)
class _Phase:
    """One revision: what is run forwards, and what takes it back to the catalog from before."""

    title: str
    up: _Leg
    down: Callable[[Catalog], Iterable[Stage]]


class _Chain:
    """What the legs of a chain share."""

    def __init__(self, server: Server, session: Session, end: Destination, read: Callable[[Session], Catalog]) -> None:
        self._server, self._session, self._end, self._read = server, session, end, read
        self._known: Catalog | None = None
        self._renamed = self._now()

    def revisions(self, message: str) -> tuple[Revision, ...]:
        """Go forwards and back, and return what was gone."""
        phases = list(self._phases())
        passed = [self._now()]
        ups: list[Plan] = []
        for phase in phases:
            ups.append(self._plan(phase.up))
            passed.append(self._now())
        downs = [self._plan(_back(phase, before)) for phase, before in reversed([*zip(phases, passed, strict=False)])]
        return tuple(
            Revision(message=f"{phase.title}: {message}", up=up, down=down)
            for phase, up, down in zip(phases, ups, reversed(downs), strict=True)
        )

    def _phases(self) -> Iterator[_Phase]:
        before, after = self._end.tables, _switched(self._end.tables)
        yield _Phase("expand" if before else "switch", self._expand, self._collapse)
        if before:
            yield _Phase("fill", self._fill, self._to)
        if before != after:
            yield _Phase("switch", lambda: self._switch(forwards=True), lambda _: self._switch(forwards=False))
        yield _Phase("contract", lambda: self._contract(after), lambda start: self._grow_again(after, start))

    def _expand(self) -> Iterator[Stage]:
        yield from self._tried(own.rename(table, forwards=True) for table in self._end.renamed)
        self._renamed = self._now()
        yield from self._to(without_new_columns(self._side_by_side(), self._end.tables))
        for move in _each(self._end.tables):
            yield from self._tried(own.expand(move))
        yield from self._to(without_new_members(self._side_by_side(), self._end.tables))

    def _collapse(self, start: Catalog) -> Iterator[Stage]:
        for moves in self._end.tables:
            yield from self._tried(own.compare(move, done=move.taken_back) for move in moves)
            yield from self._tried([own.part(moves, forwards=False)])
        yield from self._to(self._renamed)
        yield from self._tried(own.rename(table, forwards=False) for table in self._end.renamed)
        yield from self._to(start)

    def _fill(self) -> Iterator[Stage]:
        for move in _each(self._end.tables):
            yield from self._tried(own.fill(move))
        yield from self._to(self._side_by_side())

    def _switch(self, *, forwards: bool) -> Iterator[Stage]:
        for moves in self._end.tables:
            switching = [move for move in moves if move.switches]
            if switching:
                names = self._exchanged(moves[0].table, forwards=forwards)
                yield from self._tried([own.switch(switching, names, forwards=forwards)])

    def _contract(self, tables: _Tables) -> Iterator[Stage]:
        yield from self._tried(own.compare(move, done=move.gone) for move in _each(tables))
        yield from self._to(free_to_part(self._now(), self._end.catalog, tables))
        for moves in tables:
            yield from self._tried(own.drop_key(moves, key) for key in old_keys(self._now(), moves))
            yield from self._tried([own.part(moves, forwards=True)])
        yield from self._to(self._end.catalog)

    def _grow_again(self, tables: _Tables, start: Catalog) -> Iterator[Stage]:
        for moves in tables:
            if not any(move.switches for move in moves):
                over = " OR ".join(move.taken_back for move in moves)
                for value in self._clashing(moves[0].table):
                    yield from self._tried([own.rename_member(moves[0].table, value, beside(value.name), done=over)])
            for move in moves:
                yield from self._tried(own.take_back_contract(move))
        yield from self._to(start)

    def _exchanged(self, table: Table, *, forwards: bool) -> Iterator[str]:
        """Yield what gives the indexes and constraints of the new columns the names that those of the old ones have."""
        members = {each.name: each for each in _named(self._now(), table)}
        for name in self._end.clashes[object_name(table)]:
            first, last = (name, beside(name)) if forwards else (aside(name), name)
            # Whichever has the name makes way for the other.
            away, to = (first, aside(name)) if forwards else (last, beside(name))
            comes = last if forwards else first
            yield own.renaming(table, members[away], to)
            yield own.renaming(table, members[comes], name)

    def _clashing(self, table: Table) -> Iterator[Index | Constraint]:
        """Yield the indexes and constraints that have the name of one that stood on an old column."""
        names = self._end.clashes[object_name(table)]
        return (each for each in _named(self._now(), table) if each.name in names)

    def _side_by_side(self) -> Catalog:
        now = self._now()
        return with_old_names(side_by_side(self._end.beside, now, self._end.tables), now, self._end.renamed)

    def _now(self) -> Catalog:
        """Return what the database is, read anew where stages have run since."""
        if self._known is None:
            self._known = self._read(self._session)
        return self._known

    def _to(self, wanted: Catalog) -> tuple[Stage, ...]:
        start = self._now()
        stages, self._known = stages_to(
            self._server, self._session, start, wanted, read=lambda: self._read(self._session)
        )
        return stages

    def _tried(self, stages: Iterable[Stage]) -> tuple[Stage, ...]:
        found = tried(self._session, stages)
        if any(each.kind == "change" for each in found):
            self._known = None
        return found

    def _plan(self, leg: _Leg) -> Plan:
        before = self._now().schema.fingerprint
        stages = tuple(leg())
        return Plan(stages=stages, before=before, after=self._now().schema.fingerprint)


def _each(tables: _Tables) -> Iterator[Move]:
    return (move for moves in tables for move in moves)


def _switched(tables: _Tables) -> _Tables:
    """Return the moves as they are when the names have been exchanged."""
    return tuple(tuple(move.switched() if move.switches else move for move in moves) for moves in tables)


def _back(phase: _Phase, before: Catalog) -> _Leg:
    return lambda: iter(phase.down(before))


def _named(catalog: Catalog, table: Table) -> Iterator[Index | Constraint]:
    found = catalog.schema.table(table.name, namespace=table.namespace)
    yield from found.indexes
    yield from found.constraints
