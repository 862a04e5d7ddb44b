"""Random tables: every kind of column, constraint, index, trigger, policy and grant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from hypothesis import strategies as st

from colonnade.schema import (
    USUAL_VALUES,
    Check,
    Column,
    Exclusion,
    ExclusionElement,
    Function,
    Grant,
    Index,
    IndexKey,
    Partition,
    PartitionKey,
    Policy,
    PrimaryKey,
    SequenceOptions,
    Table,
    Trigger,
)
from colonnade.sql.identifier import qualified_function, quote
from identifier_strategies import ARGUMENTS, COMMENTS, KINDS, Kind, Names, named
from key_strategies import primary_key, unique

_IDENTITIES: tuple[Literal["", "ALWAYS", "BY DEFAULT"], ...] = ("", "ALWAYS", "BY DEFAULT")
_STRATEGIES: tuple[Literal["RANGE", "LIST", "HASH"], ...] = ("RANGE", "LIST", "HASH")
_COMMANDS: tuple[Literal["ALL", "SELECT", "INSERT", "UPDATE", "DELETE"], ...] = (
    "ALL",
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
)
_LEVELS: tuple[Literal["ROW", "STATEMENT"], ...] = ("ROW", "STATEMENT")
_FIRING: tuple[Literal["ORIGIN", "DISABLED", "REPLICA", "ALWAYS"], ...] = ("ORIGIN", "DISABLED", "REPLICA", "ALWAYS")
_TIMINGS: tuple[Literal["BEFORE", "AFTER"], ...] = ("BEFORE", "AFTER")
_ROW_EVENTS: tuple[Literal["INSERT", "UPDATE", "DELETE", "TRUNCATE"], ...] = ("INSERT", "UPDATE", "DELETE")
_EVENTS: tuple[Literal["INSERT", "UPDATE", "DELETE", "TRUNCATE"], ...] = (*_ROW_EVENTS, "TRUNCATE")


def table(draw: st.DrawFn, names: Names, namespace: str, kinds: tuple[Kind, ...]) -> Table:
    """Return a table with columns, a primary key, uniques and perhaps partitions."""
    of_columns = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=5))
    columns = [_column(draw, names, kind) for kind in of_columns]
    keyed = [column.name for column, kind in zip(columns, of_columns, strict=True) if kind.is_key]
    partitioned = bool(keyed) and draw(st.integers(0, 4)) == 0
    key_of_partitions = keyed[:1] if partitioned else []
    primary = draw(st.lists(st.sampled_from(keyed), max_size=2, unique=True)) if keyed else []
    if primary:
        primary = list(dict.fromkeys([*primary, *key_of_partitions]))
    columns = [replace(each, not_null=True) if each.name in primary else each for each in columns]
    count = 0 if partitioned or not keyed else draw(st.integers(0, 2))
    columns += _generated(draw, names, columns, of_columns)
    made = Table(
        name=names.new(),
        namespace=namespace,
        columns=tuple(columns),
        primary_key=primary_key(draw, names, tuple(primary), of_columns, columns, partitioned=partitioned)
        if primary
        else None,
        uniques=named(unique(draw, names, keyed) for _ in range(count)),
        comment=draw(COMMENTS),
        storage_parameters=()
        if partitioned
        else draw(st.sampled_from(((), (("autovacuum_enabled", "false"), ("fillfactor", "70"))))),
    )
    return _partitioned(draw, names, made, key_of_partitions[0]) if partitioned else made


def _column(draw: st.DrawFn, names: Names, kind: Kind) -> Column:
    identity = draw(st.sampled_from(_IDENTITIES)) if kind.is_integer else ""
    with_options = bool(identity) and draw(st.booleans())
    return Column(
        name=names.new(),
        type=kind.type,
        not_null=bool(identity) or draw(st.booleans()),
        default=None if identity else draw(st.sampled_from((None, *kind.defaults))),
        identity=identity,
        identity_options=draw(sequence_options()) if with_options else USUAL_VALUES,
        collation=draw(st.sampled_from(("", "C", "POSIX"))) if kind.is_text else "",
        storage=draw(st.sampled_from(("", "EXTERNAL", "MAIN"))) if kind.is_text else "",
        compression=draw(st.sampled_from(("", "pglz"))) if kind.is_text else "",
        statistics_target=draw(st.sampled_from((-1, -1, 0, 250))),
        options=draw(st.sampled_from(((), (), (("n_distinct", "-0.5"),)))),
        comment=draw(COMMENTS),
    )


@st.composite
def sequence_options(draw: st.DrawFn) -> SequenceOptions:
    """Which values a sequence of any type can give."""
    increment = draw(st.sampled_from((1, 5, -1, -3)))
    start = draw(st.integers(1, 100)) * (1 if increment > 0 else -1)
    return SequenceOptions(
        start=start,
        increment=increment,
        minimum=draw(st.sampled_from((None, -200, start - 6))),
        maximum=draw(st.sampled_from((None, 300, start + 6))),
        cache=draw(st.sampled_from((1, 20))),
        cycle=draw(st.booleans()),
    )


def _generated(draw: st.DrawFn, names: Names, columns: list[Column], kinds: list[Kind]) -> list[Column]:
    """Return perhaps a generated column over one of the columns."""
    numbers = [column for column, kind in zip(columns, kinds, strict=True) if kind.is_integer]
    if not numbers or draw(st.booleans()):
        return []
    source = draw(st.sampled_from(numbers))
    return [
        Column(
            name=names.new(),
            type="bigint",
            generated=f"{quote(source.name)} + 1",
            stored=draw(st.booleans()),
            comment=draw(COMMENTS),
        )
    ]


def _partitioned(draw: st.DrawFn, names: Names, table: Table, key: str) -> Table:
    strategies = _STRATEGIES if table.column(key).type != "tsvector" else ("RANGE", "LIST")  # it has no hash
    strategy = draw(st.sampled_from(strategies))
    if strategy == "HASH":
        bounds = ["FOR VALUES WITH (modulus 2, remainder 0)", "FOR VALUES WITH (MODULUS 2, REMAINDER 1)"]
    else:
        bounds = ["DEFAULT"]
    keys: tuple[str, ...] = (key,)
    if table.primary_key is None and draw(st.booleans()) and strategy != "LIST":
        keys = (key, f"num_nulls({quote(key)})")
    return replace(
        table,
        partition_key=PartitionKey(strategy=strategy, keys=keys),
        partitions=named(Partition(name=names.new(), bound=bound) for bound in bounds),
    )


def external_table(draw: st.DrawFn, names: Names) -> Table:
    kind = draw(st.sampled_from(("uuid", "text", "bigint")))
    column = Column(name=names.elsewhere("id"), type=kind, not_null=True)
    return Table(
        name=names.elsewhere(f"others by {kind}"),
        namespace=names.elsewhere("another product"),
        columns=(column,),
        primary_key=PrimaryKey(name=names.elsewhere(f"key of {kind}"), columns=(column.name,)),
        external=True,
    )


def is_referenced(target: Table, tables: list[Table]) -> bool:
    name = (target.namespace, target.name)
    return any(
        (key.referenced_namespace, key.referenced_table) == name for table in tables for key in table.foreign_keys
    )


def detailed(draw: st.DrawFn, names: Names, table: Table, functions: tuple[Function, ...], role: str) -> Table:
    """Return the table with checks, exclusions, indexes, triggers, policies and grants."""
    several = st.integers(0, 2)
    row_security = draw(st.booleans())
    return replace(
        table,
        checks=named(_check(draw, names, table) for _ in range(draw(several))),
        exclusions=named(
            _exclusion(draw, names, table) for _ in range(0 if table.partition_key else draw(several) // 2)
        ),
        indexes=named(index(draw, names, table) for _ in range(draw(st.integers(0, 3)))),
        triggers=named(_trigger(draw, names, table, functions) for _ in range(draw(several) if functions else 0)),
        policies=named(_policy(draw, names, table, role) for _ in range(draw(several))),
        grants=_grants(draw, table, role),
        row_security=row_security,
        force_row_security=draw(st.booleans()),
    )


def _kind(column: Column) -> Kind:
    """Return the column's kind; a user's own type is known by its name alone."""
    return next((kind for kind in KINDS if kind.type == column.type), Kind(column.type))


def _indexable(table: Table) -> list[Column]:
    """Return the columns that an index may hold: no virtual ones, and only with an order."""
    return [each for each in table.columns if _kind(each).is_key and (each.generated is None or each.stored)]


def _check(draw: st.DrawFn, names: Names, table: Table) -> Check:
    column = draw(st.sampled_from(table.columns))
    texts = (*_kind(column).checks, "{} IS NOT NULL", "num_nonnulls({}) = 1")
    expression = draw(st.sampled_from(texts)).replace("%%", "%").replace("{}", quote(column.name))
    enforced = draw(st.integers(0, 3)) > 0
    return Check(
        name=names.new(),
        expression=expression,
        validated=not enforced or draw(st.booleans()),
        enforced=enforced,
        no_inherit=table.partition_key is None and draw(st.booleans()),
        comment=draw(COMMENTS),
    )


def _exclusion(draw: st.DrawFn, names: Names, table: Table) -> Exclusion:
    plain = [each for each in _indexable(table) if _kind(each).is_integer or each.type == "tstzrange"]
    some = st.lists(st.sampled_from(plain), min_size=1, max_size=2, unique=True)
    chosen = draw(some) if plain else []
    elements = [
        ExclusionElement(expression=quote(each.name), operator="&&" if each.type == "tstzrange" else "=")
        for each in chosen
    ]
    if not elements or draw(st.booleans()):
        elements.append(ExclusionElement(expression="int4range(1, 2)", operator="&&"))
    deferrable = draw(st.booleans())
    return Exclusion(
        name=names.new(),
        method="gist",
        elements=tuple(elements),
        predicate=draw(st.none() | st.just(f"{quote(table.columns[0].name)} IS NOT NULL"))
        if table.columns[0].generated is None
        else None,
        comment=draw(COMMENTS),
        deferrable=deferrable,
        initially_deferred=deferrable and draw(st.booleans()),
    )


def index(draw: st.DrawFn, names: Names, table: Table) -> Index:
    """Return an index of the table."""
    columns = _indexable(table)
    special = [each for each in columns if each.type in _SPECIAL]
    takes_special = draw(st.booleans())
    if special and takes_special:
        column = draw(st.sampled_from(special))
        method, operator_class, parameters = draw(st.sampled_from(_SPECIAL[column.type]))
        return Index(
            name=names.new(),
            method=method,
            keys=(IndexKey(column=column.name, operator_class=operator_class),),
            storage_parameters=parameters,
            predicate=_predicate(draw, table),
            comment=draw(COMMENTS),
        )
    keys = tuple(_index_key(draw, columns) for _ in range(draw(st.integers(1, 3))))
    unique = table.partition_key is None and draw(st.booleans())
    carried = draw(st.lists(st.sampled_from(columns), max_size=2, unique=True)) if columns else []
    return Index(
        name=names.new(),
        keys=keys,
        unique=unique,
        nulls_not_distinct=unique and draw(st.booleans()),
        include=tuple(column.name for column in carried),
        predicate=_predicate(draw, table),
        storage_parameters=draw(st.sampled_from(((), (("deduplicate_items", "off"), ("fillfactor", "80"))))),
        comment=draw(COMMENTS),
    )


_SPECIAL = {
    "jsonb": (("gin", "", ()), ("gin", "jsonb_path_ops", (("fastupdate", "off"),))),
    "text[]": (("gin", "", ()),),
    "text": (("gin", "gin_trgm_ops", ()), ("gist", "gist_trgm_ops (siglen='32')", ()), ("hash", "", ())),
    "timestamp with time zone": (("brin", "", (("pages_per_range", "32"),)),),
    "bigint": (("brin", "int8_minmax_multi_ops", ()), ("hash", "", ())),
    "inet": (("gist", "inet_ops", ()), ("spgist", "", ())),
    "tstzrange": (("gist", "", (("fillfactor", "90"),)),),
    "point": (("gist", "", ()),),
}


def _index_key(draw: st.DrawFn, columns: list[Column]) -> IndexKey:
    descending = draw(st.booleans())
    nulls_first = draw(st.sampled_from((None, not descending)))
    if not columns:
        return IndexKey(expression="(1 + 1)", descending=descending, nulls_first=nulls_first)
    column = draw(st.sampled_from(columns))
    kind = _kind(column)
    if kind.is_text and not column.collation and draw(st.booleans()):
        expression = draw(st.sampled_from(("lower({})", "{} || 'x'", "COALESCE({}, '')")))
        return IndexKey(
            expression=expression.replace("{}", quote(column.name)), descending=descending, nulls_first=nulls_first
        )
    operator_class = {"text": "text_pattern_ops", "character varying(20)": "varchar_pattern_ops"}.get(column.type, "")
    return IndexKey(
        column=column.name,
        descending=descending,
        nulls_first=nulls_first,
        operator_class=draw(st.sampled_from(("", operator_class))),
        collation=draw(st.sampled_from(("", "ucs_basic"))) if kind.is_text else "",
    )


def _predicate(draw: st.DrawFn, table: Table) -> str | None:
    column = draw(st.sampled_from(table.columns))
    if column.generated is not None or draw(st.booleans()):
        return None
    return draw(st.sampled_from(("{0} IS NOT NULL", "({0}) IS NULL OR false"))).format(quote(column.name))


def _trigger(draw: st.DrawFn, names: Names, table: Table, functions: tuple[Function, ...]) -> Trigger:
    function = draw(st.sampled_from(functions))
    constraint = draw(st.booleans())
    level = "ROW" if constraint else draw(st.sampled_from(_LEVELS))
    possible = _EVENTS if level == "STATEMENT" else _ROW_EVENTS
    events = draw(st.lists(st.sampled_from(possible), min_size=1, unique=True))
    timing = "AFTER" if constraint else draw(st.sampled_from(_TIMINGS))
    old, new = ("", "")
    if timing == "AFTER" and not constraint and table.partition_key is None and events in (["UPDATE"], ["INSERT"]):
        old = names.new() if events == ["UPDATE"] and draw(st.booleans()) else ""
        new = names.new() if draw(st.booleans()) else ""
    plain = [column.name for column in table.columns if column.generated is None]
    deferrable = constraint and draw(st.booleans())
    conditions: list[str | None] = [None]
    if level == "ROW":
        conditions.append("pg_trigger_depth() < 2")
        row = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}[events[0]] if len(events) == 1 else ""
        conditions += [f"{row}.{quote(plain[0])} IS NOT NULL"] if row else []
    return Trigger(
        name=names.new(),
        timing=timing,
        events=tuple(event for event in possible if event in events),
        function=qualified_function(function.namespace, function.name),
        arguments=tuple(draw(ARGUMENTS)),
        update_columns=tuple(draw(st.lists(st.sampled_from(plain), unique=True, max_size=2)))
        if "UPDATE" in events and not old and not new
        else (),
        level=level,
        condition=draw(st.sampled_from(conditions)),
        constraint=constraint,
        deferrable=deferrable,
        initially_deferred=deferrable and draw(st.booleans()),
        old_table=old,
        new_table=new,
        firing=draw(st.sampled_from(_FIRING)),
        comment=draw(COMMENTS),
    )


def view_trigger(draw: st.DrawFn, names: Names, columns: tuple[Column, ...], functions: list[Function]) -> Trigger:
    """Return a trigger of a view with these columns."""
    function = draw(st.sampled_from(functions))
    instead = draw(st.booleans())
    events = draw(st.lists(st.sampled_from(_ROW_EVENTS), min_size=1, unique=True))
    updated = st.lists(st.sampled_from([column.name for column in columns]), unique=True, max_size=2)
    return Trigger(
        name=names.new(),
        timing="INSTEAD OF" if instead else draw(st.sampled_from(_TIMINGS)),
        events=tuple(event for event in _ROW_EVENTS if event in events),
        function=qualified_function(function.namespace, function.name),
        arguments=tuple(draw(ARGUMENTS)),
        update_columns=tuple(draw(updated)) if "UPDATE" in events and not instead else (),
        level="ROW" if instead else "STATEMENT",
        condition=None if instead else draw(st.sampled_from((None, "pg_trigger_depth() < 2"))),
        comment=draw(COMMENTS),
    )


def _policy(draw: st.DrawFn, names: Names, table: Table, role: str) -> Policy:
    command = draw(st.sampled_from(_COMMANDS))
    column = quote(table.columns[0].name)
    condition = draw(st.sampled_from((f"{column} IS NOT NULL", "current_setting('colonnade.user_id', true) = '1'")))
    return Policy(
        name=names.new(),
        command=command,
        permissive=draw(st.booleans()),
        roles=draw(st.sampled_from((("public",), (role,)))),
        using=None if command == "INSERT" else condition,
        with_check=condition if command == "INSERT" or (command in ("ALL", "UPDATE") and draw(st.booleans())) else None,
        comment=draw(COMMENTS),
    )


def _grants(draw: st.DrawFn, table: Table, role: str) -> tuple[Grant, ...]:
    grants = []
    for grantee in draw(st.lists(st.sampled_from(("public", role)), unique=True)):
        privileges = st.lists(st.sampled_from(("DELETE", "INSERT", "MAINTAIN", "SELECT", "TRIGGER")), unique=True)
        if whole := draw(privileges):
            grants.append(grant(draw, grantee, whole))
        names = [column.name for column in table.columns]
        if some := draw(st.lists(st.sampled_from(names), unique=True, max_size=2)):
            grants.append(grant(draw, grantee, ["REFERENCES", "UPDATE"], tuple(sorted(some))))
    return tuple(sorted(grants, key=lambda each: (each.role, each.columns)))


def grant(draw: st.DrawFn, role: str, privileges: Iterable[str], columns: tuple[str, ...] = ()) -> Grant:
    """Return a grant of these privileges; a role may grant some of them to others, everybody may not."""
    held = sorted(privileges)
    grantable = draw(st.sets(st.sampled_from(held))) if role != "public" and draw(st.booleans()) else ()
    return Grant(role=role, privileges=tuple(held), columns=columns, grantable=tuple(sorted(grantable)))
