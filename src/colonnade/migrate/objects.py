"""The statements that create, drop and change what is no column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from colonnade.emit.ddl import objects, privileges, programs, sequences, tables
from colonnade.emit.ddl.columns import default_expression, first_column_settings
from colonnade.emit.ddl.constraints import constraint_clause, settings
from colonnade.migrate import composite
from colonnade.migrate.columns import add_column, drop_column
from colonnade.schema import (
    Check,
    Column,
    CompositeType,
    Domain,
    EnumType,
    Exclusion,
    ExtendedStatistics,
    Extension,
    ForeignKey,
    Function,
    Index,
    NamedType,
    Namespace,
    Partition,
    Policy,
    PrimaryKey,
    RangeType,
    Sequence,
    Table,
    Trigger,
    Unique,
    View,
)
from colonnade.schema import changes as c
from colonnade.schema.members import Definition, Member, Relation, constraints_in_create_table
from colonnade.sql.identifier import qualified, quote
from colonnade.sql.literal import literal

_KEYWORDS: Mapping[type[Definition] | type[Member], str] = {
    Namespace: "SCHEMA",
    Extension: "EXTENSION",
    EnumType: "TYPE",
    Domain: "DOMAIN",
    CompositeType: "TYPE",
    RangeType: "TYPE",
    Sequence: "SEQUENCE",
    Function: "FUNCTION",
    View: "VIEW",
    Table: "TABLE",
    Column: "COLUMN",
    PrimaryKey: "CONSTRAINT",
    Unique: "CONSTRAINT",
    Check: "CONSTRAINT",
    ForeignKey: "CONSTRAINT",
    Exclusion: "CONSTRAINT",
    Index: "INDEX",
    ExtendedStatistics: "STATISTICS",
    Policy: "POLICY",
    Trigger: "TRIGGER",
    Partition: "TABLE",
}


def creation(value: Definition | Member, table: Relation | None) -> tuple[str, ...]:
    """Return what creates an object, with its comment."""
    comment = comments(value, table)
    if table is not None:
        return (*_creation_in(table, value), *comment)
    match value:
        case Namespace():
            return (objects.create_namespace(value.name), *comment)
        case Extension():
            return (objects.create_extension(value),)
        case EnumType() | Domain() | CompositeType() | RangeType():
            return (*_new_type(value), *comment)
        case Sequence():
            return (sequences.create_sequence(value), *comment)
        case Function():
            return (programs.create_function(value), *comment)
        case View():
            return (objects.create_view(value), *comment)
        case Table():
            created = tables.create_table(value, tuple(constraints_in_create_table(value)))
            return (created, *first_column_settings(value.identifier, value.columns), *comment)
        case _:
            raise AssertionError(value)


def _new_type(value: NamedType) -> tuple[str, ...]:
    """Return what creates a type, with the comments on its parts."""
    match value:
        case EnumType():
            return (objects.create_enum(value),)
        case Domain():
            checks = (
                programs.comment_on_domain_check(value, each) for each in value.checks if each.comment is not None
            )
            return (objects.create_domain(value), *objects.alter_domain(value), *checks)
        case CompositeType():
            return (objects.create_composite(value), *composite.attribute_comments(None, value))
        case RangeType():
            return (objects.create_range(value),)
        case _:
            assert_never(value)


def _creation_in(relation: Relation, value: Definition | Member) -> tuple[str, ...]:
    """Return what creates an object that belongs to the table or view."""
    match value, relation:
        case Index(), _:
            return (tables.create_index(relation, value),)
        case Trigger(), _:
            return (programs.create_trigger(relation, value), *programs.trigger_firing(relation, value))
        case _, Table():
            return _creation_in_table(relation, value)
        case _:
            raise AssertionError(value)


def _creation_in_table(table: Table, value: Definition | Member) -> tuple[str, ...]:
    """Return what creates an object that only a table can have."""
    match value:
        case Column():
            return (add_column(table, value), *first_column_settings(table.identifier, (value,)))
        case PrimaryKey() | Unique() | Check() | ForeignKey() | Exclusion():
            return (tables.add_constraint(table, value),)
        case ExtendedStatistics():
            return tuple(tables.create_statistics(table, value))
        case Policy():
            return (programs.create_policy(table, value),)
        case Partition():
            return (tables.create_partition(table, value), *privileges.partition_settings(table, value))
        case _:
            raise AssertionError(value)


def dropping(value: Definition | Member, table: Relation | None) -> str:
    """Return what drops an object."""
    if isinstance(value, Column) and isinstance(table, Table):
        return drop_column(table, value)
    match value:
        case PrimaryKey() | Unique() | Check() | ForeignKey() | Exclusion():
            assert table is not None  # noqa: S101 - a constraint of a domain is changed with the domain
            return f"ALTER TABLE {table.identifier} DROP CONSTRAINT {quote(value.name)}"
        case _:
            return f"DROP {_called(value, table)}"


def renaming(change: c.Rename) -> str:
    """Return what gives an object another name."""
    match change.value:
        case Table() | View() | Index() | Sequence():
            return f"ALTER {_called(change.value, change.table)} RENAME TO {quote(change.name)}"
        case Column():
            return f"ALTER TABLE {_home(change)} RENAME COLUMN {quote(change.value.name)} TO {quote(change.name)}"
        case PrimaryKey() | Unique() | Check() | ForeignKey() | Exclusion():
            return f"ALTER TABLE {_home(change)} RENAME CONSTRAINT {quote(change.value.name)} TO {quote(change.name)}"
        case _:
            assert_never(change.value)


def _home(change: c.Rename) -> str:
    assert change.table is not None  # noqa: S101 - a column or constraint belongs to a table
    return change.table.identifier


def comments(value: Definition | Member, table: Relation | None) -> tuple[str, ...]:
    """Return COMMENT ON for an object that has a comment, and for what is created with a table."""
    found = [comment(value, table)] if getattr(value, "comment", None) is not None else []
    if isinstance(value, Table):
        members: list[Member] = [*value.columns, *constraints_in_create_table(value)]
        found += [comment(each, value) for each in members if getattr(each, "comment", None) is not None]
    return tuple(found)


def comment(value: Definition | Member, table: Relation | None) -> str:
    """Return COMMENT ON; that of an object without one removes it."""
    return f"COMMENT ON {_called(value, table)} IS {literal(getattr(value, 'comment', None))}"


def _called(value: Definition | Member, table: Relation | None) -> str:
    """Return the object as DROP, ALTER and COMMENT name it."""
    kind = _KEYWORDS[type(value)]
    match value:
        case Namespace() | Extension():
            return f"{kind} {quote(value.name)}"
        case EnumType() | Domain() | CompositeType() | RangeType():
            return f"{kind} {objects.full_type_name(value)}"
        case Function():
            return f"{value.kind.upper()} {programs.signature(value)}"
        case View(materialized=True):
            return f"MATERIALIZED VIEW {value.identifier}"
        case Sequence() | View() | Table() | ExtendedStatistics():
            return f"{kind} {qualified(value.namespace, value.name)}"
    assert table is not None  # noqa: S101 - everything else belongs to one
    match value:
        case Column():
            return f"{kind} {table.identifier}.{quote(value.name)}"
        case Partition() | Index():
            return f"{kind} {qualified(table.namespace, value.name)}"
        case _:
            return f"{kind} {quote(value.name)} ON {table.identifier}"


def domain_statements(change: c.AlterDomain) -> tuple[str, ...]:
    """Return what changes a domain over the same type."""
    before, after = change.before, change.after
    name = objects.full_type_name(before)
    found: list[str] = []
    if before.default != after.default:
        default = "DROP DEFAULT" if after.default is None else f"SET DEFAULT {default_expression(after.default)}"
        found.append(f"ALTER DOMAIN {name} {default}")
    if before.not_null != after.not_null:
        found.append(f"ALTER DOMAIN {name} {'SET' if after.not_null else 'DROP'} NOT NULL")
    olds, news = ({check.name: check for check in domain.checks} for domain in (before, after))
    kept = {each for each, old in olds.items() if each in news and _remains(old, news[each])}
    found += [f"ALTER DOMAIN {name} DROP CONSTRAINT {quote(each)}" for each in olds if each not in kept]
    for each, new in news.items():
        if each not in kept:
            found.append(f"ALTER DOMAIN {name} ADD {constraint_clause(new)}")
        elif new.validated and not olds[each].validated:
            found.append(f"ALTER DOMAIN {name} VALIDATE CONSTRAINT {quote(each)}")
        if new.comment != (olds[each].comment if each in kept else None):
            found.append(programs.comment_on_domain_check(after, new))
    return tuple(found)


def _remains(old: Check, new: Check) -> bool:
    """Tell whether a check becomes the other one without being made anew."""
    return old.expression == new.expression and (new.validated or not old.validated)


def storage_statements(change: c.SetStorageParameters) -> tuple[str, ...]:
    """Return what sets and resets storage parameters."""
    olds, news = dict(change.before.storage_parameters), dict(change.after.storage_parameters)
    target = f"ALTER {_called(change.after, None if isinstance(change.after, Table) else change.table)}"
    changed = tuple((name, value) for name, value in news.items() if olds.get(name) != value)
    removed = [name for name in olds if name not in news]
    found = [f"{target} SET ({settings(changed)})"] if changed else []
    return tuple(found + ([f"{target} RESET ({', '.join(removed)})"] if removed else []))


def deferrability_statement(change: c.SetDeferrability) -> str:
    """Return what makes a foreign key be checked at another time."""
    key = change.after
    moment = "DEFERRED" if key.initially_deferred else "IMMEDIATE"
    said = f"DEFERRABLE INITIALLY {moment}" if key.deferrable else "NOT DEFERRABLE"
    return f"ALTER TABLE {change.table.identifier} ALTER CONSTRAINT {quote(key.name)} {said}"


def row_security_statements(change: c.SetRowSecurity) -> tuple[str, ...]:
    """Return what turns row-level security on or off."""
    before, after = change.before, change.after
    found = []
    if before.row_security != after.row_security:
        found.append(f"{'ENABLE' if after.row_security else 'DISABLE'} ROW LEVEL SECURITY")
    if before.force_row_security != after.force_row_security:
        found.append(f"{'FORCE' if after.force_row_security else 'NO FORCE'} ROW LEVEL SECURITY")
    return tuple(f"ALTER TABLE {after.identifier} {each}" for each in found)
