"""The SQL of an access pattern over the designed schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from colonnade.design.decision import Draft
from colonnade.design.design import Design
from colonnade.design.history import live_predicate
from colonnade.design.lookups import identifies
from colonnade.design.ownership import reaches_beyond, under_policy, wide_role
from colonnade.design.pattern_conditions import renamed
from colonnade.design.places import Places, key_columns
from colonnade.design.query_conditions import Conditions, ParameterRole, QueryParameter
from colonnade.design.report_queries import report
from colonnade.design.shapes import OrderKey, Shape, shapes
from colonnade.spec import AccessPattern
from colonnade.sql.identifier import quote
from colonnade.sql.tokens import tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternQuery:
    """One statement of an access pattern, with `$1`, `$2` … for its parameters.

    `driving_table` is the pattern's own. `expects_bounded` says that a page or one row is asked for, so the work
    must not grow with the table; `limit` is the size of the page. `isolated` says that the statement runs as the
    application role, under the policy of its table; `wide_role` is the role for what reaches beyond one owner. `alone`
    leaves the owner to that policy. `ordered` says that an index of the table could give the rows in order: no search,
    no link to many, no two choices at once stand between. `combined` is of two choices at once, for which no index is
    promised.
    """

    pattern_id: str
    label: str
    sql: str
    parameters: tuple[QueryParameter, ...]
    driving_table: str
    expects_bounded: bool
    limit: int | None = None
    isolated: bool = False
    wide_role: str = ""
    alone: bool = False
    ordered: bool = True
    combined: bool = False


def queries(design: Design, pattern: AccessPattern) -> tuple[PatternQuery, ...]:
    """Return the statements of a pattern: the default one, one for each filter, range and order, a few together.

    For pages after a cursor also the next page. Owner's patterns name the owner; where a policy does so as well, the
    default list comes once more without.
    """
    return queries_at(design_places(design), pattern)


def design_places(design: Design) -> Places:
    """Return where the names of a design's spec live; to be made once for many patterns."""
    return Places(design.spec, Draft(schema=design.schema, bindings=design.bindings))


def queries_at(places: Places, pattern: AccessPattern) -> tuple[PatternQuery, ...]:
    """Return what `queries` does, from places that are known already."""
    if not places.has_table(pattern.entity):
        return ()
    secured = under_policy(places, pattern)
    found: Iterable[PatternQuery]
    if pattern.sql is not None:
        found = (_stated(places, pattern),)
    elif pattern.kind == "write":
        found = _writes(places, pattern)
    elif pattern.kind in {"aggregate", "report"}:
        found = (_report(places, shape) for shape in shapes(places, pattern))
    else:
        found = _reads(places, pattern, secured=secured)
    wide = wide_role(places.spec, pattern) if reaches_beyond(places, pattern) else ""
    return tuple(replace(query, isolated=secured, wide_role=wide) for query in found)


def _reads(places: Places, pattern: AccessPattern, *, secured: bool) -> Iterator[PatternQuery]:
    """Yield the statements of a get, list, search or job."""
    for shape in shapes(places, pattern):
        yield _read(places, shape, "")
        if (
            secured
            and pattern.kind == "list"
            and shape.label == "default"
            and shape.owner is not None
            and shape.owner.direct
        ):
            alone = _read(places, replace(shape, owner=None), "by policy alone")
            yield replace(alone, alone=True)
        if pattern.page.style == "cursor" and shape.order and all(key.place.own for key in shape.order):
            yield _read(places, shape, "next page", after=shape.order)
            if shape.order[0].nullable and len(shape.order) > 1 and not _bounded(shape, shape.order[0].column):
                yield _read(places, shape, "next page of those without", after=shape.order[1:], absent=shape.order[0])


def _bounded(shape: Shape, column: str) -> bool:
    """Tell whether the form leaves out the rows without a value in the column."""
    ranges = {name for each in shape.ranges if each.place.own for name in each.place.columns}
    return column in ranges or any(part.range_column == column for part in shape.parts)


def _read(
    places: Places,
    shape: Shape,
    suffix: str,
    *,
    after: tuple[OrderKey, ...] = (),
    absent: OrderKey | None = None,
) -> PatternQuery:
    """Return a SELECT of whole rows in the form's order."""
    pattern = shape.pattern
    writer = Conditions(places)
    alias = writer.alias(shape.table)
    conditions = list(base_conditions(writer, shape, alias))
    if absent is not None:
        conditions.append(f"{quote(alias)}.{quote(absent.column)} IS NULL")
    if after:
        conditions.append(writer.after(alias, after))
    lines = [f"SELECT {quote(alias)}.*", f"FROM {writer.source(shape.table, alias)}"]
    lines += [f"WHERE {_joined(conditions)}"] if conditions else []
    lines += [f"ORDER BY {writer.ordered_by(alias, shape.order)}"] if shape.order else []
    lines += [f"LIMIT {shape.limit}"] if shape.limit is not None else []
    if pattern.page.style in {"offset", "page"}:
        lines.append(f"OFFSET {writer.plain('offset', 'offset', 'bigint')}")
    return PatternQuery(
        pattern_id=pattern.id,
        label=", ".join(part for part in (shape.label, suffix) if part),
        sql="\n".join(lines),
        parameters=tuple(writer.parameters),
        driving_table=shape.table,
        expects_bounded=pattern.kind == "get" or shape.limit is not None,
        limit=shape.limit,
        ordered=_ordered(shape),
        combined=shape.combined,
    )


def _ordered(shape: Shape) -> bool:
    """Tell whether an index of the table alone can hold the form's rows together and in order."""
    linked = any(step.many for each in shape.equality for step in each.place.steps)
    elsewhere = any(not key.place.own for key in shape.order) or any(not each.place.own for each in shape.ranges)
    through_parents = shape.owner is not None and not shape.owner.direct
    contained = any(each.contained for each in shape.equality)
    return not (shape.search or shape.combined or linked or elsewhere or through_parents or contained)


def base_conditions(
    writer: Conditions, shape: Shape, alias: str, *, own: Callable[[str], str | None] | None = None
) -> Iterator[str]:
    """Yield the conditions of a form: whose rows, which ones, the fixed ones, the searched text.

    `own` qualifies the bare columns of the fixed ones, where other tables are joined.
    """
    if shape.owner is not None:
        yield writer.owned(alias, shape.owner)
    role: ParameterRole = "key" if shape.pattern.kind in {"get", "write"} else "filter"
    for filter_ in shape.equality:
        yield writer.filtered(alias, filter_, shape.pattern, role=role)
    for range_ in shape.ranges:
        yield writer.between(alias, range_)
    yield from (renamed(part.text, own) if own else part.text for part in shape.parts)
    if shape.search:
        yield writer.searched(alias, shape.search, shape.pattern.search_mode)


def _report(places: Places, shape: Shape) -> PatternQuery:
    """Return a SELECT of groups and measures."""
    writer = Conditions(places)
    sql = report(places, writer, shape, base_conditions)
    return PatternQuery(
        pattern_id=shape.pattern.id,
        label=shape.label,
        sql=sql,
        parameters=tuple(writer.parameters),
        driving_table=shape.table,
        expects_bounded=shape.limit is not None,
        limit=shape.limit,
    )


def _writes(places: Places, pattern: AccessPattern) -> Iterator[PatternQuery]:
    """Yield the statement of a write."""
    writer = Conditions(places)
    table = places.table(pattern.entity)
    alias = writer.alias(table.name)
    if pattern.writes == "insert":
        sql = _insert(places, pattern, writer)
    else:
        found = shapes(places, pattern)
        if not found:
            return
        shape = found[0]
        sets = _assignments(places, pattern, writer)
        conditions = list(base_conditions(writer, shape, alias))
        conditions += _version(places, pattern, writer)
        where = f"\nWHERE {_joined(conditions)}" if conditions else ""
        if pattern.writes == "delete" and not sets:
            sql = f"DELETE FROM {table.identifier}{where}"  # noqa: S608 - names are quoted
        else:
            sql = f"UPDATE {table.identifier}\nSET {', '.join(sets)}{where}"
    yield PatternQuery(
        pattern_id=pattern.id,
        label=pattern.writes or "update",
        sql=sql,
        parameters=tuple(writer.parameters),
        driving_table=table.name,
        expects_bounded=pattern.writes == "insert" or identifies(places, pattern),
    )


def _insert(places: Places, pattern: AccessPattern, writer: Conditions) -> str:
    """Return an INSERT that gives every column the database does not fill by itself."""
    table = places.table(pattern.entity)
    columns = [
        column.name
        for column in table.columns
        if not column.identity and column.generated is None and column.default is None
    ]
    if not columns:
        return f"INSERT INTO {table.identifier} DEFAULT VALUES"
    values = [writer.parameter(name, "value", table=table.name, column=name) for name in columns]
    names = ", ".join(map(quote, columns))
    return f"INSERT INTO {table.identifier} ({names})\nVALUES ({', '.join(values)})"


def _assignments(places: Places, pattern: AccessPattern, writer: Conditions) -> list[str]:
    """Return what an update sets; a soft deletion sets its mark, a real one nothing."""
    entity = places.entities[pattern.entity]
    if pattern.writes == "delete":
        mark = live_predicate(entity)
        if not mark:
            return []
        column = next(token.name for token in tokens(mark) if token.name and token.name != "not")
        timed = mark.endswith("IS NULL")
        return [f"{quote(column)} = {'now()' if timed else 'true'}"]
    table = places.table(pattern.entity)
    fixed = set(key_columns(table))
    chosen = pattern.sets or tuple(each.name for each in entity.attributes if each.role == "plain")
    found = [place for name in chosen if (place := places.place(pattern.entity, name)) is not None and place.own]
    columns = dict.fromkeys(name for place in found for name in place.columns if name not in fixed)
    open_ = [name for name in columns if table.column(name).generated is None]
    assigned = [f"{quote(name)} = {writer.parameter(name, 'value', table=table.name, column=name)}" for name in open_]
    return assigned or [f"{quote(table.columns[-1].name)} = {quote(table.columns[-1].name)}"]


def _version(places: Places, pattern: AccessPattern, writer: Conditions) -> list[str]:
    """Return the condition that nobody else has changed the row since it was read."""
    for attribute in places.entities[pattern.entity].attributes:
        place = places.place(pattern.entity, attribute.name) if attribute.role == "version" else None
        if place is not None and pattern.writes == "update" and pattern.by:
            column = place.columns[0]
            return [f"{quote(column)} = {writer.parameter(column, 'value', table=place.table, column=column)}"]
    return []


def _stated(places: Places, pattern: AccessPattern) -> PatternQuery:
    """Return the statement that the spec gives; `:name` becomes a parameter, typed by the column of that name."""
    table = places.table(pattern.entity)
    parts: list[str] = []
    parameters: dict[str, QueryParameter] = {}
    known = list(tokens(pattern.sql or ""))
    for position, token in enumerate(known):
        before = known[position - 1].text if position else ""
        if token.name and before == ":":
            parts.pop()
            type_ = table.column(token.name).type if table.has_column(token.name) else ""
            column = token.name if type_ else ""
            parameters.setdefault(
                token.name,
                QueryParameter(name=token.name, type=type_, role="filter", table=table.name, column=column),
            )
            parts.append(f"${list(parameters).index(token.name) + 1}")
        else:
            parts.append(token.text)
    return PatternQuery(
        pattern_id=pattern.id,
        label="as stated",
        sql="".join(parts).strip().removesuffix(";"),
        parameters=tuple(parameters.values()),
        driving_table=table.name,
        expects_bounded=pattern.page.style != "none",
        limit=pattern.page.size if pattern.page.style != "none" else None,
    )


def _joined(conditions: list[str]) -> str:
    """Return conditions joined by AND, those with an OR at the top in parentheses."""
    return "\n  AND ".join(f"({each})" if _has_or(each) else each for each in conditions)


def _has_or(condition: str) -> bool:
    depth = 0
    for token in tokens(condition):
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "symbol" else 0
        if depth == 0 and token.is_word("or"):
            return True
    return False
