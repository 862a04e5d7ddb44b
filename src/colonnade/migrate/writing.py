"""What each change runs: changes in, steps out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from colonnade.emit.ddl import objects as ddl
from colonnade.emit.ddl.privileges import owner_statements, privilege_statements
from colonnade.emit.ddl.programs import replace_function
from colonnade.emit.ddl.script import stand_in
from colonnade.emit.ddl.sequences import own_sequence, release_sequence
from colonnade.migrate import objects
from colonnade.migrate.casts import Casts, conversion
from colonnade.migrate.columns import column_statements
from colonnade.migrate.composite import composite_statements, lost_attributes
from colonnade.migrate.replacement import replacement
from colonnade.migrate.sequences import sequence_statements
from colonnade.migrate.step import Step, held, owner_of, slots
from colonnade.schema import Column, Partition, Table
from colonnade.schema import changes as c
from colonnade.schema.dependencies import Catalog
from colonnade.schema.members import Definition, Member, Relation, constraints_in_create_table, object_name
from colonnade.schema.names import ObjectName
from colonnade.sql.identifier import quote
from colonnade.sql.literal import literal


def steps(change: c.Change, *, before: Catalog, after: Catalog, casts: Casts) -> Iterator[Step]:
    """Yield the steps that make one change; `casts` says how one type becomes another."""
    match change:
        case c.Create():
            yield _creation(change)
        case c.Drop():
            yield _drop(change, before)
        case c.Rename():
            yield _rename(change)
        case c.ReplaceType():
            yield from replacement(change, before=before, after=after, casts=casts)
        case c.AlterColumnType(before=old, after=new):
            using = conversion(new.name, old.type, new.type, casts)
            yield _column(replace(change, using=using), new.name)
        case c.SetColumnDefault():
            yield _column(change, change.column)
        case c.SetIdentity(before=old, after=new) if new.identity and not old.identity:
            yield _with_identity(change, before)
        case c.SetIdentity(before=old, after=new) if old.identity and not new.identity:
            step = _column(change, new.name)
            yield replace(step, alters=frozenset(), loosens=step.alters, frees=slots(old, change.table))
        case c.SetColumnSettings(table=table):
            parts = frozenset(object_name(part, table) for part in table.partitions)
            yield replace(_column(change, change.after.name), needs=parts)
        case (
            c.SetNotNull() | c.RenameNotNull() | c.SetIdentity() | c.SetIdentityOptions() | c.SetGenerationExpression()
        ):
            yield _column(change, change.after.name)
        case c.DropNotNull():
            yield _column(change, change.before.name)
        case _:
            yield _alteration(change)


def _creation(change: c.Create) -> Step:
    value, table = change.value, change.table
    names = {object_name(value, table)}
    if isinstance(value, Table):
        names |= {object_name(each, value) for each in (*value.columns, *constraints_in_create_table(value))}
    return Step(
        change=change,
        sql=objects.creation(value, table),
        creates=frozenset(names),
        takes=slots(value, table),
    )


def _drop(change: c.Drop, before: Catalog) -> Step:
    value, table = change.value, change.table
    drops = held(value) if isinstance(value, Relation) else frozenset([object_name(value, table)])
    # The sequences that its columns own go with it.
    owned = (each for each in before.schema.sequences if any(name in drops for name in owner_of(each)))
    return Step(
        change=change,
        sql=(objects.dropping(value, table),),
        drops=drops,
        frees=slots(value, table).union(*(slots(each) for each in owned)),
        loses=_loss(value, table),
    )


def _loss(value: Definition | Member, table: Relation | None) -> str:
    """Return which content goes with the object."""
    match value:
        case Table():
            return f"the rows of {value.identifier}"
        case Partition():
            return f"the rows of {quote(value.name)}"
        case Column() if table is not None and value.generated is None:
            return f"the values of {table.identifier}.{quote(value.name)}"
        case _:
            return ""


def _rename(change: c.Rename) -> Step:
    named = replace(change.value, name=change.name)
    return Step(
        change=change,
        sql=(objects.renaming(change),),
        alters=frozenset(object_name(each, change.table) for each in (change.value, named)),
        frees=slots(change.value, change.table),
        takes=slots(change.value, change.table, name=change.name),
    )


ColumnChange = (
    c.AlterColumnType
    | c.SetColumnDefault
    | c.SetNotNull
    | c.RenameNotNull
    | c.DropNotNull
    | c.SetIdentity
    | c.SetIdentityOptions
    | c.SetGenerationExpression
    | c.SetColumnSettings
)


def _column(change: ColumnChange, name: str) -> Step:
    table = change.table
    column = frozenset([ObjectName(kind="column", name=name, table=table.name, namespace=table.namespace)])
    sql = column_statements(change)
    match change:
        case c.SetColumnDefault(default=None) | c.DropNotNull():
            return Step(change=change, sql=sql, loosens=column)
        case c.SetGenerationExpression(after=after) if after.generated is None:
            return Step(change=change, sql=sql, loosens=column)
        case c.SetColumnDefault():
            return Step(change=change, sql=sql, binds=column)
    return Step(change=change, sql=sql, alters=column)


def _with_identity(change: c.SetIdentity, before: Catalog) -> Step:
    """Return the step that makes an identity column, after the sequence is dropped that the column owned until then.

    Postgres would give the new sequence another name, and could not tell the two apart.
    """
    step = _column(change, change.after.name)
    owned = (each for each in before.schema.sequences if step.alters.intersection(owner_of(each)))
    taken = slots(change.after, change.table).union(*(slots(each) for each in owned))
    return replace(step, alters=frozenset(), binds=step.alters, takes=taken)


def _alteration(change: c.Change) -> Step:
    """Return the step of a change that leaves the object in its place."""
    match change:
        case c.AlterSequence() | c.ReleaseSequence() | c.OwnSequence():
            return _sequence_alteration(change)
        case c.ReplaceFunction(after=function):
            return Step(change=change, sql=(replace_function(function),), alters=_one(function))
        case c.NameRole(role=role):
            return Step(change=change, sql=(ddl.create_role(role, bound=False),))
        case c.StandIn(table=table):
            return Step(change=change, sql=(stand_in(table),), creates=held(table))
        case c.SetExtensionNamespace(after=extension):
            text = f"ALTER EXTENSION {quote(extension.name)} SET SCHEMA {quote(extension.namespace)}"
            return Step(change=change, sql=(text,), alters=_one(extension))
        case c.GrantPrivileges() | c.RevokePrivileges():
            return Step(change=change, sql=privilege_statements(change), touches=frozenset([_granted(change)]))
        case c.SetOwner(value=value):
            # The privileges on columns are the owner's to give, as well; partitions get the owner of their table.
            parts: tuple[Member, ...] = (*value.columns, *value.partitions) if isinstance(value, Table) else ()
            names = frozenset(object_name(part, value) for part in parts if isinstance(value, Table))
            return Step(change=change, sql=owner_statements(value), touches=_one(value) | names)
        case c.SetComment(value=commented, table=table):
            return Step(change=change, sql=(objects.comment(commented, table),), touches=_one(commented, table))
        case _:
            return _type_alteration(change)


def _sequence_alteration(change: c.AlterSequence | c.ReleaseSequence | c.OwnSequence) -> Step:
    """Return the step of another definition or owner of a sequence."""
    match change:
        case c.AlterSequence(before=sequence, after=new):
            return Step(change=change, sql=tuple(sequence_statements(sequence, new)), alters=_one(sequence))
        case c.ReleaseSequence(sequence=sequence):
            text = release_sequence(sequence)
            return Step(change=change, sql=(text,), touches=_one(sequence), releases=frozenset(owner_of(sequence)))
        case c.OwnSequence(sequence=sequence):
            owner = frozenset(owner_of(sequence))
            return Step(change=change, sql=(own_sequence(sequence),), binds=_one(sequence) | owner, needs=owner)


def _type_alteration(change: c.Change) -> Step:
    """Return the step of a change of a type that leaves it in its place."""
    match change:
        case c.AddEnumValue(enum=enum, value=value, before=following):
            place = f" BEFORE {literal(following)}" if following else ""
            text = f"ALTER TYPE {ddl.full_type_name(enum)} ADD VALUE {literal(value)}{place}"
            return Step(change=change, sql=(text,), loosens=_one(enum), transactional=False)
        case c.RenameEnumValue(enum=enum, value=value, name=name):
            text = f"ALTER TYPE {ddl.full_type_name(enum)} RENAME VALUE {literal(value)} TO {literal(name)}"
            return Step(change=change, sql=(text,), loosens=_one(enum))
        case c.AlterDomain(before=domain):
            return Step(change=change, sql=objects.domain_statements(change), alters=_one(domain))
        case c.AlterCompositeType(before=old, after=new):
            return Step(
                change=change, sql=composite_statements(change), alters=_one(old), loses=lost_attributes(old, new)
            )
        case _:
            return _table_alteration(change)


def _table_alteration(change: c.Change) -> Step:
    """Return the step of a change of a table that leaves it in its place."""
    match change:
        case c.ValidateConstraint(table=table, constraint=constraint):
            text = f"ALTER TABLE {table.identifier} VALIDATE CONSTRAINT {quote(constraint.name)}"
            return Step(change=change, sql=(text,), alters=_one(constraint, table))
        case c.SetDeferrability(table=table, after=key):
            return Step(change=change, sql=(objects.deferrability_statement(change),), alters=_one(key, table))
        case c.SetRowSecurity(after=table):
            return Step(change=change, sql=objects.row_security_statements(change), alters=_one(table))
        case c.SetStorageParameters(after=Table() as table):
            return Step(change=change, sql=objects.storage_statements(change), alters=_one(table))
        case c.SetStorageParameters(after=index, table=table):
            return Step(change=change, sql=objects.storage_statements(change), alters=_one(index, table))
        case _:
            raise AssertionError(change)


def _one(value: Definition | Member, table: Relation | None = None) -> frozenset[ObjectName]:
    return frozenset([object_name(value, table)])


def _granted(change: c.GrantPrivileges | c.RevokePrivileges) -> ObjectName:
    """Return what the privileges are on: a column of a table where there is one."""
    match change.on:
        case Table() if change.grant.columns:
            (column,) = change.grant.columns
            return ObjectName(kind="column", name=column, table=change.on.name, namespace=change.on.namespace)
        case _:
            return object_name(change.on)
