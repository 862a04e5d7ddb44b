"""The acts of ALTER TABLE, CREATE INDEX and what else changes one relation."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.plan.acts import (
    Act,
    AddColumn,
    AddConstraint,
    AlterColumn,
    AlterTable,
    ConstraintChange,
    CreateIndex,
    DropColumn,
    Name,
    PartitionChange,
    SetOwner,
)
from colonnade.review.plan.role_acts import role_name
from colonnade.review.plan.tree import Node, choice, has, inner, kind_of, relation, strings, walk

CONSTRAINT_KINDS = {
    "CONSTR_CHECK": "CHECK",
    "CONSTR_FOREIGN": "FOREIGN KEY",
    "CONSTR_UNIQUE": "UNIQUE",
    "CONSTR_PRIMARY": "PRIMARY KEY",
    "CONSTR_EXCLUSION": "EXCLUDE",
    "CONSTR_NOTNULL": "NOT NULL",
}
_FILLERS = frozenset(("CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED"))
_SERIALS = frozenset(("serial", "bigserial", "smallserial", "serial2", "serial4", "serial8"))
_OF_COLUMNS = frozenset(
    (
        "AlterColumnType",
        "SetNotNull",
        "DropNotNull",
        "ColumnDefault",
        "AddIdentity",
        "SetIdentity",
        "DropIdentity",
        "SetExpression",
        "DropExpression",
        "SetStatistics",
        "SetStorage",
        "SetCompression",
        "SetOptions",
        "ResetOptions",
    )
)


def create_index(node: Node) -> Iterator[Act]:
    """Yield the act of CREATE INDEX."""
    yield CreateIndex(
        name=node.idxname,
        table=relation(node.relation),
        columns=tuple(inner(each).name for each in node.index_params),
        unique=node.unique,
        concurrent=node.concurrent,
        if_not_exists=node.if_not_exists,
        partial=has(node, "where_clause"),
        only=not node.relation.inh,
    )


def alter_table(node: Node) -> Iterator[Act]:
    """Yield an act for each subcommand of ALTER TABLE; of an index, a view or a sequence too."""
    table = relation(node.relation)
    if choice(node, "objtype") == "OBJECT_TYPE":  # whose attributes are no columns
        yield AlterTable(table=table, what="CompositeType")
        return
    for command in node.cmds:
        yield from _command(inner(command), table)


def _command(command: Node, table: Name) -> Iterator[Act]:
    what = choice(command, "subtype").removeprefix("AT_")
    detail = inner(getattr(command, "def"))
    offset = _offset(detail)
    if what == "AddColumn":
        yield _add_column(table, detail, offset)
    elif what == "DropColumn":
        yield DropColumn(table=table, column=command.name, cascade=_cascades(command), offset=offset)
    elif what == "AddConstraint":
        yield add_constraint(table, detail, offset=offset)
    elif what in ("DropConstraint", "ValidateConstraint", "AlterConstraint"):
        yield ConstraintChange(table=table, name=command.name, what=what, cascade=_cascades(command), offset=offset)
    elif what in ("AttachPartition", "DetachPartition"):
        yield PartitionChange(
            table=table,
            partition=relation(detail.name),
            attach=what == "AttachPartition",
            concurrent=bool(detail.concurrent),
            offset=offset,
        )
    elif what in _OF_COLUMNS:
        yield _alter_column(table, command, detail, what, offset)
    elif what == "ChangeOwner":
        yield SetOwner(kind="TABLE", object=table, role=role_name(command.newowner), offset=offset)
    elif what == "ReplicaIdentity":
        kinds = {"f": "FULL", "n": "NOTHING", "d": "DEFAULT", "i": "INDEX"}
        yield AlterTable(table=table, what=what, name=kinds.get(detail.identity_type, ""), offset=offset)
    else:
        yield AlterTable(table=table, what=what, name=command.name, offset=offset)


def _cascades(command: Node) -> bool:
    return choice(command, "behavior") == "DROP_CASCADE"


def _offset(detail: Node) -> int:
    """Return where the subcommand's detail is written, 0 where the tree does not say."""
    place = getattr(detail, "location", 0)
    if kind_of(detail) == "PartitionCmd" and has(detail, "name"):
        place = detail.name.location
    return max(0, place)


def _add_column(table: Name, column: Node, offset: int) -> AddColumn:
    given = [inner(each) for each in column.constraints]
    kinds = {choice(each, "contype") for each in given}
    names = strings(column.type_name.names)
    serial = bool(names) and names[-1] in _SERIALS
    constraints = tuple(
        add_constraint(table, each, column=column.colname)
        for each in given
        if choice(each, "contype") in CONSTRAINT_KINDS and choice(each, "contype") != "CONSTR_NOTNULL"
    )
    return AddColumn(
        table=table,
        column=column.colname,
        not_null=bool(column.is_not_null or kinds & {"CONSTR_NOTNULL", "CONSTR_PRIMARY"}),
        filled=bool(kinds & _FILLERS) or serial,
        constraints=constraints,
        offset=offset,
    )


def add_constraint(
    table: Name, node: Node, *, column: str = "", on_domain: bool = False, offset: int = 0
) -> AddConstraint:
    """Return the act that adds a constraint; `column` is the one within whose ADD COLUMN it is written."""
    kind = CONSTRAINT_KINDS.get(choice(node, "contype"), "")
    columns = strings(node.keys) or strings(node.fk_attrs)
    if kind == "CHECK":
        columns = columns_of(node.raw_expr)
    return AddConstraint(
        table=table,
        kind=kind,
        name=node.conname,
        columns=columns or ((column,) if column else ()),
        not_valid=node.skip_validation,
        index=node.indexname,
        referenced=relation(node.pktable) if has(node, "pktable") else None,
        in_column=bool(column),
        on_domain=on_domain,
        offset=max(offset, node.location, 0),
    )


def columns_of(expression: Node) -> tuple[str, ...]:
    """Return the names of columns in an expression, each once, in order."""
    found = [strings(each.fields)[-1:] for each in walk(expression) if kind_of(each) == "ColumnRef"]
    return tuple(dict.fromkeys(name for names in found for name in names))


def _alter_column(table: Name, command: Node, detail: Node, what: str, offset: int) -> AlterColumn:
    using = zone = False
    if what == "AlterColumnType":
        using = has(detail, "raw_default")
        zone = using and any(
            kind_of(each) == "FuncCall" and strings(each.funcname)[-1:] == ("timezone",)
            for each in walk(detail.raw_default)
        )
    if what == "ColumnDefault":
        what = "SetDefault" if has(command, "def") else "DropDefault"
    return AlterColumn(table=table, column=command.name, what=what, using=using, zone=zone, offset=offset)
