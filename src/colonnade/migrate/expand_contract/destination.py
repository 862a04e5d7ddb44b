"""Where a chain leads, and which columns are moved and tables renamed on the way, found out on a copy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from colonnade.errors import UnsupportedError
from colonnade.migrate.casts import Casts, conversion, conversion_of
from colonnade.migrate.expand_contract.in_between import dependents
from colonnade.migrate.expand_contract.move import Move, beside
from colonnade.migrate.expand_contract.refusals import refuse_unmovable, refuse_unrenamable
from colonnade.migrate.expand_contract.renamed_table import RenamedTable, by_table, renamed_table
from colonnade.migrate.expand_contract.stages import renaming
from colonnade.migrate.plan import plan
from colonnade.migrate.rehearsal import observed_steps
from colonnade.migrate.renames import asked_for
from colonnade.migrate.renaming import renamed
from colonnade.migrate.safe import ObservedStep, Surroundings, is_heavy
from colonnade.postgres import Server, Session, casts_of
from colonnade.schema import Column, Table
from colonnade.schema import changes as c
from colonnade.schema.dependencies import Catalog
from colonnade.schema.diff import diff
from colonnade.schema.members import object_name
from colonnade.schema.names import ObjectName
from colonnade.sql.identifier import quote

# The version from which a view can read and write with the rights of who uses it.
_INVOKERS = 150000


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """The moves, table by table, the tables that are renamed, and the last schema.

    `beside` is the last schema with the new columns, and what stands on them, under the names that they have as long as
    the old ones are there. `clashes` are the indexes and constraints that have one name at both ends.
    """

    tables: tuple[tuple[Move, ...], ...]
    renamed: tuple[RenamedTable, ...]
    catalog: Catalog
    beside: Catalog
    clashes: Mapping[ObjectName, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ends:
    """The schema before, and the last one, with how one type becomes another."""

    before: Catalog
    after: Catalog
    casts: Casts


def destination(
    server: Server,
    session: Session,
    goal: Callable[[Catalog], Catalog],
    *,
    read: Callable[[Session], Catalog],
    renames: Sequence[str],
) -> Destination:
    """Return where the change leads, after making it at once on a copy of a scratch database."""
    with server.scratch_copy(session) as copy:
        before = read(copy)
        asked = by_table(_asked(copy, renames, read=lambda: read(copy)))
        start = read(copy)
        after = goal(start)
        casts = casts_of(copy)
        steps = plan(diff(start.schema, after.schema), before=start, after=after, casts=casts)
        observed = observed_steps(copy, steps)
        around = Surroundings(before=start, after=after, digests={})
        ends = _Ends(before=before, after=after, casts=casts)
        tables_renamed = tuple(_renamed_tables(asked, ends, start, security_invoker=copy.server_version >= _INVOKERS))
        of_columns = [each for made in asked.values() if not _names_table(made) for each in made]
        moves = [*_renamings(of_columns, ends), *_retypings(observed, around, of_columns, ends)]
        tables = tuple(_by_table(moves))
        clashes = {object_name(each[0].table): tuple(_clashes(each, ends)) for each in tables}
        _put_beside(copy, tables, clashes, read(copy))
        aside = read(copy)
    for table in tables_renamed:
        refuse_unrenamable(table, moves, start, after)
    for move in moves:
        refuse_unmovable(move, before, aside)
    return Destination(tables=tables, renamed=tables_renamed, catalog=after, beside=aside, clashes=clashes)


def _asked(session: Session, renames: Sequence[str], *, read: Callable[[], Catalog]) -> Iterator[c.Rename]:
    """Make the renames of tables and columns, and yield each as it was asked for.

    Raises UnsupportedError for one of anything else, or of a column to a name that is taken.
    """
    for option in renames:
        for change in asked_for([option], read().schema):
            if not isinstance(change, c.Rename):
                raise UnsupportedError(
                    "a value of an enum cannot be renamed by a chain of revisions",
                    detail="Only tables and columns can be there under two names.",
                    hint="Rename it in a revision of its own, without --expand-contract.",
                )
            if isinstance(change.table, Table) and change.table.has_column(change.name):
                raise UnsupportedError(
                    f'"{change.table.identifier}.{quote(change.value.name)}" cannot be moved by a chain of revisions',
                    detail=f"The table has a column {quote(change.name)} already.",
                    hint="Drop or rename that one in a revision of its own, first.",
                )
            yield change
        renamed(session, [option], read=read)


def _names_table(made: Iterable[c.Rename]) -> bool:
    return any(isinstance(each.value, Table) for each in made)


def _renamed_tables(
    asked: Mapping[tuple[str, str], Sequence[c.Rename]], ends: _Ends, start: Catalog, *, security_invoker: bool
) -> Iterator[RenamedTable]:
    for (namespace, name), made in asked.items():
        last = ends.after.schema.find_table(name, namespace=namespace)
        if _names_table(made) and last is not None:
            new = start.schema.table(name, namespace=namespace)
            yield renamed_table(made, ends.before, new, last, security_invoker=security_invoker)


def _renamings(asked: Sequence[c.Rename], ends: _Ends) -> Iterator[Move]:
    for change in asked:
        assert isinstance(change.table, Table)  # noqa: S101 - a column has one
        table = _table(ends.after, change.table)
        if table is not None and table.has_column(change.name):
            old = change.table.column(change.value.name)
            yield _move(table, old, table.column(change.name), old.name, ends.casts)


def _retypings(
    observed: Sequence[ObservedStep], around: Surroundings, asked: Sequence[c.Rename], ends: _Ends
) -> Iterator[Move]:
    """Yield the moves for the columns that keep their name, and whose type changes by writing the table anew."""
    moved = {(_key(change.table), change.name) for change in asked if isinstance(change.table, Table)}
    for each in observed:
        match each.step.change:
            case c.AlterColumnType(table=table, before=old, after=new) if is_heavy(each, around):
                if old.type != new.type and (_key(table), new.name) not in moved:
                    last = ends.after.schema.table(table.name, namespace=table.namespace)
                    yield _move(last, old, last.column(new.name), beside(new.name), ends.casts)
            case _:
                continue


def _move(table: Table, old: Column, new: Column, name: str, casts: Casts) -> Move:
    """Return the move to a column that has another name meanwhile, if it keeps its own in the end."""
    move = Move(table=table, old=old, new=new, first=old.name, final=new.name)
    if move.switches:
        move = replace(move, new=replace(new, name=name))
    if old.type == new.type:
        return move
    forth, back = (conversion_of("", one, other, casts) for one, other in ((old.type, new.type), (new.type, old.type)))
    return replace(
        move,
        forth=forth,
        back=back,
        assigned_forth=forth if conversion(old.name, old.type, new.type, casts) else "",
        assigned_back=back if conversion(new.name, new.type, old.type, casts) else "",
    )


def _by_table(moves: Sequence[Move]) -> Iterator[tuple[Move, ...]]:
    found: dict[tuple[str, str], list[Move]] = {}
    for move in moves:
        found.setdefault(_key(move.table), []).append(move)
    return (tuple(each) for each in found.values())


def _clashes(moves: Sequence[Move], ends: _Ends) -> Iterator[str]:
    """Yield the names that an index or constraint of an old column and one of a new column both have."""
    before, after = (_table(catalog, moves[0].table) for catalog in (ends.before, ends.after))
    if before is None or after is None:
        return
    olds = _own(dependents(ends.before, before, [move.first for move in moves]), before)
    news = _own(dependents(ends.after, after, [move.final for move in moves]), after)
    yield from sorted(olds & news)


def _own(names: Iterable[ObjectName], table: Table) -> frozenset[str]:
    """Return what the indexes and constraints of the table itself are called."""
    home = (table.namespace, table.name)
    return frozenset(
        each.name for each in names if each.kind in ("index", "constraint") and (each.namespace, each.table) == home
    )


def _put_beside(
    copy: Session, tables: Sequence[Sequence[Move]], clashes: Mapping[ObjectName, Sequence[str]], last: Catalog
) -> None:
    """Give the new columns, and what stands on them, the names that they have beside the old ones."""
    for moves in tables:
        table = last.schema.table(moves[0].table.name, namespace=moves[0].table.namespace)
        for move in moves:
            if move.switches:
                names = f"{quote(move.final)} TO {quote(move.new.name)}"
                copy.execute(f"ALTER TABLE {table.identifier} RENAME COLUMN {names}")
        members = {each.name: each for each in (*table.indexes, *table.constraints)}
        for name in clashes[object_name(table)]:
            copy.execute(renaming(table, members[name], beside(name)))


def _table(catalog: Catalog, table: Table) -> Table | None:
    return catalog.schema.find_table(table.name, namespace=table.namespace)


def _key(table: Table) -> tuple[str, str]:
    return table.namespace, table.name
