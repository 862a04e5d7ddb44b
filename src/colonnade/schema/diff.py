"""Two schemas compared: the changes that make the first into the second."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from colonnade.schema import changes as c
from colonnade.schema.collecting import paused_collector
from colonnade.schema.diff_members import differs_beyond, index_changes, replaced
from colonnade.schema.diff_privileges import first_privileges, named_roles, privilege_changes
from colonnade.schema.diff_tables import table_changes
from colonnade.schema.members import Definition, late_members, object_name
from colonnade.schema.names import ObjectName
from colonnade.schema.placing import PUBLIC_GRANTS, own_part
from colonnade.schema.programs import Function
from colonnade.schema.schema import Schema
from colonnade.schema.tables import Table
from colonnade.schema.types import (
    CompositeType,
    Domain,
    EnumType,
    Extension,
    NamedType,
    Namespace,
    RangeType,
    Sequence,
    View,
)
from colonnade.schema.unsaid import surviving
from colonnade.sql.identifier import quote
from colonnade.sql.tokens import names

Other = TypeVar("Other", bound=Definition)

# What is changed by statements of its own, whatever else of an object changes.
_BESIDE = ("owner", "grants", "comment")
_OF_VIEW = ("indexes", "triggers")


def diff(before: Schema, after: Schema) -> tuple[c.Change, ...]:
    """Return the changes that make one schema into the other, none when they are equal.

    Both come from catalogs, so that each expression is in Postgres's own spelling. The order of the columns of a table
    that both have is no difference: Postgres cannot change it. The changes are not in an order in which they can run,
    and what must be made anew because of them is not among them. What either schema takes from other
    products is theirs in both, and stays, with its namespace.
    """
    with paused_collector():
        return tuple(_differences(before, after))


def _differences(before: Schema, after: Schema) -> Iterator[c.Change]:
    theirs = before.external_names | after.external_names
    olds, news = (_definitions(own_part(each.with_external(theirs))) for each in (before, after))
    found: list[c.Change] = [c.NameRole(role=role) for role in sorted(named_roles(after) - named_roles(before))]
    found += [c.StandIn(table=table) for table in _missing(before, after)]
    for sequence, to in tuple(_renamed_sequences(olds, news)):
        found.append(c.Rename(value=sequence, name=to))
        renamed = replace(sequence, name=to)
        del olds[object_name(sequence)]
        olds[object_name(renamed)] = renamed
    kept = {object_name(Namespace(name=namespace)) for namespace, _ in theirs}
    for name in sorted(olds.keys() | news.keys()):
        old, new = olds.get(name), news.get(name)
        if new is None and old is not None:
            found += [c.Drop(value=old)] if name not in kept else []
        elif old is None and new is not None:
            found += creation(new)
        elif old is not None and new is not None and old != new:
            found += _changes(old, new)
    found += _unsaid(before, after)
    gone = {owner for change in found if isinstance(change, c.Drop) for owner in _owners(change)}
    yield from (change for change in found if not _goes_with_its_owner(change, gone))


def _unsaid(before: Schema, after: Schema) -> Iterator[c.Unsaid]:
    """Yield what is there on one side only; what goes with its table is no change of its own."""
    old, new = set(surviving(before, after)), set(after.unsaid)
    yield from (c.Unsaid(note=each, added=each in new) for each in sorted(old ^ new))


def _renamed_sequences(
    olds: Mapping[ObjectName, Definition], news: Mapping[ObjectName, Definition]
) -> Iterator[tuple[Sequence, str]]:
    """Yield the sequence of a column that has one of another name in the end: it goes on where it was."""
    gone, new = (
        [each for name, each in ours.items() if isinstance(each, Sequence) and each.owned_by and name not in others]
        for ours, others in ((olds, news), (news, olds))
    )
    for sequence in gone:
        mine, found = (
            [each for each in group if (each.namespace, each.owned_by) == (sequence.namespace, sequence.owned_by)]
            for group in (gone, new)
        )
        if len(mine) == len(found) == 1:
            yield sequence, found[0].name


def _missing(before: Schema, after: Schema) -> Iterator[Table]:
    """Yield the tables of other products that only the second schema has, because it references them."""
    yield from (
        table
        for table in after.tables
        if table.external and not before.has_table(table.name, namespace=table.namespace)
    )


def creation(value: Definition) -> Iterator[c.Change]:
    """Yield what creates an object that stands by itself, with all that belongs to it."""
    match value:
        case Sequence(owned_by=owner) if owner:
            yield c.Create(value=value)
            yield c.OwnSequence(sequence=value)
        case Table() | View():
            yield c.Create(value=value)
            for member in late_members(value):
                yield c.Create(value=member, table=value)
            if isinstance(value, Table) and (value.row_security or value.force_row_security):
                off = replace(value, row_security=False, force_row_security=False)
                yield c.SetRowSecurity(before=off, after=value)
        case _:
            yield c.Create(value=value)
    if not isinstance(value, Extension):
        yield from first_privileges(value)


def made_anew(old: Definition, new: Definition) -> Iterator[c.Change]:
    """Yield what drops an object and creates it as it should be."""
    yield c.Drop(value=old)
    yield from creation(new)


def ownership_changes(old: Sequence, new: Sequence, *, always: bool = False) -> Iterator[c.Change]:
    """Yield what makes another column own a sequence; the old one lets it go first, lest it go with the column.

    With `always` it is let go and owned anew though the owner is called as before. A table owns none but those of
    its own owner.
    """
    if old.owned_by == new.owned_by and not always:
        return
    if old.owned_by:
        yield c.ReleaseSequence(sequence=old)
    if old.owner or new.owner:
        yield c.SetOwner(value=new)
    if new.owned_by:
        yield c.OwnSequence(sequence=new)


def _definitions(schema: Schema) -> dict[ObjectName, Definition]:
    """Return what stands by itself."""
    usual = Namespace(name="public", grants=PUBLIC_GRANTS)
    listed = any(each.name == "public" for each in schema.namespaces)
    groups: tuple[Iterable[Definition], ...] = (
        schema.namespaces if listed else (*schema.namespaces, usual),
        schema.extensions,
        schema.enum_types,
        schema.domains,
        schema.composite_types,
        schema.range_types,
        schema.sequences,
        schema.functions,
        schema.tables,
        schema.views,
    )
    return {object_name(each): each for group in groups for each in group}


def _changes(old: Definition, new: Definition) -> Iterator[c.Change]:
    """Yield the changes of an object that both schemas have."""
    match old, new:
        case Table(), Table():
            yield from table_changes(old, new) if _split_alike(old, new) else made_anew(old, new)
        case Sequence(), Sequence():
            if differs_beyond(old, new, "owned_by", *_BESIDE):
                yield c.AlterSequence(before=old, after=replace(new, owned_by=old.owned_by))
            yield from ownership_changes(old, new)
            free = not old.owned_by and not new.owned_by
            yield from _beside(old if free else replace(old, owner=new.owner), new)
        case Extension(), Extension():
            yield c.SetExtensionNamespace(after=new)
        case _ if _cannot_be_altered(old, new):
            yield from made_anew(old, new)
        case _:
            made = tuple(_alterations(old, new))
            yield from made
            if isinstance(new, NamedType) and any(isinstance(each, c.ReplaceType) for each in made):
                yield from first_privileges(new)
            else:
                yield from _beside(old, new)


def _beside(old: Definition, new: Definition) -> Iterator[c.Change]:
    """Yield the changes of owner, privileges and comment."""
    if not isinstance(old, Extension) and not isinstance(new, Extension):
        yield from privilege_changes(old, new)
    if getattr(old, "comment", None) != getattr(new, "comment", None):
        yield c.SetComment(value=new)


def _split_alike(old: Table, new: Table) -> bool:
    """Tell whether rows go to partitions by the same values: a key, and the types of its columns, cannot change."""
    if old.partition_key != new.partition_key:
        return False
    named = set[str]().union(*(names(key) for key in old.partition_key.keys)) if old.partition_key else set()
    named |= set(old.partition_key.keys) if old.partition_key else set()
    olds, news = (
        {each.name: (each.type, each.collation) for each in table.columns if each.name in named} for table in (old, new)
    )
    return olds == news


def _cannot_be_altered(old: Definition, new: Definition) -> bool:
    match old, new:
        case Function(), Function():
            return (old.kind, old.returns) != (new.kind, new.returns)
        case View(), View():
            return differs_beyond(old, new, *_BESIDE, *_OF_VIEW)
        case _:
            return False


def _alterations(old: Definition, new: Definition) -> Iterator[c.Change]:
    """Yield the changes of all but owner, privileges and comment."""
    match old, new:
        case _ if type(old) is not type(new) and isinstance(old, NamedType) and isinstance(new, NamedType):
            yield c.ReplaceType(before=old, after=new)
        case EnumType(), EnumType() if old.values != new.values:
            yield from _enum_changes(old, new)
        case CompositeType(), CompositeType() if old.attributes != new.attributes:
            change = c.AlterCompositeType if _keeps_attributes(old, new) else c.ReplaceType
            yield change(before=old, after=new)
        case RangeType(), RangeType() if differs_beyond(old, new, *_BESIDE):
            yield c.ReplaceType(before=old, after=new)
        case Domain(), Domain() if old.base_type != new.base_type:
            yield c.ReplaceType(before=old, after=new)
        case Domain(), Domain() if differs_beyond(old, new, *_BESIDE):
            yield c.AlterDomain(before=old, after=new)
        case Function(), Function() if differs_beyond(old, new, *_BESIDE):
            yield c.ReplaceFunction(before=old, after=new)
        case View(), View():
            yield from index_changes(old, new)
            yield from replaced(old, new, old.triggers, new.triggers)
        case _:
            return


def _keeps_attributes(old: CompositeType, new: CompositeType) -> bool:
    """Tell whether attributes only go, or come at the end: none changes its type or its place."""
    olds, news = ([replace(each, comment=None) for each in kind.attributes] for kind in (old, new))
    names = {each.name for each in news}
    kept = [each for each in olds if each.name in names]
    return kept == news[: len(kept)]


def _enum_changes(old: EnumType, new: EnumType) -> Iterator[c.Change]:
    """Yield values added where they belong, or the type made anew when values go or stand in another order."""
    kept = tuple(value for value in new.values if value in old.values)
    if kept != old.values:
        yield c.ReplaceType(before=old, after=new)
        return
    # From the last to the first, so that what a value stands before is there already.
    following = ""
    for value in reversed(new.values):
        if value not in old.values:
            yield c.AddEnumValue(enum=old, value=value, before=following)
        following = value


def _owners(change: c.Drop) -> Iterator[str]:
    """Yield each dropped column as a sequence names its owner."""
    if isinstance(change.value, Table):
        yield from (f"{change.value.identifier}.{quote(column.name)}" for column in change.value.columns)
    elif change.table is not None and object_name(change.value, change.table).kind == "column":
        yield f"{change.table.identifier}.{quote(change.value.name)}"


def _goes_with_its_owner(change: c.Change, gone: set[str]) -> bool:
    """Tell whether the change drops a sequence that is dropped with the column that owns it."""
    return isinstance(change, c.Drop) and isinstance(change.value, Sequence) and change.value.owned_by in gone
