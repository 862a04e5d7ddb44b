"""The acts of INSERT, UPDATE, DELETE, MERGE and SELECT."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from colonnade.review.plan.acts import Act, Query, Setting, Write
from colonnade.review.plan.tree import Node, choice, constant, has, inner, kind_of, relation, strings, walk

_UP = frozenset((">", ">="))
_DOWN = frozenset(("<", "<="))


def write_acts(node: Node) -> Iterator[Act]:
    """Yield the act of a statement that writes rows, and of those in its WITH."""
    yield from _of_with(node)
    kind = kind_of(node).removesuffix("Stmt").upper()
    pinned, bounded = _conditions(node.where_clause) if _filtered(node) else (frozenset(), frozenset())
    selects = kind == "MERGE" or (kind == "INSERT" and has(node, "select_stmt") and _reads_a_table(node.select_stmt))
    yield Write(
        kind=kind,
        table=relation(node.relation),
        filtered=_filtered(node),
        pinned=pinned,
        bounded=bounded,
        selects=selects,
        columns=_written(node, kind),
    )


def query_acts(node: Node) -> Iterator[Act]:
    """Yield the acts of a SELECT: writes in its WITH, settings that it makes, and the query itself."""
    yield from _of_with(node)
    calls = [each for each in walk(node) if kind_of(each) == "FuncCall"]
    for call in calls:
        if strings(call.funcname)[-1:] == ("set_config",) and len(call.args) == 3:
            name, value, local = (constant(each) for each in call.args)
            yield Setting(name=(name or "").lower(), value=value or "", local=local in ("true", "t", "on", "1"))
    yield Query(
        functions=frozenset(strings(call.funcname)[-1] for call in calls),
        tables=frozenset(relation(each) for each in walk(node) if kind_of(each) == "RangeVar"),
    )


def _filtered(node: Node) -> bool:
    return kind_of(node) in ("UpdateStmt", "DeleteStmt") and has(node, "where_clause")


def _of_with(node: Node) -> Iterator[Act]:
    if has(node, "with_clause"):
        for each in node.with_clause.ctes:
            query = inner(inner(each).ctequery)
            if kind_of(query) != "SelectStmt":
                yield from write_acts(query)


def _reads_a_table(query: Node) -> bool:
    """Tell whether the rows come from a relation; VALUES and generated rows do not."""
    return any(kind_of(each) == "RangeVar" for each in walk(query))


def _written(node: Node, kind: str) -> tuple[str, ...]:
    if kind == "INSERT":
        return tuple(inner(each).name for each in node.cols)
    if kind == "UPDATE":
        return tuple(inner(each).name for each in node.target_list)
    return ()


def _conditions(condition: Node) -> tuple[frozenset[str], frozenset[str]]:
    """Return the columns that a condition equates with constants, and those that it bounds on both sides."""
    pinned: set[str] = set()
    sides: Counter[str] = Counter()
    bounded: set[str] = set()
    for each in _conjuncts(inner(condition)):
        if kind_of(each) != "A_Expr" or kind_of(inner(each.lexpr)) != "ColumnRef":
            continue
        column = strings(inner(each.lexpr).fields)[-1:]
        if not column or not _is_given(each.rexpr):
            continue
        kind, operator = choice(each, "kind"), strings(each.name)[-1:]
        if kind == "AEXPR_IN" or (kind in ("AEXPR_OP", "AEXPR_OP_ANY") and operator == ("=",)):
            pinned.add(column[0])
        elif kind == "AEXPR_BETWEEN":
            bounded.add(column[0])
        elif kind == "AEXPR_OP" and operator and operator[0] in _UP | _DOWN:
            sides[column[0]] |= 1 if operator[0] in _UP else 2
    return frozenset(pinned), frozenset(bounded | {column for column, both in sides.items() if both == 3})


def _is_given(node: Node) -> bool:
    """Tell whether a value is known before rows are read: constants, parameters and variables of a block."""
    if hasattr(node, "DESCRIPTOR"):
        return not any(kind_of(each) in ("SubLink", "SelectStmt") for each in walk(node))
    return True


def _conjuncts(node: Node) -> Iterator[Node]:
    if kind_of(node) == "BoolExpr" and choice(node, "boolop") == "AND_EXPR":
        for each in node.args:
            yield from _conjuncts(inner(each))
    else:
        yield node
