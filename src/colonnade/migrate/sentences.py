"""Changes in words."""

from __future__ import annotations

from colonnade.migrate.sequences import changed_options
from colonnade.schema import Column, Grant, Namespace, Table
from colonnade.schema import changes as c
from colonnade.schema.members import Definition, Member, Relation, object_name
from colonnade.sql.identifier import quote


def sentence(change: c.Change) -> str:
    """Return a change in a line: `+` for what is created, `-` for what is dropped, `~` for what is altered."""
    match change:
        case c.Unsaid():
            return f"{'+' if change.added else '-'} {change.note}"
        case c.Create() | c.Drop():
            return f"{'+' if isinstance(change, c.Create) else '-'} {called(change.value, change.table)}"
        case c.AlterColumnType(table=table, before=before, after=after):
            olds, news = (
                f"{each.type}{f' COLLATE {each.collation}' * bool(each.collation)}" for each in (before, after)
            )
            return f"~ {called(after, table)}: type {olds}, now {news}"
        case c.SetColumnDefault(table=table, column=column, default=default):
            name = f"column {table.identifier}.{quote(column)}"
            return f"~ {name}: " + ("no default any more" if default is None else f"default {default}")
        case c.SetNotNull(table=table, after=after):
            return f"~ {called(after, table)}: NOT NULL"
        case c.DropNotNull(table=table, before=before):
            return f"~ {called(before, table)}: may be NULL"
        case c.SetIdentity(table=table, after=after):
            kind = f"identity, {after.identity}" if after.identity else "no identity any more"
            return f"~ {called(after, table)}: {kind}"
        case c.SetGenerationExpression(table=table, after=after):
            kind = "no longer generated" if after.generated is None else f"generated as {after.generated}"
            return f"~ {called(after, table)}: {kind}"
        case c.SetIdentityOptions(table=table, before=before, after=after):
            options = changed_options(before.identity_options, after.identity_options, (after.type, after.type))
            return f"~ {called(after, table)}: identity, {' '.join(options)}"
        case _:
            return f"~ {_altered(change)}"


def _altered(change: c.Change) -> str:
    match change:
        case c.Rename():
            return f"{called(change.value, change.table)}: renamed {quote(change.name)}"
        case c.SetComment():
            return f"{called(change.value, change.table)}: comment"
        case c.SetColumnSettings(table=table, after=after):
            return f"{called(after, table)}: storage, compression or statistics"
        case c.RenameNotNull(table=table, after=after):
            return f"{called(after, table)}: name of its NOT NULL constraint"
        case c.ValidateConstraint(table=table, constraint=constraint):
            return f"{called(constraint, table)}: validated"
        case c.SetDeferrability(table=table, after=key):
            return f"{called(key, table)}: {'deferrable' if key.deferrable else 'not deferrable'}"
        case _:
            return _altered_access(change)


def _altered_access(change: c.Change) -> str:
    match change:
        case c.SetRowSecurity(after=table):
            forced = ", forced" if table.force_row_security else ""
            return f"{called(table, None)}: row-level security {'on' if table.row_security else 'off'}{forced}"
        case c.SetStorageParameters(after=after, table=table):
            return f"{called(after, None if isinstance(after, Table) else table)}: storage parameters"
        case c.SetOwner(value=value):
            return f"{called(value, None)}: owned by {value.owner or 'whoever runs this'}"
        case c.GrantPrivileges(on=on, grant=grant):
            option = " with grant option" if grant.grantable else ""
            return f"{called(on, None)}: {_privileges(grant)} granted to {grant.role}{option}"
        case c.RevokePrivileges(on=on, grant=grant, only_option=only_option):
            option = "grant option for " if only_option else ""
            return f"{called(on, None)}: {option}{_privileges(grant)} revoked from {grant.role}"
        case _:
            return _altered_definition(change)


def _privileges(grant: Grant) -> str:
    return ", ".join(grant.privileges) + (f" ({', '.join(grant.columns)})" if grant.columns else "")


def _altered_definition(change: c.Change) -> str:
    match change:
        case c.AddEnumValue(enum=enum, value=value):
            return f"{called(enum, None)}: value {value!r} added"
        case c.RenameEnumValue(enum=enum, value=value, name=name):
            return f"{called(enum, None)}: value {value!r} renamed {name!r}"
        case c.ReplaceType(before=before):
            return f"{called(before, None)}: made anew, with its columns converted"
        case c.AlterDomain(before=before):
            return f"{called(before, None)}: default, nullability or checks"
        case c.AlterCompositeType(before=before):
            return f"{called(before, None)}: attributes"
        case c.AlterSequence(before=sequence):
            return f"{called(sequence, None)}: definition"
        case c.ReleaseSequence(sequence=sequence):
            return f"{called(sequence, None)}: no longer owned by {sequence.owned_by}"
        case c.OwnSequence(sequence=sequence):
            return f"{called(sequence, None)}: owned by {sequence.owned_by}"
        case c.ReplaceFunction(before=function):
            return f"{called(function, None)}: definition"
        case _:
            return _of_others(change)


def _of_others(change: c.Change) -> str:
    """Return what is done about what belongs to an extension, the server or another product."""
    match change:
        case c.SetExtensionNamespace(after=extension):
            return f"{called(extension, None)}: in {extension.namespace}"
        case c.NameRole(role=role):
            return f"role {role}: made unless the server has it"
        case c.StandIn(table=table):
            return f"{called(table, None)}: a stand-in where another product has not made it"
        case _:
            raise AssertionError(change)


def called(value: Definition | Member, table: Relation | None) -> str:
    """Return an object with its kind: `column tasks.title`, `index ix_tasks_user_id of tasks`."""
    name = object_name(value, table)
    if table is None:
        return f"{name.kind} {value.name if isinstance(value, Namespace) else name}"
    if isinstance(value, Column):
        return f"column {table.identifier}.{quote(value.name)}"
    return f"{name.kind} {quote(value.name)} of {table.identifier}"
