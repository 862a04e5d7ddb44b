"""What the decisions about indexes say: what for, instead of what, at what cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from colonnade.design.decision import Rejected
from colonnade.design.index_choice import Choice
from colonnade.schema import Index, Table

PLAIN_SOURCE = "postgresql.org/docs/current/indexes-multicolumn.html"
_PAGE_FILL = 0.9
_ENTRY_BYTES = 12  # line pointer and tuple header
_WIDTHS = {"boolean": 1, "smallint": 2, "integer": 4, "date": 4, "uuid": 16, "text": 24, "numeric": 8}
_MOST_NAMED = 6


def purpose_text(choice: Choice, index: Index, *, covered: tuple[str, ...]) -> str:
    """Return what the index does, and for which forms of which patterns."""
    first = choice.first
    assert first is not None  # noqa: S101 - only new choices are built
    parts: list[str] = []
    if first.pattern is None:
        parts.append("Deleting or renaming the referenced row looks for what refers to it; without it, in every row.")
    else:
        parts.append(f"Serves {_listed(_forms(choice))}: {_mechanism(choice)}.")
        if covered:
            parts.append(f"It leads with the columns of {_listed(covered)}, so the check needs no index of its own.")
    if choice.widened:
        parts.append("It holds deleted rows too, because a partial index cannot serve the check of a foreign key.")
    if index.include:
        parts.append(f"It carries {_listed(index.include)}, so the totals are read from the index alone.")
    return " ".join(parts)


def rejected_for(choice: Choice, table: Table, *, others: Iterable[Choice]) -> tuple[Rejected, ...]:
    """Return the alternatives to an index, and why each was not taken."""
    first = choice.first
    assert first is not None  # noqa: S101 - only new choices are built
    found: list[Rejected] = []
    texts = [key.text for key in first.keys]
    if first.pattern is None:
        found.append(
            Rejected(choice="no index", reason=f"each delete of a referenced row would read all of {table.name}")
        )
    elif first.order and first.equality and first.purpose == "link":
        found.append(Rejected(choice="the key read backwards", reason="a key finds nothing by its later columns"))
    elif first.order and first.equality:
        leading = ", ".join(key.text for key in first.equality)
        found.append(
            Rejected(choice=f"{table.name} ({leading})", reason="finds the rows, then sorts all of them for a page")
        )
        reversed_keys = ", ".join([*texts[len(first.equality) :], *texts[: len(first.equality)]])
        found.append(
            Rejected(
                choice=f"{table.name} ({reversed_keys})", reason="a range or order first bounds nothing by equality"
            )
        )
    elif first.order:
        found.append(Rejected(choice="no index", reason="every page would sort the whole table"))
    elif len(texts) > 1:
        found.append(
            Rejected(choice="one index per column", reason="two reads and a merge of their results for each call")
        )
    if first.alive and not choice.widened:
        found.append(Rejected(choice="an index of all rows", reason="deleted rows are never asked for"))
    beside = [each for each in others if each is not choice and each.keys[: len(choice.keys)] == choice.keys]
    if beside:
        found.append(Rejected(choice="the longer index alone", reason="it is limited to other rows"))
    return tuple(found)


def write_cost(index: Index, table: Table, *, rows: int | None, updated: frozenset[str]) -> str:
    """Return what the index costs each write, and its size at the planned volume."""
    if index.method == "brin":
        return "It costs a write next to nothing."
    text = "Each insert writes one more entry"
    if index.method == "gin":
        text = "Each insert writes one entry for each part of the value"
    if rows and index.method == "btree" and not index.predicate:
        text += f" (about {_size(rows * _entry_bytes(index, table))} at {rows:,} rows)"
    held = {*index.columns, *index.include}
    changed = sorted(held & updated)
    if changed:
        text += f"; an update of {_listed(changed)} can no longer stay on its page (HOT)"
    return text + "."


def _mechanism(choice: Choice) -> str:
    first = choice.first
    assert first is not None  # noqa: S101 - only new choices are built
    equal = _listed([key.text for key in first.equality])
    order = [key.text + (" DESC" if key.descending else "") for key in first.order]
    if first.purpose == "link" and order:
        return f"equal {equal} first, with {_listed(order)} beside it, so the links are read from the index alone"
    if first.equality and order and first.purpose == "range":
        return f"equal {equal} first, then the range of {order[0]}"
    if first.equality and order:
        return f"equal {equal} first, then already in the order {', '.join(order)}, so a page reads a page"
    if order:
        return f"already in the order {', '.join(order)}, so a page reads a page"
    return f"the rows with equal {equal} lie together"


def _forms(choice: Choice) -> list[str]:
    """Return the forms served, as `pattern (form, form)`."""
    forms: dict[str, list[str]] = {}
    for need in choice.needs:
        if need.pattern is not None:
            forms.setdefault(need.pattern.id, []).append(need.label)
    return [f"{name} ({', '.join(dict.fromkeys(labels))})" for name, labels in forms.items()]


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    more = len(found) - _MOST_NAMED
    if more > 0:
        found = [*found[:_MOST_NAMED], f"{more} more"]
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}" if found else ""


def _entry_bytes(index: Index, table: Table) -> float:
    return (_ENTRY_BYTES + sum(_key_widths(index, table))) / _PAGE_FILL


def _key_widths(index: Index, table: Table) -> Iterator[int]:
    for key in index.keys:
        yield _WIDTHS.get(table.column(key.column).type.split("(")[0], 8) if key.column else _WIDTHS["text"]
    for name in index.include:
        yield _WIDTHS.get(table.column(name).type.split("(")[0], 8)


def _size(size_bytes: float) -> str:
    """Return a size in the unit that suits it."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if size_bytes >= factor:
            return (
                f"{size_bytes / factor:,.1f} {unit}"
                if size_bytes < 10 * factor
                else f"{size_bytes / factor:,.0f} {unit}"
            )
    return f"{max(1, round(size_bytes / 1e3)):,} kB"
