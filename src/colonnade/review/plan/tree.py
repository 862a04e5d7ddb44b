"""Syntax trees of Postgres's own parser: the statements of a text, and what is often asked of a node."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import postgast

from colonnade.errors import StatementError
from colonnade.review.plan.acts import Name
from colonnade.span import Span

Node = Any
"""A message of the parser's, which come without types."""

_SYNTAX_ERROR = "42601"


def parse(sql: str, *, at: Span) -> tuple[Node, ...]:
    """Return the syntax tree of each statement; raises StatementError with the place of what is no SQL."""
    try:
        parsed = postgast.parse(sql)
    except postgast.PgQueryError as problem:
        line = at.line + sql.count("\n", 0, max(0, problem.cursorpos - 1))
        raise StatementError(
            str(problem.message),
            sqlstate=_SYNTAX_ERROR,
            statement=sql,
            at=Span(path=at.path, line=line, quote=sql.strip().splitlines()[0][:80] if sql.strip() else ""),
        ) from None
    return tuple(inner(raw.stmt) for raw in parsed.stmts)


def inner(node: Node) -> Node:
    """Return what a node wraps."""
    kind = node.WhichOneof("node") if hasattr(node, "WhichOneof") else None
    return getattr(node, kind) if kind else node


def kind_of(node: Node) -> str:
    """Return what the parser calls a node: `IndexStmt`."""
    return str(node.DESCRIPTOR.name)


def choice(node: Node, field: str) -> str:
    """Return the name of a node's enumerated field."""
    value = node.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number[getattr(node, field)]
    return str(value.name)


def object_kind(node: Node, field: str) -> str:
    """Return a kind of object as people say it: `MATERIALIZED VIEW`."""
    name = choice(node, field).removeprefix("OBJECT_")
    return {"MATVIEW": "MATERIALIZED VIEW", "TABCONSTRAINT": "CONSTRAINT"}.get(name, name.replace("_", " "))


def relation(node: Node) -> Name:
    """Return the name of a RangeVar."""
    return Name(node.schemaname, node.relname)


def listed_name(node: Node) -> Name:
    """Return the name that a list of strings spells, or a type, a function with its arguments, a single string."""
    node = inner(node)
    match kind_of(node):
        case "String":
            return Name("", node.sval)
        case "TypeName":
            parts = [inner(each).sval for each in node.names]
        case "ObjectWithArgs":
            parts = [inner(each).sval for each in node.objname]
        case "RangeVar":
            return relation(node)
        case "List":
            items = [inner(each) for each in node.items]
            if items and kind_of(items[0]) != "String":
                return listed_name(items[0])
            parts = [each.sval for each in items if kind_of(each) == "String"]
        case _:
            parts = []
    return Name(parts[-2] if len(parts) > 1 else "", parts[-1]) if parts else Name("", "")


def strings(nodes: Any) -> tuple[str, ...]:
    """Return the texts of a list of strings."""
    return tuple(inner(each).sval for each in nodes if kind_of(inner(each)) == "String")


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and everything in it."""
    for _, each in postgast.walk(node):
        yield each


def has(node: Node, field: str) -> bool:
    """Tell whether a node has such a part."""
    return bool(node.HasField(field))


def constant(node: Node) -> str | None:
    """Return the text of a constant, be it cast; None for anything else."""
    node = inner(node)
    match kind_of(node):
        case "A_Const":
            return _constant(node)
        case "TypeCast":
            return constant(node.arg)
        case "TypeName":  # SET and options take a bare word for a type
            return strings(node.names)[-1] if node.names else None
        case "String":
            return str(node.sval)
        case "Integer":
            return str(node.ival)
        case "Boolean":
            return "true" if node.boolval else "false"
    return None


def _constant(node: Node) -> str | None:
    match node.WhichOneof("val"):
        case "sval":
            return str(node.sval.sval)
        case "ival":
            return str(node.ival.ival)
        case "fval":
            return str(node.fval.fval)
        case "boolval":
            return "true" if node.boolval.boolval else "false"
        case "bsval":
            return str(node.bsval.bsval)
    return None
