"""Random schemas that Postgres accepts: names of any spelling, every kind of object.

Values come in the spelling and order that a catalog gives them, so that what is read back can be compared;
only expressions are spelled as people would.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Protocol, TypeVar

from hypothesis import strategies as st

from colonnade.schema import (
    EXECUTE_FOR_ALL,
    USAGE_FOR_ALL,
    Check,
    CompositeAttribute,
    CompositeType,
    Domain,
    EnumType,
    Extension,
    Function,
    Grant,
    RangeType,
    Schema,
    Sequence,
    Table,
    View,
    with_namespaces,
)
from colonnade.schema.changes import Granted
from colonnade.schema.diff_privileges import granted_objects
from colonnade.sql.identifier import RESERVED, qualified, quote
from identifier_strategies import BUILT_IN_TYPES, COMMENTS, ENUM_VALUES, KINDS, REMARKS, Kind, Names, named
from key_strategies import referencing
from table_strategies import (
    detailed,
    external_table,
    grant,
    index,
    is_referenced,
    sequence_options,
    table,
    view_trigger,
)

EXTENSIONS = (Extension(name="btree_gist"), Extension(name="pg_trgm"))
"""What the indexes and constraints may need; in every schema, because they are installed beforehand."""


@st.composite
def schemas(draw: st.DrawFn, *, maximum_tables: int = 4, few_names: bool = False) -> Schema:
    """Any schema that Postgres 18 accepts, as `introspect` would give it but for the spelling of expressions.

    With `few_names`, two of them have most names in common, be it for objects of different kinds.
    """
    names = Names(draw, few=few_names)
    namespaces = ("public", names.new()) if draw(st.booleans()) else ("public",)
    place = st.sampled_from(namespaces)
    enums = tuple(_enum(draw, names, draw(place)) for _ in range(draw(st.integers(0, 2))))
    domains = tuple(_domain(draw, names, draw(place)) for _ in range(draw(st.integers(0, 2))))
    own = [*(qualified(each.namespace, each.name) for each in enums)]
    own += [*(qualified(each.namespace, each.name) for each in domains)]
    composites = tuple(_composite(draw, names, draw(place), own) for _ in range(draw(st.integers(0, 1))))
    ranges = tuple(_range(draw, names, draw(place)) for _ in range(draw(st.integers(0, 1))))
    own += [*(qualified(each.namespace, each.name) for each in composites)]
    own += [*(qualified(each.namespace, each.name) for each in ranges)]
    kinds = (*KINDS, *map(Kind, own))
    functions = tuple(_function(draw, names, draw(place)) for _ in range(draw(st.integers(0, 2))))
    role = names.new()
    tables = [table(draw, names, draw(place), kinds) for _ in range(draw(st.integers(1, maximum_tables)))]
    external = [external_table(draw, names)] if draw(st.booleans()) else []
    tables = [referencing(draw, names, each, [*tables, *external]) for each in tables]
    external = [each for each in external if is_referenced(each, tables)]
    tables = [detailed(draw, names, each, functions, role) for each in tables]
    tables = [_held(draw, each, role, (), ()) for each in tables]
    enums = tuple(_held(draw, each, role, ("USAGE",), USAGE_FOR_ALL) for each in enums)
    domains = tuple(_held(draw, each, role, ("USAGE",), USAGE_FOR_ALL) for each in domains)
    composites = tuple(_held(draw, each, role, ("USAGE",), USAGE_FOR_ALL) for each in composites)
    ranges = tuple(_held(draw, each, role, ("USAGE",), USAGE_FOR_ALL) for each in ranges)
    procedures = tuple(_procedure(draw, names, draw(place)) for _ in range(draw(st.integers(0, 1))))
    functions = tuple(_held(draw, each, role, ("EXECUTE",), EXECUTE_FOR_ALL) for each in (*functions, *procedures))
    sequences = (_sequence(draw, names, draw(place), tables) for _ in range(draw(st.integers(0, 2))))
    schema = Schema(
        tables=_sorted((*tables, *external)),
        enum_types=_sorted(enums),
        domains=_sorted(domains),
        composite_types=_sorted(composites),
        range_types=_sorted(ranges),
        sequences=_sorted(tuple(_held(draw, each, role, ("SELECT", "UPDATE", "USAGE"), ()) for each in sequences)),
        functions=tuple(sorted(functions, key=lambda each: (each.namespace, each.name, each.arguments))),
        extensions=EXTENSIONS,
    )
    views = tuple(
        _held(draw, _view(draw, names, draw(place), tables, functions), role, ("INSERT", "SELECT"), ())
        for _ in range(draw(st.integers(0, 2)))
    )
    return with_namespaces(replace(schema, views=_sorted(views)))


AnyGranted = TypeVar("AnyGranted", bound=Granted)


def _held(
    draw: st.DrawFn, value: AnyGranted, role: str, possible: tuple[str, ...], usual: tuple[Grant, ...]
) -> AnyGranted:
    """Return the object with an owner and, where it has possible ones, with privileges of its own."""
    owned = isinstance(value, Sequence) and value.owned_by
    owner = value.owner if owned else draw(st.sampled_from(("", "", "", role)))
    if not possible or draw(st.booleans()):
        theirs = tuple(each for each in value.grants if each.role != owner)
        return replace(value, owner=owner, grants=theirs)
    grants = tuple(
        grant(draw, each, privileges)
        for each in sorted({"public", role} - {owner})
        if (privileges := draw(st.sets(st.sampled_from(possible))))
    )
    return replace(value, owner=owner, grants=grants)


def roles_of(schema: Schema) -> tuple[str, ...]:
    """Return the roles that policies and grants of the schema name."""
    found = {role for each in schema.tables for policy in each.policies for role in policy.roles}
    for each in granted_objects(schema):
        found |= {each.owner, *(grant.role for grant in each.grants)}
    return tuple(sorted(found - {"", "public"}))


def namespaces_of(schema: Schema) -> tuple[str, ...]:
    """Return the namespaces in which the schema has something of its own."""
    return tuple(sorted({"public"} | {each.name for each in schema.namespaces}))


class _Placed(Protocol):
    @property
    def namespace(self) -> str: ...
    @property
    def name(self) -> str: ...


AnyPlaced = TypeVar("AnyPlaced", bound=_Placed)


def _sorted(items: Iterable[AnyPlaced]) -> tuple[AnyPlaced, ...]:
    return tuple(sorted(items, key=lambda each: (each.namespace, each.name)))


def _enum(draw: st.DrawFn, names: Names, namespace: str) -> EnumType:
    values = draw(ENUM_VALUES)
    return EnumType(
        name=names.new(but=BUILT_IN_TYPES), namespace=namespace, values=tuple(values), comment=draw(COMMENTS)
    )


def _domain(draw: st.DrawFn, names: Names, namespace: str) -> Domain:
    kind = draw(st.sampled_from([each for each in KINDS if each.is_key and each.type != "tsvector"]))
    checks = (
        Check(
            name=names.new(),
            expression=text.replace("{}", "VALUE"),
            validated=draw(st.booleans()),
            comment=draw(COMMENTS),
        )
        for text in draw(st.lists(st.sampled_from(kind.checks or ("{} IS NOT NULL",)), max_size=2))
    )
    return Domain(
        name=names.new(but=BUILT_IN_TYPES),
        namespace=namespace,
        base_type=kind.type,
        not_null=draw(st.booleans()),
        default=draw(st.sampled_from((None, *kind.defaults))),
        checks=named(checks),
        comment=draw(COMMENTS),
    )


def _composite(draw: st.DrawFn, names: Names, namespace: str, others: list[str]) -> CompositeType:
    """Return a composite type, whose attributes may be of the other types."""
    kinds = draw(st.lists(st.sampled_from([*KINDS, *map(Kind, others)]), max_size=3))
    attributes = (
        CompositeAttribute(
            name=names.new(),
            type=kind.type,
            collation=draw(st.sampled_from(("", "C"))) if kind.is_text else "",
            comment=draw(COMMENTS),
        )
        for kind in kinds
    )
    return CompositeType(
        name=names.new(but=BUILT_IN_TYPES), namespace=namespace, attributes=tuple(attributes), comment=draw(COMMENTS)
    )


def _range(draw: st.DrawFn, names: Names, namespace: str) -> RangeType:
    subtype, difference = draw(
        st.sampled_from((("double precision", "float8mi"), ("bigint", ""), ("date", ""), ("text", "")))
    )
    is_text = subtype == "text"
    return RangeType(
        name=names.new(but=BUILT_IN_TYPES),
        namespace=namespace,
        subtype=subtype,
        multirange=names.new(but=BUILT_IN_TYPES),
        operator_class=draw(st.sampled_from(("", "pg_catalog.text_pattern_ops"))) if is_text else "",
        collation=draw(st.sampled_from(("", "C"))) if is_text else "",
        difference=draw(st.sampled_from(("", difference))),
        comment=draw(COMMENTS),
    )


def _procedure(draw: st.DrawFn, names: Names, namespace: str) -> Function:
    return Function(
        name=names.new(but=RESERVED),
        namespace=namespace,
        arguments=draw(st.sampled_from(("", "IN a integer", "IN a integer DEFAULT 1, INOUT b text DEFAULT ''::text"))),
        returns="",
        language="sql",
        body="SELECT NULL::text",
        kind="procedure",
        security_definer=draw(st.booleans()),
        comment=draw(COMMENTS),
    )


def _sequence(draw: st.DrawFn, names: Names, namespace: str, tables: list[Table]) -> Sequence:
    owners = [(table, column) for table in tables for column in table.columns if table.namespace == namespace]
    owner = draw(st.sampled_from([None, *owners]))
    return Sequence(
        name=names.new(),
        namespace=namespace,
        data_type=draw(st.sampled_from(("bigint", "integer", "smallint"))),
        **asdict(draw(sequence_options())),
        comment=draw(COMMENTS),
        owned_by=f"{owner[0].identifier}.{quote(owner[1].name)}" if owner else "",
        owner=owner[0].owner if owner else "",
    )


def _function(draw: st.DrawFn, names: Names, namespace: str) -> Function:
    """Return a trigger function, whose body may hold anything behind a comment sign."""
    remark = draw(REMARKS)
    tag = draw(st.sampled_from(("", "$$", "$body_1$", "$")))
    return Function(
        name=names.new(but=RESERVED),  # some reserved words are functions of Postgres's own
        namespace=namespace,
        arguments="",
        returns="trigger",
        language="plpgsql",
        body=f"\nBEGIN\n    RETURN NEW; -- {remark}{tag}\nEND\n--{tag}",
        security_definer=draw(st.booleans()),
        leakproof=draw(st.booleans()),
        cost=draw(st.sampled_from((None, 7.0, 0.25))),
        configuration=draw(
            st.sampled_from(((), (("search_path", ""),), (("search_path", '"$user", public'), ("work_mem", "64MB"))))
        ),
        comment=draw(COMMENTS),
    )


def _view(draw: st.DrawFn, names: Names, namespace: str, tables: list[Table], functions: tuple[Function, ...]) -> View:
    table = draw(st.sampled_from(tables))
    columns = draw(st.lists(st.sampled_from(table.columns), min_size=1, unique=True))
    shown = tuple(replace(column, name=names.new(), generated=None) for column in columns)
    pairs = zip(columns, shown, strict=True)
    chosen = ", ".join(f"{quote(column.name)} AS {quote(each.name)}" for column, each in pairs)
    materialized = draw(st.booleans())
    called = [] if materialized else [each for each in functions if each.returns == "trigger"]
    like_a_table = Table(name=names.new(), namespace=namespace, columns=shown)
    return View(
        name=like_a_table.name,
        namespace=namespace,
        definition=f"SELECT {chosen} FROM {table.identifier}",
        materialized=materialized,
        indexes=named(index(draw, names, like_a_table) for _ in range(draw(st.integers(0, 2)) if materialized else 0)),
        triggers=named(
            view_trigger(draw, names, shown, called) for _ in range(draw(st.integers(0, 2)) if called else 0)
        ),
        security_invoker=not materialized and draw(st.booleans()),
        security_barrier=not materialized and draw(st.booleans()),
        comment=draw(COMMENTS),
    )
