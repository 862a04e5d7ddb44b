"""Which columns a query sorts by as they are, read from its syntax tree."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.plan.acts import Name
from colonnade.review.plan.tree import Node, constant, has, inner, kind_of, parse, relation, strings
from colonnade.span import Span


def sorted_columns(sql: str, *, at: Span) -> tuple[tuple[Name | None, str], ...]:
    """Return each column in an ORDER BY of the statement, and its table, None where the statement does not say which.

    A column in an expression, be it `lower(name)` or under a collation of its own, is not sorted by as it is. Raises
    StatementError for what is no SQL.
    """
    found = (each for node in parse(sql, at=at) if kind_of(node) == "SelectStmt" for each in _sorted(node))
    return tuple(dict.fromkeys(found))


def _sorted(query: Node) -> Iterator[tuple[Name | None, str]]:
    """Yield what a SELECT sorts by, by position and by the name of an output column too."""
    outputs = [inner(each) for each in query.target_list]
    for each in query.sort_clause:
        key = inner(each).node
        chosen = _output(key, outputs)
        yield from _column(inner(key) if chosen is None else chosen, query)


def _output(key: Node, outputs: list[Node]) -> Node | None:
    """Return the expression of the output column that a key of an order stands for, None where it stands for none."""
    if (number := constant(key)) is not None:
        position = int(number) if number.isdecimal() else 0
        return inner(outputs[position - 1].val) if 0 < position <= len(outputs) else None
    key = inner(key)
    parts = strings(key.fields) if kind_of(key) == "ColumnRef" else ()
    named = [each for each in outputs if len(parts) == 1 and each.name == parts[0]]
    return inner(named[0].val) if named else None


def _column(key: Node, query: Node) -> Iterator[tuple[Name | None, str]]:
    """Yield the column that a key is, also where a subquery looks it up for each row."""
    if kind_of(key) == "SubLink":
        looked_up = inner(key.subselect)
        if kind_of(looked_up) == "SelectStmt" and len(looked_up.target_list) == 1:
            yield from _column(inner(inner(looked_up.target_list[0]).val), looked_up)
        return
    parts = strings(key.fields) if kind_of(key) == "ColumnRef" else ()
    if not parts:
        return
    tables = dict(_tables(query.from_clause))
    if len(parts) > 1:
        if parts[-2] in tables:
            yield tables[parts[-2]], parts[-1]
    else:
        yield (next(iter(tables.values())) if len(tables) == 1 else None), parts[0]


def _tables(nodes: Node) -> Iterator[tuple[str, Name]]:
    """Yield the tables of a FROM clause by the names that the query calls them by."""
    for each in nodes:
        node = inner(each)
        match kind_of(node):
            case "RangeVar":
                yield (node.alias.aliasname if has(node, "alias") else node.relname), relation(node)
            case "JoinExpr":
                yield from _tables((node.larg, node.rarg))
