"""The diagram as one self-contained SVG: no script, no font and no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from colonnade.emit.erd.boxes import HEADER_HEIGHT, ROW_HEIGHT, Box, boxes
from colonnade.emit.erd.layout import Edge, Layout, layout
from colonnade.emit.erd.mermaid import is_optional, is_unique
from colonnade.schema import Schema

_RADIUS = 7.0
_FOOT = 10

_STYLE = """\
    .erd { background: #ffffff; }
    .erd text { font: 12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1f2937; }
    .erd .name { font: 600 13px system-ui, "DejaVu Sans", "Segoe UI", sans-serif; fill: #ffffff; }
    .erd .type { fill: #6b7280; }
    .erd .mark { font-size: 9px; font-weight: 700; fill: #9333ea; }
    .erd .mark.reference { fill: #0f766e; }
    .erd .optional { fill: #6b7280; font-style: italic; }
    .erd .box { fill: #ffffff; stroke: #cbd5e1; }
    .erd .head { fill: #4f46e5; }
    .erd .head.open { fill: #475569; }
    .erd .head.external { fill: #94a3b8; }
    .erd .line { fill: none; stroke: #64748b; stroke-width: 1.4; }
    .erd .end { fill: #ffffff; stroke: #64748b; stroke-width: 1.4; }
    .erd .stripe { fill: #f8fafc; }
    @media (prefers-color-scheme: dark) {
      .erd { background: #0f172a; }
      .erd text { fill: #e2e8f0; }
      .erd .type, .erd .optional { fill: #94a3b8; }
      .erd .mark { fill: #c084fc; }
      .erd .mark.reference { fill: #2dd4bf; }
      .erd .box { fill: #1e293b; stroke: #334155; }
      .erd .stripe { fill: #233047; }
      .erd .line { stroke: #94a3b8; }
      .erd .end { fill: #0f172a; stroke: #94a3b8; }
    }"""


def svg(schema: Schema, *, links: Mapping[str, str] | None = None) -> str:
    """Return the diagram; isolated tables have a blue head, open ones a grey one.

    `links` makes the boxes of the tables that it names lead to an address.

    Referenced tables stand to the left. A line ends in a crow's foot where there may be many rows, in a bar where there
    is one, with a circle where there may be none.
    """
    drawn = boxes(schema)
    placed = layout(schema, drawn)
    width, height = round(placed.width), round(placed.height)
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    role = 'role="group"' if links else 'role="img"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="erd" {size} {role} aria-label="Entity relationship diagram">',
        "  <style>",
        _STYLE,
        "  </style>",
        *(f"  {line}" for edge in placed.edges for line in _edge(edge)),
        *(f"  {line}" for box in drawn for line in _linked(box, placed, (links or {}).get(box.name, ""))),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _linked(box: Box, placed: Layout, link: str) -> Iterator[str]:
    if link:
        yield f"<a href={quoteattr(link)}>"
    yield from _box(box, placed)
    if link:
        yield "</a>"


def _box(box: Box, placed: Layout) -> Iterator[str]:
    x, y = placed.places[box.name]
    kind = "external" if box.external else "" if box.isolated else "open"
    yield f'<g transform="translate({_number(x)} {_number(y)})">'
    yield f"  <title>{_text(box.name)}</title>"
    yield f'  <rect class="box" width="{box.width}" height="{box.height}" rx="6"/>'
    yield (
        f'  <path class="head {kind}" d="M0 {HEADER_HEIGHT} V6 Q0 0 6 0 H{box.width - 6}'
        f' Q{box.width} 0 {box.width} 6 V{HEADER_HEIGHT} Z"/>'
    )
    yield f'  <text class="name" x="12" y="{HEADER_HEIGHT - 9}">{_text(box.name)}</text>'
    for number, row in enumerate(box.rows):
        top = HEADER_HEIGHT + ROW_HEIGHT * number
        if number % 2:
            yield f'  <rect class="stripe" x="1" y="{top}" width="{box.width - 2}" height="{ROW_HEIGHT}"/>'
        middle = top + ROW_HEIGHT / 2 + 4
        mark = "PK" if row.key else "FK" if row.reference else ""
        if mark:
            kind = "mark" if row.key else "mark reference"
            yield f'  <text class="{kind}" x="10" y="{_number(middle)}">{mark}</text>'
        shown = ' class="optional"' if row.optional else ""
        yield f'  <text{shown} x="32" y="{_number(middle)}">{_text(row.name)}</text>'
        right = f'x="{box.width - 10}" y="{_number(middle)}" text-anchor="end"'
        yield f'  <text class="type" {right}>{_text(row.type)}</text>'
    yield "</g>"


def _edge(edge: Edge) -> Iterator[str]:
    label = f"{edge.table.name}.{', '.join(edge.key.columns)} → {edge.key.referenced_table}"
    yield "<g>"
    yield f"  <title>{_text(label)}, ON DELETE {edge.key.on_delete}</title>"
    yield f'  <path class="line" d={quoteattr(_path(edge.points))}/>'
    optional = is_optional(edge.table, edge.key)
    yield f"  {_one_end(edge.points[0], edge.points[1], optional=optional)}"
    yield f"  {_many_end(edge.points[-1], edge.points[-2], many=not is_unique(edge.table, edge.key))}"
    yield "</g>"


def _path(points: Sequence[tuple[float, float]]) -> str:
    """Return a polyline with round corners."""
    parts = [f"M{_number(points[0][0])} {_number(points[0][1])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(_RADIUS, _distance(before, corner) / 2, _distance(corner, after) / 2)
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        parts.append(f"L{_number(start[0])} {_number(start[1])}")
        parts.append(f"Q{_number(corner[0])} {_number(corner[1])} {_number(end[0])} {_number(end[1])}")
    parts.append(f"L{_number(points[-1][0])} {_number(points[-1][1])}")
    return " ".join(parts)


def _one_end(point: tuple[float, float], next_point: tuple[float, float], *, optional: bool) -> str:
    """Return the mark beside the referenced box: one row, or one or none."""
    side = 1 if next_point[0] >= point[0] else -1
    x, y = point
    bar = f"M{_number(x + 6 * side)} {_number(y - 5)} V{_number(y + 5)}"
    if optional:
        return (
            f'<path class="line" d="{bar}"/><circle class="end" cx="{_number(x + 12 * side)}" cy="{_number(y)}" r="4"/>'
        )
    return f'<path class="line" d="{bar} M{_number(x + 10 * side)} {_number(y - 5)} V{_number(y + 5)}"/>'


def _many_end(point: tuple[float, float], before: tuple[float, float], *, many: bool) -> str:
    """Return the mark beside the referencing box: none or many rows, or none or one."""
    side = 1 if before[0] >= point[0] else -1
    x, y = point
    circle = f'<circle class="end" cx="{_number(x + (_FOOT + 4) * side)}" cy="{_number(y)}" r="4"/>'
    tip = _number(x + _FOOT * side)
    if many:
        foot = f"M{tip} {_number(y)} L{_number(x)} {_number(y - 5)} M{tip} {_number(y)} L{_number(x)} {_number(y + 5)}"
        return f'<path class="line" d="{foot}"/>{circle}'
    return f'<path class="line" d="M{_number(x + 6 * side)} {_number(y - 5)} V{_number(y + 5)}"/>{circle}'


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(start: tuple[float, float], goal: tuple[float, float], length: float) -> tuple[float, float]:
    """Return the point at a distance from the start on a level or upright line to the goal."""
    distance = _distance(start, goal) or 1.0
    return (
        start[0] + (goal[0] - start[0]) * length / distance,
        start[1] + (goal[1] - start[1]) * length / distance,
    )


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _text(text: str) -> str:
    """Return text that XML can hold; control characters, which it cannot, are shown as a sign."""
    return escape("".join(each if each >= " " or each == "\t" else "�" for each in text))
