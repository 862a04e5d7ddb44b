"""Values to try in a column: plain ones, and those at both sides of every edge that a condition speaks of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import cycle, islice

from colonnade.prove.hints import Hints
from colonnade.prove.regex_samples import matching, near_misses
from colonnade.prove.values import BASE, STEP, Family, ValueKind, array, array_elements, code, fits, moment, series

PLAIN = "plain"
_SHORT_CODE = 12
_FEW = 3
_LONGEST_ARRAY = 2_000
_LONGEST_VARIED = 20
_NUMERIC = frozenset(("integer", "decimal", "float"))
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2})?)?")
_SPAN = re.compile(r"(\d+)\s*(second|minute|hour|day|week|mon|month|year)s?")
_SECONDS = {
    "second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800,
    "mon": 2592000, "month": 2592000, "year": 31536000,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A value to try; `text` is Postgres's input form, None is NULL.

    Candidates of one group stand around one edge, in the order of `position`: neighbours there differ by
    the least step. `series` is the number in the plain series, 0 for any other value; `reference` says
    which row of the referenced table it refers to, counted from the row's own number, None for a value
    that is no reference. `like` names a counted key of the same row that it stands beside: its text is that of row 1,
    and in another row the value stands beside that row's key.
    """

    text: str | None
    group: str = PLAIN
    position: int = 0
    series: int = 0
    reference: int | None = None
    like: str = ""

    @property
    def is_null(self) -> bool:
        """Whether it is NULL; a reference has its text from elsewhere."""
        return self.text is None and self.reference is None

    @property
    def identity(self) -> tuple[str | None, int | None]:
        """What makes it the same value as another candidate."""
        return self.text, self.reference


NULL = Candidate(text=None, group="null", position=1)


def plain(kind: ValueKind, *, label: str, ordinal: int = 0, count: int = 3) -> tuple[Candidate, ...]:
    """Return the first values of the plain series: all there are, when they are few."""
    texts = (series(kind, number, label=label, ordinal=ordinal) for number in range(1, (kind.distinct or count) + 1))
    return tuple(Candidate(text=text, position=place, series=place) for place, text in enumerate(texts, start=1))


def edges(kind: ValueKind, hints: Hints, *, label: str, count: int = 3) -> tuple[Candidate, ...]:
    """Return the values on both sides of every edge that the hints speak of; `count` in each series of their own."""
    about = _About(kind=kind, hints=hints, label=label, count=count)
    found: dict[tuple[str, str], Candidate] = {}
    make = _EDGES.get(kind.family)
    for group, texts in make(about) if make else ():
        for position, text in enumerate(texts):
            if kind.family != "text" or kind.length is None or len(text) <= kind.length:
                found.setdefault((group, text), Candidate(text=text, group=group, position=position))
    return tuple(found.values())


def neighbours(kind: ValueKind, text: str, *, group: str) -> tuple[Candidate, ...]:
    """Return a value with those one step below and above it, where the type has steps."""
    match kind.family:
        case "integer" | "decimal" | "float":
            number = Decimal(text)
            texts = _numbers(kind, number - kind.step, number, number + kind.step)
        case "timestamptz" | "timestamp" | "date":
            at = datetime.fromisoformat(text).replace(tzinfo=UTC)
            step = timedelta(days=1) if kind.family == "date" else timedelta(seconds=1)
            texts = [moment(kind, at + each) for each in (-step, timedelta(0), step)]
        case _:
            texts = [text]
    return tuple(Candidate(text=each, group=group, position=place) for place, each in enumerate(texts))


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """The column that values are for, and what the conditions say about it."""

    kind: ValueKind
    hints: Hints
    label: str
    count: int


Edges = Iterator[tuple[str, Iterable[str]]]


def _text_edges(about: _About) -> Edges:
    """Lengths, patterns, listed values, outer spaces and letter case."""
    positives = [(pattern, matching(pattern, count=about.count)) for pattern in about.hints.patterns]
    for pattern, samples in positives:
        yield f"matches {pattern}", samples
        yield f"mixed {pattern}", matching(pattern, count=5, mixed=True)
        # A pattern that is no whole text may want its match apart from other words.
        yield (
            f"padded {pattern}",
            [f"{sample} {code(number, 3)}" for sample in samples[:1] for number in range(about.count)],
        )
    listed = about.hints.strings
    if listed:
        yield "listed", (*listed, f"not {listed[-1]}")
    for length in about.hints.lengths:
        if length <= _SHORT_CODE:
            yield f"codes of {length}", [code(number, length) for number in range(about.count)]
            yield f"capital codes of {length}", [code(number, length).upper() for number in range(about.count)]
        elif about.count > _FEW:
            yield f"codes of {length}", [_stretched(about.label, length, number) for number in range(1, about.count)]
        around = _around(length)
        yield f"length {length}", [_stretched(about.label, each) for each in around]
        for pattern in about.hints.patterns:
            texts = [sample for each in around for sample in matching(pattern, length=each)]
            yield f"length {length} of {pattern}", texts
            for sample in matching(pattern):
                padded = [f"{sample} {'a' * (each - len(sample) - 1)}" for each in around if each > len(sample) + 1]
                yield f"length {length} with {pattern}", padded
    for pattern, samples in positives:
        if samples:
            yield f"near {pattern}", (samples[0], *near_misses(samples[0]))
    sample = next((samples[0] for _, samples in positives if samples), listed[0] if listed else about.label[:3])
    if about.hints.patterns or about.hints.lengths or listed:
        yield "spaces", (sample, f" {sample}", f"{sample} ", f"{sample}\n")
    for number in about.hints.numbers:
        yield f"digits {number}", [format(each, "f") for each in (number - 1, number, number + 1)]
    yield "case", (sample.lower(), sample.upper(), sample.capitalize())
    yield "empty", ("x", "", " ")


def _around(length: int) -> list[int]:
    return [each for each in (length - 1, length, length + 1) if each >= 0]


def _stretched(label: str, length: int, number: int = 0) -> str:
    """Return a text of this length that begins like the label; another one for each number, if it has the room."""
    start = label[: min(length, 8)].replace("_", "x")
    end = code(number, 3) if number else ""
    return start + "a" * (length - len(start) - len(end)) + end


def _number_edges(about: _About) -> Edges:
    """Each number of the conditions, its neighbours, and its multiples."""
    step = about.kind.step
    for number in (*about.hints.numbers, Decimal(0)):
        yield f"number {number}", _numbers(about.kind, number - step, number, number + step)
        yield f"multiples of {number}", _numbers(about.kind, number * 2, number * 2 + step, number / 2)
    yield "signs", ("1", "0", "-1")


def _numbers(kind: ValueKind, *values: Decimal) -> list[str]:
    return [format(each, "f") for each in values if fits(kind, each)]


def _moment_edges(about: _About) -> Edges:
    """Each moment of the conditions and its neighbours, and moments that lie so far apart as they say."""
    step = timedelta(days=1) if about.kind.family == "date" else timedelta(seconds=1)
    first = BASE + STEP
    midnight = first.replace(hour=0)
    edges = [(f"moment {at}", at) for at in _moments(about.hints)]
    edges += [(f"{span} later", first + span) for span in _spans(about.hints)]
    for group, at in (*edges, ("midnight", midnight)):
        yield group, [moment(about.kind, at + each) for each in (-step, timedelta(0), step)]
    yield "week", [moment(about.kind, midnight + timedelta(days=each)) for each in range(7)]


def _moments(hints: Hints) -> Iterator[datetime]:
    for text in hints.strings:
        for match in _MOMENT.findall(text):
            with suppress(ValueError):  # 2024-02-30 looks like a date and is none
                yield datetime.fromisoformat(match).replace(tzinfo=UTC)


def _spans(hints: Hints) -> Iterator[timedelta]:
    for text in hints.strings:
        for count, unit in _SPAN.findall(text):
            yield timedelta(seconds=int(count) * _SECONDS[unit])
    yield from (timedelta(days=length) for length in hints.lengths if 0 < length <= 4_000)


def _time_edges(about: _About) -> Edges:
    for text in about.hints.strings:
        for hour, minute in re.findall(r"(\d{2}):(\d{2})", text):
            at = int(hour) * 3600 + int(minute) * 60
            around = [each for each in (at - 1, at, at + 1) if 0 <= each < 86400]
            yield f"time {hour}:{minute}", [f"{t // 3600:02}:{t // 60 % 60:02}:{t % 60:02}" for t in around]
    yield "day", ("00:00:00", "12:00:00", "23:59:59")


def _interval_edges(about: _About) -> Edges:
    for span in _spans(about.hints):
        seconds = int(span.total_seconds())
        yield f"interval {span}", [f"{each} seconds" for each in (seconds - 1, seconds, seconds + 1)]
    yield "signs", ("1 second", "0 seconds", "-1 seconds")


def _json_edges(about: _About) -> Edges:
    """Each JSON type, objects with each key named, arrays and texts of each length named."""
    yield "json type", ('{"n": 1}', "{}", "[]", '[{"n": 1}]', '"text"', "1", "true", "null")
    keys = [text for text in about.hints.strings if text and '"' not in text and "\\" not in text]
    values = ('"text"', "1", "true", "{}", "[]", "null")
    for value in values if keys else ():
        yield f"keys with {value}", [_json_object(keys[:end], value) for end in range(len(keys), -1, -1)]
    for missing in keys:
        others = [each for each in keys if each != missing]
        yield f"without {missing}", (_json_object(keys, '"text"'), _json_object(others, '"text"'))
    for length in about.hints.lengths:
        around = _around(length)
        if length <= _LONGEST_ARRAY:
            yield f"{length} elements", ["[" + ", ".join(["1"] * each) + "]" for each in around]
        if length > len('{"a": ""}'):
            yield f"json of {length}", ['{"a": "' + "a" * (each - len('{"a": ""}')) + '"}' for each in around]


def _json_object(keys: list[str], value: str) -> str:
    return "{" + ", ".join(f'"{key}": {value}' for key in keys) + "}"


def _bytes_edges(about: _About) -> Edges:
    for length in about.hints.lengths:
        around = _around(length)
        yield f"length {length}", ["\\x" + "61" * each for each in around]
    yield "empty", ("\\x61", "\\x")


def _address_edges(about: _About) -> Edges:
    host = "" if about.kind.family == "inet" else "/24"
    yield "family", (f"198.18.0.0{host}", f"2001:db8::{'1' if not host else '/32'}")


def _range_edges(about: _About) -> Edges:
    bounded = series(about.kind, 1, label=about.label)
    low, high = bounded[1:-1].split(",")
    yield "range", (bounded, f"[{low},{high}]", "empty", f"[{low},)", f"(,{high})", "(,)")


def _array_edges(about: _About) -> Edges:
    """Each number of elements, each value as an element, repeated and absent elements."""
    assert about.kind.element is not None  # noqa: S101 - an array has an element by construction
    element = about.kind.element
    first = _first(element, about.label, _FEW)
    inner = (*plain(element, label=about.label), *edges(element, about.hints, label=about.label))
    listed = _listed(about.hints)
    texts = [each.text for each in inner if each.text is not None]
    yield "listed", [array([each]) for each in listed]
    good = (listed or first)[0]
    yield "elements", [array([]), array([good])]
    by_group: dict[str, list[str]] = {}
    for each in inner:
        if each.text is not None:
            by_group.setdefault(each.group, []).append(each.text)
    for length in about.hints.lengths:
        around = _around(length)
        if length <= _LONGEST_ARRAY:
            yield f"{length} elements", [array(_first(element, "item", each)) for each in around]
            yield f"{length} times {good}", [array([good] * each) for each in around]
        if 1 < length <= _LONGEST_VARIED:
            for name, alike in _alike(about, element, length + 1):
                yield f"{length} of {name}", [array(alike[:each]) for each in around]
                yield from _with_last(f"{length} of {name}", alike[:length], by_group)
    yield from ((f"element {group}", [array([each]) for each in found]) for group, found in by_group.items())
    yield "repeated", [array([good, texts[-1]]), array([good, good])]
    yield "absent element", [array([good]), array([good, None])]


def _with_last(name: str, elements: Sequence[str], others: Mapping[str, Sequence[str]]) -> Edges:
    """Yield arrays of as many elements with another last one: each of the others, one that is there, none at all."""
    *kept, last = elements
    for group, found in others.items():
        yield f"{name}, last {group}", [array([*kept, each]) for each in found]
    yield f"{name}, last repeated", [array([*kept, last]), array([*kept, kept[0]])]
    yield f"{name}, last absent", [array([*kept, last]), array([*kept, None])]


def _alike(about: _About, element: ValueKind, count: int) -> Iterator[tuple[str, list[str]]]:
    """Yield so many elements of each kind that may be good, all different where the kind has so many."""
    yield "plain", _first(element, about.label, count)
    if listed := _listed(about.hints):
        yield "listed", list(islice(cycle(listed), count))
    for number in about.hints.numbers if element.family in _NUMERIC else ():
        upwards = _numbers(element, *(number + place * element.step for place in range(count)))
        if len(upwards) == count:
            yield f"numbers from {number}", upwards
    make = _EDGES.get(element.family)
    for group, found in make(replace(about, kind=element, count=count)) if make else ():
        if len(several := list(dict.fromkeys(found))) >= count:
            yield group, several[:count]


def _listed(hints: Hints) -> list[str]:
    """Return the elements that conditions name, one by one or in array literals."""
    within = [each for text in hints.strings if text.startswith("{") for each in array_elements(text)]
    return [each for each in within if each is not None] or list(hints.strings)


def _first(element: ValueKind, label: str, count: int) -> list[str]:
    return [series(element, number, label=label) for number in range(1, count + 1)]


_EDGES: Mapping[Family, Callable[[_About], Edges]] = {
    "text": _text_edges,
    "integer": _number_edges,
    "decimal": _number_edges,
    "float": _number_edges,
    "timestamptz": _moment_edges,
    "timestamp": _moment_edges,
    "date": _moment_edges,
    "time": _time_edges,
    "interval": _interval_edges,
    "json": _json_edges,
    "bytes": _bytes_edges,
    "inet": _address_edges,
    "cidr": _address_edges,
    "range": _range_edges,
    "array": _array_edges,
}
