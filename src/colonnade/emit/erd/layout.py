"""Where the boxes stand and the lines run: a layered layout, referenced tables to the left.

Sugiyama, Tagawa and Toda 1981: layers by longest path, order within a layer by barycentre, long edges through places of
their own between the boxes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from colonnade.emit.erd.boxes import Box
from colonnade.emit.erd.lanes import Turn, in_lanes
from colonnade.schema import ForeignKey, Schema, Table

_GAP_Y = 26
_LANE = 11
_GAP_X = 56
_PASS_HEIGHT = 12
_SWEEPS = 12
_MARGIN = 24
_TALL = 1.6  # a layer is split when it would be this much taller than the mean area asks for


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A foreign key as a polyline from the referenced box to the referencing one."""

    table: Table
    key: ForeignKey
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Every box with its left upper corner, every edge, and the size of the whole."""

    places: Mapping[str, tuple[float, float]]
    edges: tuple[Edge, ...]
    width: float
    height: float


@dataclass(eq=False, kw_only=True)
class _Node:
    """A box, or a place where a long edge passes through a layer."""

    name: str
    layer: int
    width: float
    height: float
    box: Box | None = None
    before: list[_Node] = field(default_factory=list)
    after: list[_Node] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


def layout(schema: Schema, boxes: Sequence[Box]) -> Layout:
    """Return where everything goes; the same schema always gives the same picture."""
    by_name = {box.name: box for box in boxes}
    keys = [
        (table, key)
        for table in schema.tables
        for key in table.foreign_keys
        if table.name in by_name and key.referenced_table in by_name
    ]
    layers = _layers(by_name, [(key.referenced_table, table.name) for table, key in keys])
    nodes = {
        name: _Node(name=name, layer=layers[name], width=box.width, height=box.height, box=box)
        for name, box in by_name.items()
    }
    chains = [_chain(nodes[key.referenced_table], nodes[table.name]) for table, key in keys]
    columns = _columns([*nodes.values(), *(node for chain in chains for node in chain[1:-1] if node.box is None)])
    _order(columns)
    lanes = _gaps(columns, chains)
    _place_x(columns, lanes)
    _place_y(columns)
    edges = _route(keys, chains, columns)
    width = max((node.x + node.width for node in nodes.values()), default=0) + _MARGIN
    right = max((x for edge in edges for x, _ in edge.points), default=0) + _MARGIN
    height = max((node.y + node.height for column in columns for node in column), default=0) + _MARGIN
    return Layout(
        places={name: (node.x, node.y) for name, node in nodes.items()},
        edges=edges,
        width=max(width, right),
        height=height,
    )


def _layers(boxes: Mapping[str, Box], pairs: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Return the layer of each table: one more than the furthest table it refers to; circles are cut."""
    targets: dict[str, set[str]] = {name: set() for name in boxes}
    for referenced, referencing in pairs:
        if referenced != referencing:
            targets[referencing].add(referenced)
    layers: dict[str, int] = {}
    open_: set[str] = set()

    def visit(name: str) -> int:
        if name not in layers:
            open_.add(name)
            above = [visit(target) for target in sorted(targets[name]) if target not in open_]
            open_.discard(name)
            layers[name] = 1 + max(above, default=-1)
        return layers[name]

    for name in sorted(boxes):
        visit(name)
    return _balanced(boxes, layers, targets)


def _balanced(boxes: Mapping[str, Box], layers: dict[str, int], targets: Mapping[str, set[str]]) -> dict[str, int]:
    """Return the layers with the overfull ones split, so that the picture is not one tall column."""
    area = sum((box.width + _GAP_X) * (box.height + _GAP_Y) for box in boxes.values())
    tallest = max(_TALL * (area**0.5), *(box.height for box in boxes.values())) if boxes else 0
    alone = sorted(name for name in boxes if not targets[name] and not any(name in each for each in targets.values()))
    result: dict[str, int] = {}
    column = 0
    for layer in range(max(layers.values(), default=-1) + 1):
        filled = 0.0
        members = [name for name in sorted(boxes) if layers[name] == layer and name not in alone]
        for name in members:
            if filled and filled + boxes[name].height > tallest:
                column, filled = column + 1, 0.0
            result[name] = column
            filled += boxes[name].height + _GAP_Y
        column += 1 if members else 0
    filled = 0.0
    for name in alone:
        if filled and filled + boxes[name].height > tallest:
            column, filled = column + 1, 0.0
        result[name] = column
        filled += boxes[name].height + _GAP_Y
    return result


def _chain(start: _Node, end: _Node) -> list[_Node]:
    """Return the nodes that an edge goes through, with new ones in the layers between."""
    if start is end or start.layer == end.layer:
        return [start, end]
    first, last = (start, end) if start.layer < end.layer else (end, start)
    passed = range(first.layer + 1, last.layer)
    name = f"{start.name}\0{end.name}"
    chain = [first, *(_Node(name=name, layer=layer, width=0, height=_PASS_HEIGHT) for layer in passed), last]
    for left, right in itertools.pairwise(chain):
        left.after.append(right)
        right.before.append(left)
    return chain


def _columns(nodes: Iterable[_Node]) -> list[list[_Node]]:
    found: dict[int, list[_Node]] = {}
    for node in nodes:
        found.setdefault(node.layer, []).append(node)
    return [sorted(found[layer], key=lambda node: node.name) for layer in sorted(found)]


def _order(columns: list[list[_Node]]) -> None:
    """Sort each column by the mean place of its neighbours, to and fro, until little crosses."""
    places = {id(node): float(number) for column in columns for number, node in enumerate(column)}
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        for column in columns if forth else reversed(columns):
            column.sort(key=lambda node: (_barycentre(node.before if forth else node.after, places, node), node.name))
            places |= {id(node): float(number) for number, node in enumerate(column)}


def _barycentre(neighbours: Sequence[_Node], places: Mapping[int, float], node: _Node) -> float:
    if not neighbours:
        return places[id(node)]
    return sum(places[id(each)] for each in neighbours) / len(neighbours)


def _gaps(columns: list[list[_Node]], chains: Iterable[Sequence[_Node]]) -> list[int]:
    """Return how many lines turn between each column and the next."""
    lanes = [0] * len(columns)
    index = {id(node): number for number, column in enumerate(columns) for node in column}
    for chain in chains:
        for left, right in itertools.pairwise(chain):
            lanes[min(index[id(left)], index[id(right)])] += 1
    return lanes


def _place_x(columns: list[list[_Node]], lanes: Sequence[int]) -> None:
    x = float(_MARGIN)
    for number, column in enumerate(columns):
        widest = max(node.width for node in column)
        for node in column:
            node.x, node.width = x, node.width or widest
        x += widest + _GAP_X + _LANE * lanes[number]


def _place_y(columns: list[list[_Node]]) -> None:
    """Stack each column, then pull each node towards its neighbours as far as the order allows."""
    for column in columns:
        y = float(_MARGIN)
        for node in column:
            node.y = y
            y += node.height + _GAP_Y
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        for column in columns if forth else reversed(columns):
            _pull(column, [node.before if forth else node.after for node in column])
    top = min((node.y for column in columns for node in column), default=0)
    for column in columns:
        for node in column:
            node.y += _MARGIN - top


def _pull(column: list[_Node], neighbours: Sequence[Sequence[_Node]]) -> None:
    """Move the nodes of a column to the mean of their neighbours, keeping order and distance.

    Nodes that would overlap move as one block, placed at the mean of what its members want.
    """
    blocks: list[list[tuple[_Node, float]]] = []
    tops: list[float] = []
    for node, near in zip(column, neighbours, strict=True):
        wish = sum(each.middle for each in near) / len(near) - node.height / 2 if near else node.y
        blocks.append([(node, wish)])
        tops.append(wish)
        while len(blocks) > 1 and tops[-2] + _extent(blocks[-2]) > tops[-1]:
            last = blocks.pop()
            tops.pop()
            blocks[-1] += last
            tops[-1] = _block_top(blocks[-1])
    for block, top in zip(blocks, tops, strict=True):
        y = top
        for node, _ in block:
            node.y = y
            y += node.height + _GAP_Y


def _extent(block: Sequence[tuple[_Node, float]]) -> float:
    return sum(node.height + _GAP_Y for node, _ in block)


def _block_top(block: Sequence[tuple[_Node, float]]) -> float:
    offset, wishes = 0.0, 0.0
    for node, wish in block:
        wishes += wish - offset
        offset += node.height + _GAP_Y
    return wishes / len(block)


def _route(
    keys: Sequence[tuple[Table, ForeignKey]], chains: Sequence[Sequence[_Node]], columns: list[list[_Node]]
) -> tuple[Edge, ...]:
    """Return the polylines: level through the layers, each turning between two columns in a lane of its own."""
    right = [max(node.x + node.width for node in column) for column in columns]
    index = {id(node): number for number, column in enumerate(columns) for node in column}
    order = sorted(range(len(keys)), key=lambda number: (chains[number][0].middle, chains[number][-1].middle, number))
    turns: dict[int, list[Turn]] = {}
    for number in order:
        for place, (left, following) in enumerate(itertools.pairwise(chains[number])):
            turn = _turn((number, place), (left, following), keys[number], index)
            turns.setdefault(index[id(left)], []).append(turn)
    lanes = {
        turn.edge: right[column] + _GAP_X / 2 + _LANE * lane
        for column, members in turns.items()
        for lane, turn in enumerate(in_lanes(members))
    }
    return tuple(
        Edge(table=table, key=key, points=_straightened(_points(number, chains[number], (table, key), lanes, index)))
        for number, (table, key) in enumerate(keys)
    )


def _turn(
    edge: tuple[int, int], nodes: tuple[_Node, _Node], keyed: tuple[Table, ForeignKey], index: Mapping[int, int]
) -> Turn:
    """Return how one step of an edge turns; a step within one column goes out to the right and back."""
    left, following = nodes
    if index[id(left)] == index[id(following)]:
        return Turn(edge=edge, lefts=_loop_heights(left, following, keyed[1]), rights=())
    return Turn(edge=edge, lefts=(_height(left, *keyed),), rights=(_height(following, *keyed),))


def _points(
    number: int,
    chain: Sequence[_Node],
    keyed: tuple[Table, ForeignKey],
    lanes: Mapping[tuple[int, int], float],
    index: Mapping[int, int],
) -> list[tuple[float, float]]:
    """Return the corners of an edge from the referenced box to the referencing one."""
    key = keyed[1]
    if index[id(chain[0])] == index[id(chain[-1])]:
        start, end = (chain[0], chain[-1]) if chain[0].name == key.referenced_table else (chain[-1], chain[0])
        from_y, to_y = _loop_heights(start, end, key)
        lane = lanes[number, 0]
        return [(start.x + start.width, from_y), (lane, from_y), (lane, to_y), (end.x + end.width, to_y)]
    points: list[tuple[float, float]] = []
    for place, (left, following) in enumerate(itertools.pairwise(chain)):
        lane, from_y, to_y = lanes[number, place], _height(left, *keyed), _height(following, *keyed)
        edge = left.x + left.width if left.box else left.x
        points += [(edge, from_y), (lane, from_y), (lane, to_y), (following.x, to_y)]
    if chain[0].name != key.referenced_table:
        points.reverse()
    return points


def _height(node: _Node, table: Table, key: ForeignKey) -> float:
    """Return the height at which an edge meets a node: at the column that it is about."""
    if node.box is None:
        return node.middle
    column = key.columns[0] if node.name == table.name else key.referenced_columns[0]
    return node.y + node.box.row_middle(column)


def _loop_heights(start: _Node, end: _Node, key: ForeignKey) -> tuple[float, float]:
    """Return the heights at which a reference within one column leaves the referenced box and meets the other."""
    if start.name != key.referenced_table:
        start, end = end, start
    from_y = start.y + (start.box.row_middle(key.referenced_columns[0]) if start.box else 0)
    return from_y, end.y + (end.box.row_middle(key.columns[0]) if end.box else 0)


def _straightened(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Return the points without those that lie on the line between their neighbours."""
    kept: list[tuple[float, float]] = []
    for point in points:
        if kept and kept[-1] == point:
            continue
        while len(kept) > 1 and (kept[-2][0] == kept[-1][0] == point[0] or kept[-2][1] == kept[-1][1] == point[1]):
            kept.pop()
        kept.append(point)
    return tuple(kept)
