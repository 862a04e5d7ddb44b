"""What must be made anew because something that it needs is dropped or changes its type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from colonnade.migrate.replacement import converted_columns
from colonnade.migrate.step import held, owner_of
from colonnade.schema import (
    Column,
    CompositeType,
    Domain,
    ForeignKey,
    Index,
    NamedType,
    Partition,
    RangeType,
    Sequence,
    Table,
    View,
)
from colonnade.schema import changes as c
from colonnade.schema.dependencies import Catalog
from colonnade.schema.diff import creation, ownership_changes
from colonnade.schema.diff_privileges import first_privileges, privilege_changes
from colonnade.schema.members import Placed, object_name, objects_of
from colonnade.schema.names import ObjectName

_INTEGERS = frozenset({"smallint", "integer", "bigint"})
# ALTER COLUMN … TYPE makes these anew by itself.
_FOLLOWS = frozenset({"constraint", "index", "statistics"})


def with_recreation(changes: Iterable[c.Change], *, before: Catalog, after: Catalog) -> tuple[c.Change, ...]:
    """Return the changes with those of every object that could not stay meanwhile, and without those that it hides."""
    return _Recreation(changes, before, after).changes()


class _Recreation:
    """The changes while what they entail is added."""

    def __init__(self, changes: Iterable[c.Change], before: Catalog, after: Catalog) -> None:
        self._before, self._after = before, after
        self._olds, self._news = objects_of(before.schema), objects_of(after.schema)
        self._changes = list(changes)
        renamed = {
            object_name(each.value, each.table): each.name for each in self._changes if isinstance(each, c.Rename)
        }
        sequences = (replace(each, name=renamed.get(object_name(each), each.name)) for each in before.schema.sequences)
        self._owned = {owner: each for each in sequences for owner in owner_of(each)}
        self._dropped: set[ObjectName] = set()
        self._retyped: dict[ObjectName, bool] = {}  # whether only integers are widened or narrowed
        self._replaced: set[ObjectName] = set()
        self._anew: list[c.Change] = []
        self._covered: set[ObjectName] = set()  # objects whose own changes their recreation makes needless
        self._defaults: set[ObjectName] = set()

    def changes(self) -> tuple[c.Change, ...]:
        """Follow each change to all that it entails."""
        self._anew += self._mutual_references()
        queue = [name for change in self._changes for name in self._disturbed(change)]
        while queue:
            name = queue.pop()
            if name in self._owned and name in self._dropped:
                self._keep_sequence(self._owned[name])
            for dependent in sorted(self._before.dependencies.needed_by.get(name, ())):
                queue += self._follow(name, dependent)
        kept = (change for change in self._changes if not self._is_covered(change))
        return (*self._anew, *kept)  # a default is taken away before its column changes

    def _disturbed(self, change: c.Change) -> Iterator[ObjectName]:
        """Yield what can no longer be depended on meanwhile."""
        match change:
            case c.Drop(value=(Table() | View()) as relation):
                self._dropped |= held(relation)
                yield from held(relation)
            case c.Drop():
                name = object_name(change.value, change.table)
                self._dropped.add(name)
                yield name
            case c.AlterColumnType(before=old, after=new):
                name = object_name(new, change.table)
                self._retyped[name] = {old.type, new.type} <= _INTEGERS
                yield name
            case c.ReplaceType():
                yield from self._replace(change)
            case _:
                return

    def _mutual_references(self) -> Iterator[c.Change]:
        """Yield the foreign keys without which none of some dropped tables could be dropped first."""
        dropped = {
            object_name(each.value): each.value
            for each in self._changes
            if isinstance(each, c.Drop) and isinstance(each.value, Table)
        }
        references = {
            name: {referenced_table(key) for key in table.foreign_keys} & dropped.keys()
            for name, table in dropped.items()
        }
        for name, table in dropped.items():
            for key in table.foreign_keys:
                referenced = referenced_table(key)
                if referenced != name and name in _reachable(references, referenced):
                    yield c.Drop(value=key, table=table)

    def _replace(self, change: c.ReplaceType) -> Iterator[ObjectName]:
        name = object_name(change.before)
        self._replaced.add(name)
        yield name
        for table, column in converted_columns(change, before=self._before, after=self._after):
            converted = object_name(column, table)
            self._retyped[converted] = False
            self._defaults.add(converted)
            yield converted

    def _follow(self, name: ObjectName, dependent: ObjectName) -> Iterator[ObjectName]:
        """Do what the dependent object needs when the other one is disturbed; yield what that disturbs in turn."""
        old, new = self._olds.get(dependent), self._news.get(dependent)
        if dependent in self._dropped or old is None:
            return
        match old.value:
            case Column(generated=None) as column:
                self._reset_default(dependent, old, new, column, name)
            case Column() if new is not None and isinstance(new.value, Column) and new.value.generated is None:
                return  # it stops being generated, before what it needs changes
            case Domain() | CompositeType() | RangeType():
                if new is not None and dependent not in self._replaced and isinstance(new.value, NamedType):
                    change = c.ReplaceType(before=old.value, after=new.value)
                    self._anew += [change, *first_privileges(new.value)]
                    self._covered.add(dependent)
                    yield from self._replace(change)
            case Table() | Partition():
                return
            case _:
                if not self._stays(name, dependent, old):
                    yield from self._make_anew(dependent, old, new)

    def _stays(self, name: ObjectName, dependent: ObjectName, old: Placed) -> bool:
        """Tell whether Postgres itself makes the object anew when its column gets another type."""
        if name not in self._retyped or name in self._dropped:
            return False
        if isinstance(old.value, ForeignKey):
            return self._retyped[name]
        return dependent.kind in _FOLLOWS

    def _make_anew(self, name: ObjectName, old: Placed, new: Placed | None) -> Iterator[ObjectName]:
        gone, made = ({name, *_held(each)} for each in (old, new))
        self._dropped |= gone
        self._covered |= gone | made
        # What of it was to be made anew by itself goes and comes with it.
        self._anew = [change for change in self._anew if _subject(change) not in gone]
        self._anew.append(c.Drop(value=old.value, table=old.table))
        if new is not None:
            self._anew += (
                [c.Create(value=new.value, table=new.table)] if new.table is not None else list(creation(new.value))  # type: ignore[arg-type]  # without a table it stands by itself
            )
            if isinstance(new.value, Column) and isinstance(new.table, Table):
                self._anew += _privileges_on(new.table, new.value)
        yield from gone

    def _reset_default(
        self, name: ObjectName, old: Placed, new: Placed | None, column: Column, needed: ObjectName
    ) -> None:
        """Take the column's default away while what it needs is made anew."""
        if column.default is None or name in self._defaults or needed in self._retyped:
            return
        if needed.kind in ("type", "domain") and needed not in self._dropped:
            return
        assert isinstance(old.table, Table)  # noqa: S101 - a column belongs to one
        self._defaults.add(name)
        self._anew.append(c.SetColumnDefault(table=old.table, column=column.name, default=None))
        if (
            new is not None
            and isinstance(new.value, Column)
            and isinstance(new.table, Table)
            and new.value.default is not None
        ):
            default = new.value.default
            self._anew.append(c.SetColumnDefault(table=new.table, column=column.name, default=default))

    def _keep_sequence(self, sequence: Sequence) -> None:
        """Keep a sequence from going with the column that owns it, where it is to stay."""
        name = object_name(sequence)
        new = self._news.get(name)
        if new is not None and isinstance(new.value, Sequence) and name not in self._covered:
            self._covered.add(name)
            self._anew += ownership_changes(sequence, new.value, always=True)

    def _is_covered(self, change: c.Change) -> bool:
        """Tell whether making an object anew makes its own change needless."""
        match change:
            case c.SetColumnDefault(table=table, column=column):
                name = ObjectName(kind="column", name=column, table=table.name, namespace=table.namespace)
                return name in self._defaults
            case (
                c.AlterSequence()
                | c.GrantPrivileges(on=Sequence())
                | c.RevokePrivileges(on=Sequence())
                | c.SetComment(value=Sequence())
            ):
                return False  # a sequence is kept, never made anew
            case _:
                return _subject(change) in self._covered


def _subject(change: c.Change) -> ObjectName | None:
    """Return the object that a change is about, None for changes that no recreation makes needless."""
    match change:
        case c.Create(value=value, table=table) | c.Drop(value=value, table=table) | c.Rename(value=value, table=table):
            return object_name(value, table)
        case c.SetComment(value=value, table=table):
            return object_name(value, table)
        case (
            c.ValidateConstraint(constraint=member, table=owner)
            | c.SetDeferrability(after=member, table=owner)
            | c.SetStorageParameters(after=Index() as member, table=owner)
        ):
            return object_name(member, owner)
        case (
            c.AlterColumnType(after=column, table=owner)
            | c.SetNotNull(after=column, table=owner)
            | c.DropNotNull(before=column, table=owner)
            | c.RenameNotNull(after=column, table=owner)
            | c.SetIdentity(after=column, table=owner)
            | c.SetIdentityOptions(after=column, table=owner)
            | c.SetGenerationExpression(after=column, table=owner)
            | c.SetColumnSettings(after=column, table=owner)
        ):
            return object_name(column, owner)
        case (
            c.AlterDomain(before=definition)
            | c.AlterCompositeType(before=definition)
            | c.ReplaceType(before=definition)
            | c.ReleaseSequence(sequence=definition)
            | c.OwnSequence(sequence=definition)
            | c.ReplaceFunction(before=definition)
            | c.SetOwner(value=definition)
        ):
            return object_name(definition)
        case c.GrantPrivileges(on=granted) | c.RevokePrivileges(on=granted):
            return object_name(granted)
        case _:
            return None


def _held(placed: Placed | None) -> frozenset[ObjectName]:
    """Return a view with what comes and goes with it; nothing else that is made anew has anything of its own."""
    return held(placed.value) if placed is not None and isinstance(placed.value, View) else frozenset()


def referenced_table(key: ForeignKey) -> ObjectName:
    """Return how the table is called that a foreign key references."""
    return ObjectName(kind="table", name=key.referenced_table, namespace=key.referenced_namespace)


def _reachable(references: Mapping[ObjectName, set[ObjectName]], start: ObjectName) -> set[ObjectName]:
    """Return the tables that a table references, directly or by way of others."""
    found: set[ObjectName] = set()
    queue = [start]
    while queue:
        for name in references.get(queue.pop(), set()) - found:
            found.add(name)
            queue.append(name)
    return found


def _privileges_on(table: Table, column: Column) -> Iterator[c.Change]:
    """Yield the privileges on a column that is made anew."""
    grants = (grant for grant in table.grants if column.name in grant.columns)
    only = tuple(replace(grant, columns=(column.name,)) for grant in grants)
    yield from privilege_changes(replace(table, grants=()), replace(table, grants=only))
