"""SQL conditions that say whether something is there already, and how it is defined."""

from __future__ import annotations

from collections.abc import Mapping

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
from colonnade.schema.members import Definition, Member, Relation
from colonnade.schema.names import ObjectName
from colonnade.sql.identifier import quote
from colonnade.sql.literal import literal

# Each selects `{what}` from the one row of a catalog that is about the object.
# A name can go from one object to another of another kind: what is none of the object's kind is not the object.
_OF_RELATION = "SELECT {what} FROM pg_class c WHERE c.oid = {relation} AND {kind}"
_OF_INDEX = (
    "SELECT {what} FROM pg_index i WHERE i.indexrelid = {index} AND i.indrelid = {relation} AND i.indisvalid"
    " AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))"
)
_OF_COLUMN = (
    "SELECT {what} FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
    " WHERE a.attrelid = {relation} AND a.attname = {name} AND NOT a.attisdropped"
)
_OF_CONSTRAINT = "SELECT {what} FROM pg_constraint k WHERE k.conrelid = {relation} AND k.conname = {name}"
_ON_COLUMN = (
    "EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = {relation} AND a.attname = {name} AND ("
    "a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) OR a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey)))"
)
_OWNS = (
    "EXISTS (SELECT FROM pg_depend o JOIN pg_attribute a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid"
    " WHERE o.classid = 'pg_class'::regclass AND o.objid = {sequence} AND o.deptype = 'a'"
    " AND o.refclassid = 'pg_class'::regclass AND o.refobjid = {relation} AND a.attname = {name})"
)
_GIVES = (
    "EXISTS (SELECT FROM pg_sequence q JOIN pg_depend o ON o.classid = 'pg_class'::regclass AND o.objid = q.seqrelid"
    " AND o.refclassid = 'pg_class'::regclass AND o.deptype = 'i'"
    " JOIN pg_attribute a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid"
    " WHERE a.attrelid = {relation} AND a.attname = {name}"
    " AND (q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle) = ({options}))"
)
_OF_POLICY = "SELECT {what} FROM pg_policy p WHERE p.polrelid = {relation} AND p.polname = {name}"
_OF_TRIGGER = (
    "SELECT {what} FROM pg_trigger t WHERE t.tgrelid = {relation} AND t.tgname = {name} AND NOT t.tgisinternal"
)
_OF_STATISTICS = "SELECT {what} FROM pg_statistic_ext s WHERE s.stxnamespace = {namespace} AND s.stxname = {name}"
_OF_TYPE = (
    "SELECT {what} FROM pg_type t LEFT JOIN pg_class r ON r.oid = t.typrelid"
    " WHERE t.typnamespace = {namespace} AND t.typname = {name} AND t.typtype = {kind}"
    " AND coalesce(r.relkind, 'c') = 'c'"  # not the row of a table
)
_OF_FUNCTION = (
    "SELECT {what} FROM pg_proc f WHERE f.pronamespace = {namespace} AND f.proname = {name}"
    " AND pg_get_function_arguments(f.oid) = {arguments}"
    " AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass AND i.objid = f.oid"
    " AND i.deptype = 'i')"  # not a range type's own
)
_OF_NAMESPACE = "SELECT {what} FROM pg_namespace n WHERE n.nspname = {name}"
_OF_EXTENSION = "SELECT {what} FROM pg_extension e WHERE e.extname = {name}"

_LABELS = "(SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)"
_CHECKS = (
    "(SELECT string_agg(pg_get_constraintdef(k.oid), ',' ORDER BY k.conname)"
    " FROM pg_constraint k WHERE k.contypid = t.oid)"
)
_NUMBERS = (
    "(SELECT concat_ws(' ', q.seqtypid, q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle)"
    " FROM pg_sequence q WHERE q.seqrelid = c.oid)"
)
_ATTRIBUTES = (
    "(SELECT string_agg(a.attname || format_type(a.atttypid, a.atttypmod), ',' ORDER BY a.attnum)"
    " FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)"
)
_RANGE = (
    "(SELECT concat_ws(' ', format_type(r.rngsubtype, NULL), o.opcname, r.rngcollation::regcollation,"
    " r.rngsubdiff::regproc)"
    " FROM pg_range r JOIN pg_opclass o ON o.oid = r.rngsubopc WHERE r.rngtypid = t.oid)"
)
_COLUMNS = (
    "(SELECT string_agg(a.attname || format_type(a.atttypid, a.atttypmod), ',' ORDER BY a.attnum)"
    " FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)"
)

_TYPE_KINDS: Mapping[type[Definition] | type[Member], str] = {
    EnumType: "'e'",
    Domain: "'d'",
    CompositeType: "'c'",
    RangeType: "'r'",
}
_RELATION_KINDS: Mapping[type[Definition] | type[Member], str] = {
    Table: "c.relkind IN ('r', 'p') AND NOT c.relispartition",
    Partition: "EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid AND h.inhparent = {parent})",
    View: "c.relkind IN ('v', 'm')",
    Sequence: "c.relkind = 'S' AND NOT EXISTS (SELECT FROM pg_depend i"
    " WHERE i.classid = 'pg_class'::regclass AND i.objid = c.oid AND i.deptype = 'i')",
}
_CONSTRAINT = "pg_get_constraintdef(k.oid)"
# What the definition of each kind of object consists of, in terms of its row.
_DEFINITIONS: Mapping[type[Definition] | type[Member], str] = {
    Namespace: "n.nspname",
    Extension: "e.extnamespace::regnamespace::text",
    EnumType: _LABELS,
    CompositeType: _ATTRIBUTES,
    RangeType: _RANGE,
    Domain: f"format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault, {_CHECKS}",
    Sequence: _NUMBERS,
    Function: "pg_get_functiondef(f.oid)",
    View: "c.relkind, pg_get_viewdef(c.oid), c.reloptions",
    Table: f"c.relkind, {_COLUMNS}, pg_get_partkeydef(c.oid)",
    Column: (
        "format_type(a.atttypid, a.atttypmod), a.attcollation::regcollation, a.attnotnull, a.attidentity,"
        " a.attgenerated, pg_get_expr(d.adbin, d.adrelid)"
    ),
    PrimaryKey: _CONSTRAINT,
    Unique: _CONSTRAINT,
    Check: _CONSTRAINT,
    ForeignKey: _CONSTRAINT,
    Exclusion: _CONSTRAINT,
    Index: "pg_get_indexdef(i.indexrelid)",
    ExtendedStatistics: "pg_get_statisticsobjdef(s.oid), s.stxstattarget",
    Policy: (
        "p.polcmd, p.polpermissive, p.polroles::regrole[]::text, pg_get_expr(p.polqual, p.polrelid),"
        " pg_get_expr(p.polwithcheck, p.polrelid)"
    ),
    Trigger: "pg_get_triggerdef(t.oid), t.tgenabled",
    Partition: "c.relkind, pg_get_expr(c.relpartbound, c.oid)",
}


def relation(namespace: str, name: str) -> str:
    """Return the number of a relation, NULL where there is none of that name."""
    return f"to_regclass({literal(f'{quote(namespace)}.{quote(name)}')})"


def of_column(table: Table, column: str, what: str) -> str:
    """Return a subquery for something about a column: `a` is its row of pg_attribute, `d` that of its default."""
    return "(" + _OF_COLUMN.format(what=what, relation=_relation(table), name=literal(column)) + ")"


def has_type(table: Table, column: str, name: str) -> str:
    """Return the condition that a column is of the type of this name, modifiers included."""
    return f"{of_column(table, column, 'format_type(a.atttypid, a.atttypmod)')} = {literal(name)}"


def of_constraint(table: Table, name: str, what: str) -> str:
    """Return a subquery for something about a constraint: `k` is its row of pg_constraint."""
    return "(" + _OF_CONSTRAINT.format(what=what, relation=_relation(table), name=literal(name)) + ")"


def stands_on(table: Table, name: str, other: Table, column: str) -> str:
    """Return the condition that a foreign key of a table is on a column of a table, on either side."""
    return of_constraint(table, name, _ON_COLUMN.format(relation=_relation(other), name=literal(column)))


def exists(value: Definition | Member, table: Relation | None = None) -> str:
    """Return the condition that an object is there; an index that is not valid is not."""
    return f"EXISTS ({_selection(value, table).format(what='true')})"


def definition(value: Definition | Member, table: Relation | None = None) -> str:
    """Return a subquery for a digest of how the server prints an object's definition, NULL where there is none."""
    return "(" + _selection(value, table).format(what=f"md5(concat_ws(' ', {_DEFINITIONS[type(value)]}))") + ")"


def owns(column: ObjectName, sequence: Sequence) -> str:
    """Return the condition that a column owns a sequence."""
    return _OWNS.format(
        sequence=relation(sequence.namespace, sequence.name),
        relation=relation(column.namespace, column.table),
        name=literal(column.name),
    )


def gives(table: Table, column: Column) -> str:
    """Return the condition that an identity column gives the values that it should."""
    options = column.identity_options
    numbers = (options.start, options.increment, *options.limits(column.type), options.cache)
    said = ", ".join([*map(str, numbers), str(options.cycle).lower()])
    return _GIVES.format(relation=_relation(table), name=literal(column.name), options=said)


def has_enum_value(enum: EnumType, value: str) -> str:
    """Return the condition that an enum has a value."""
    number = f"to_regtype({literal(f'{quote(enum.namespace)}.{quote(enum.name)}')})"
    return f"EXISTS (SELECT FROM pg_enum WHERE enumtypid = {number} AND enumlabel = {literal(value)})"


def is_defined(value: Definition | Member, table: Relation | None = None, *, digest: str) -> str:
    """Return the condition that an object is there, with the definition that has the digest."""
    return f"{definition(value, table)} IS NOT DISTINCT FROM {literal(digest)}"


def either(unless: str, done: str) -> str:
    """Return the condition that one of two holds, the first of which is empty where there is none."""
    return f"{unless} OR {done}" if unless else done


def _relation(table: Relation) -> str:
    return relation(table.namespace, table.name)


def _selection(value: Definition | Member, table: Relation | None) -> str:
    """Return the query for the object's row, with a place for what is wanted of it."""
    if table is not None:
        return _member_selection(value, table)
    match value:
        case Table() | View() | Sequence():
            number = relation(value.namespace, value.name)
            return _filled(_OF_RELATION, relation=number, kind=_RELATION_KINDS[type(value)])
        case EnumType() | Domain() | CompositeType() | RangeType():
            kind = _TYPE_KINDS[type(value)]
            return _filled(_OF_TYPE, namespace=_namespace(value.namespace), name=literal(value.name), kind=kind)
        case Function():
            return _filled(
                _OF_FUNCTION,
                namespace=_namespace(value.namespace),
                name=literal(value.name),
                arguments=literal(value.arguments),
            )
        case Namespace():
            return _filled(_OF_NAMESPACE, name=literal(value.name))
        case Extension():
            return _filled(_OF_EXTENSION, name=literal(value.name))
        case _:
            raise AssertionError(value)


def _member_selection(value: Definition | Member, table: Relation) -> str:
    place = {"relation": _relation(table), "name": literal(value.name)}
    match value:
        case Column():
            return _filled(_OF_COLUMN, **place)
        case PrimaryKey() | Unique() | Check() | ForeignKey() | Exclusion():
            return _filled(_OF_CONSTRAINT, **place)
        case Index():
            return _filled(_OF_INDEX, index=relation(table.namespace, value.name), relation=place["relation"])
        case Partition():
            number, kind = (
                relation(table.namespace, value.name),
                _RELATION_KINDS[Partition].format(parent=place["relation"]),
            )
            return _filled(_OF_RELATION, relation=number, kind=kind)
        case Policy():
            return _filled(_OF_POLICY, **place)
        case Trigger():
            return _filled(_OF_TRIGGER, **place)
        case ExtendedStatistics():
            return _filled(_OF_STATISTICS, namespace=_namespace(value.namespace), name=place["name"])
        case _:
            raise AssertionError(value)


def _filled(query: str, **parts: str) -> str:
    """Return the query with its parts, which may hold braces of their own, and the place for `what` left open."""
    escaped = {name: text.replace("{", "{{").replace("}", "}}") for name, text in parts.items()}
    return query.format(what="{what}", **escaped)


def _namespace(name: str) -> str:
    return f"to_regnamespace({literal(quote(name))})"
