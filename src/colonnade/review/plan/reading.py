"""Acts read from syntax trees: one reader for each kind of statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from colonnade.review.plan import acts
from colonnade.review.plan.acts import Act, Name
from colonnade.review.plan.block_acts import block_acts
from colonnade.review.plan.role_acts import ROLE_READERS
from colonnade.review.plan.table_acts import add_constraint, alter_table, create_index
from colonnade.review.plan.tree import (
    Node,
    choice,
    constant,
    has,
    inner,
    kind_of,
    listed_name,
    object_kind,
    parse,
    relation,
    strings,
    walk,
)
from colonnade.review.plan.write_acts import query_acts, write_acts
from colonnade.span import Span

Reader = Callable[[Node], Iterator[Act]]
_DROPPED = "ONCOMMIT_DROP"
_WITH_HOLD = 0x20
"""CURSOR_OPT_HOLD of parsenodes.h."""


def acts_of(sql: str, *, at: Span) -> tuple[Act, ...]:
    """Return what a statement says it will do; raises StatementError for what is no SQL."""
    found: list[Act] = []
    data = b"" if sql.isascii() else sql.encode()  # the parser counts bytes
    for node in parse(sql, at=at):
        start = 0
        for act in _acts(node):
            if isinstance(act, acts.Block):
                start = max(0, sql.find(act.body))
                found.append(act)
            elif start:
                found.append(replace(act, offset=start + act.offset))
            else:
                found.append(replace(act, offset=len(data[: act.offset].decode(errors="ignore"))) if data else act)
    return tuple(found)


def _acts(node: Node) -> Iterator[Act]:
    kind = kind_of(node)
    reader = _READERS.get(kind)
    if reader is not None:
        yield from reader(node)
    else:
        yield acts.Other(kind=kind, names=tuple(relation(each) for each in walk(node) if kind_of(each) == "RangeVar"))


def _drop(node: Node) -> Iterator[Act]:
    kind = object_kind(node, "remove_type")
    names = tuple(listed_name(each) for each in node.objects)
    table = None
    if kind in ("TRIGGER", "POLICY", "RULE"):
        parts = strings(inner(node.objects[0]).items)
        table = Name(parts[-3] if len(parts) > 2 else "", parts[-2])
        names = (Name("", parts[-1]),)
    yield acts.Drop(
        kind=kind,
        names=names,
        table=table,
        cascade=choice(node, "behavior") == "DROP_CASCADE",
        if_exists=node.missing_ok,
        concurrent=node.concurrent,
    )


def _drop_database(node: Node) -> Iterator[Act]:
    yield acts.Drop(kind="DATABASE", names=(Name("", node.dbname),), if_exists=node.missing_ok)


def _drop_tablespace(node: Node) -> Iterator[Act]:
    yield acts.Drop(kind="TABLESPACE", names=(Name("", node.tablespacename),))


def _create_table(node: Node) -> Iterator[Act]:
    yield acts.Create(
        kind="TABLE",
        name=relation(node.relation),
        temporary=node.relation.relpersistence == "t",
        unlogged=node.relation.relpersistence == "u",
        passing=choice(node, "oncommit") == _DROPPED,
        if_not_exists=node.if_not_exists,
    )


def _create_table_as(node: Node) -> Iterator[Act]:
    kind = object_kind(node, "objtype")
    yield _filled(kind, node.into)


def _select(node: Node) -> Iterator[Act]:
    if has(node, "into_clause"):
        yield _filled("TABLE", node.into_clause)
    yield from query_acts(node)


def _filled(kind: str, into: Node) -> Act:
    """Return the act of creating what a query fills."""
    return acts.Create(
        kind=kind,
        name=relation(into.rel),
        temporary=into.rel.relpersistence == "t",
        unlogged=into.rel.relpersistence == "u",
        passing=choice(into, "on_commit") == _DROPPED,
    )


def _view(node: Node) -> Iterator[Act]:
    yield acts.Create(kind="VIEW", name=relation(node.view), replace=node.replace)


def _function(node: Node) -> Iterator[Act]:
    kind = "PROCEDURE" if node.is_procedure else "FUNCTION"
    *schema, name = strings(node.funcname)
    yield acts.Create(kind=kind, name=Name(schema[-1] if schema else "", name), replace=node.replace)


def _trigger(node: Node) -> Iterator[Act]:
    yield acts.Create(kind="TRIGGER", name=Name("", node.trigname), replace=node.replace)
    yield acts.AlterTable(table=relation(node.relation), what="CreateTrigger", name=node.trigname)


def _named(kind: str, field: str) -> Reader:
    """Return the reader of a CREATE whose tree keeps the name in a field: a relation, a text or a list of them."""

    def read(node: Node) -> Iterator[Act]:
        value = getattr(node, field)
        if isinstance(value, str):
            name = Name("", value)
        elif kind_of_or_list(value) == "RangeVar":
            name = relation(value)
        else:
            parts = strings(value)
            name = Name(parts[-2] if len(parts) > 1 else "", parts[-1])
        yield acts.Create(kind=kind, name=name)

    return read


def kind_of_or_list(value: Node) -> str:
    """Return what the parser calls a node, nothing for a list of nodes."""
    return kind_of(value) if hasattr(value, "DESCRIPTOR") else ""


def _rename(node: Node) -> Iterator[Act]:
    kind = object_kind(node, "rename_type")
    holder = relation(node.relation) if has(node, "relation") else None
    if node.subname:  # a column, a constraint, a trigger, a policy
        old = Name("", node.subname)
        table = holder or (listed_name(node.object) if has(node, "object") else None)
        yield acts.Rename(kind=kind, old=old, new=node.newname, table=table)
    else:
        yield acts.Rename(kind=kind, old=holder or listed_name(node.object), new=node.newname)


def _set_schema(node: Node) -> Iterator[Act]:
    old = relation(node.relation) if has(node, "relation") else listed_name(node.object)
    yield acts.SetSchema(kind=object_kind(node, "object_type"), old=old, schema=node.newschema)


def _alter_enum(node: Node) -> Iterator[Act]:
    parts = strings(node.type_name)
    type_ = Name(parts[-2] if len(parts) > 1 else "", parts[-1])
    if node.old_val:
        yield acts.Rename(kind="VALUE", old=Name("", node.old_val), new=node.new_val, table=type_)
    else:
        yield acts.AddEnumValue(type=type_, value=node.new_val, placed=bool(node.new_val_neighbor))


def _alter_domain(node: Node) -> Iterator[Act]:
    parts = strings(node.type_name)
    domain = Name(parts[-2] if len(parts) > 1 else "", parts[-1])
    if has(node, "def") and kind_of(inner(getattr(node, "def"))) == "Constraint":
        yield add_constraint(domain, inner(getattr(node, "def")), on_domain=True)
    else:
        yield acts.Other(kind="AlterDomainStmt", names=(domain,))


def _reindex(node: Node) -> Iterator[Act]:
    yield acts.Reindex(
        kind=choice(node, "kind").removeprefix("REINDEX_OBJECT_"),
        target=relation(node.relation) if has(node, "relation") else None,
        concurrent=_option(node.params, "concurrently"),
    )


def _option(options: Node, name: str) -> bool:
    """Tell whether an option is on: named without a value, or with one that says so."""
    for each in options:
        option = inner(each)
        if option.defname == name:
            return not has(option, "arg") or (constant(option.arg) or "") in ("true", "on", "1")
    return False


def _vacuum(node: Node) -> Iterator[Act]:
    kind = "VACUUM" if node.is_vacuumcmd else "ANALYZE"
    if node.is_vacuumcmd and _option(node.options, "full"):
        kind = "VACUUM FULL"
    yield acts.Maintain(kind=kind, tables=tuple(relation(inner(each).relation) for each in node.rels))


def _cluster(node: Node) -> Iterator[Act]:
    yield acts.Maintain(kind="CLUSTER", tables=(relation(node.relation),) if has(node, "relation") else ())


def _refresh(node: Node) -> Iterator[Act]:
    yield acts.Refresh(view=relation(node.relation), concurrent=node.concurrent, with_data=not node.skip_data)


def _transaction(node: Node) -> Iterator[Act]:
    yield acts.TransactionControl(kind=choice(node, "kind").removeprefix("TRANS_STMT_"))


def _set(node: Node) -> Iterator[Act]:
    kind = choice(node, "kind")
    values = [constant(each) or "" for each in node.args]
    reset = kind in ("VAR_RESET", "VAR_RESET_ALL", "VAR_SET_DEFAULT")
    yield acts.Setting(name=node.name.lower(), value=", ".join(values), local=node.is_local, reset=reset)


def _session(kind: acts.SessionKind, field: str, *, begun: bool) -> Reader:
    """Return the reader of what begins or ends something of a session, whose tree keeps the name in a field."""

    def read(node: Node) -> Iterator[Act]:
        yield acts.SessionChange(kind=kind, name=getattr(node, field), begun=begun)

    return read


def _declare(node: Node) -> Iterator[Act]:
    if node.options & _WITH_HOLD:
        yield acts.SessionChange(kind="CURSOR", name=node.portalname, begun=True)
    else:
        yield acts.Other(kind="DeclareCursorStmt")


def _truncate(node: Node) -> Iterator[Act]:
    tables = tuple(relation(inner(each)) for each in node.relations)
    yield acts.Truncate(tables=tables, cascade=choice(node, "behavior") == "DROP_CASCADE")


def _extension(node: Node) -> Iterator[Act]:
    yield acts.CreateExtension(name=node.extname)


def _do(node: Node) -> Iterator[Act]:
    yield from block_acts(node, _acts)


_READERS: dict[str, Reader] = {
    "AlterDomainStmt": _alter_domain,
    "AlterEnumStmt": _alter_enum,
    "AlterObjectSchemaStmt": _set_schema,
    "AlterTableStmt": alter_table,
    "ClosePortalStmt": _session("CURSOR", "portalname", begun=False),
    "ClusterStmt": _cluster,
    "CompositeTypeStmt": _named("TYPE", "typevar"),
    "CreateDomainStmt": _named("DOMAIN", "domainname"),
    "CreateEnumStmt": _named("TYPE", "type_name"),
    "CreateExtensionStmt": _extension,
    "CreateFunctionStmt": _function,
    "CreateRangeStmt": _named("TYPE", "type_name"),
    "CreateSchemaStmt": _named("SCHEMA", "schemaname"),
    "CreateSeqStmt": _named("SEQUENCE", "sequence"),
    "CreateStmt": _create_table,
    "CreateTableAsStmt": _create_table_as,
    "CreateTableSpaceStmt": _named("TABLESPACE", "tablespacename"),
    "CreateTrigStmt": _trigger,
    "CreatedbStmt": _named("DATABASE", "dbname"),
    "DeallocateStmt": _session("PREPARE", "name", begun=False),
    "DeclareCursorStmt": _declare,
    "DeleteStmt": write_acts,
    "DoStmt": _do,
    "DropStmt": _drop,
    "DropTableSpaceStmt": _drop_tablespace,
    "DropdbStmt": _drop_database,
    "IndexStmt": create_index,
    "InsertStmt": write_acts,
    "ListenStmt": _session("LISTEN", "conditionname", begun=True),
    "LoadStmt": _session("LOAD", "filename", begun=True),
    "MergeStmt": write_acts,
    "PrepareStmt": _session("PREPARE", "name", begun=True),
    "RefreshMatViewStmt": _refresh,
    "ReindexStmt": _reindex,
    "RenameStmt": _rename,
    "SelectStmt": _select,
    "TransactionStmt": _transaction,
    "TruncateStmt": _truncate,
    "UnlistenStmt": _session("LISTEN", "conditionname", begun=False),
    "UpdateStmt": write_acts,
    "VacuumStmt": _vacuum,
    "VariableSetStmt": _set,
    "ViewStmt": _view,
    **ROLE_READERS,
}
