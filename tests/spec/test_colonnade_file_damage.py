"""A damaged spec file is read or refused with a place; nothing else is raised."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.errors import SpecError
from colonnade.spec import Spec
from colonnade.spec.answers import settle
from colonnade.spec.colonnade_file import read_assumptions, read_colonnade
from colonnade.spec.document import load, parse

ACCEPTED = Path(__file__).parent / "cases" / "accepted"
TREES = [load(path).root.value for path in sorted(ACCEPTED.glob("*.yaml"))]
OTHER_VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        1.5,
        "",
        " ",
        "x",
        "user",
        "Task",
        "N-M",
        "a b",
        "(",
        "'",
        [],
        [[]],
        [None],
        {},
        {"x": None},
        {"": 1},
    ]
)


def _places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each value of a tree."""
    if path:
        yield path
    children = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, child in children:
        yield from _places(child, (*path, key))


def _read_or_refuse(tree: Any) -> None:
    document = parse(json.dumps(tree, ensure_ascii=False), path="damaged.json")
    try:
        spec = settle(read_colonnade([document]), read_assumptions([document]))
    except SpecError as error:
        assert error.at is not None  # noqa: PT017 - read or refused, both are right
    else:
        assert isinstance(spec, Spec)


@settings(max_examples=600, deadline=None)
@given(data=st.data(), tree=st.sampled_from(TREES))
def test_any_value_in_any_place(data: st.DataObject, tree: Any) -> None:
    damaged = copy.deepcopy(tree)
    *way, last = data.draw(st.sampled_from(list(_places(tree))))
    inside = damaged
    for key in way:
        inside = inside[key]
    inside[last] = data.draw(OTHER_VALUES)
    _read_or_refuse(damaged)


@settings(max_examples=600, deadline=None)
@given(data=st.data(), tree=st.sampled_from(TREES))
def test_any_slip_of_the_pen_in_any_text(data: st.DataObject, tree: Any) -> None:
    damaged = copy.deepcopy(tree)
    texts = [way for way in _places(tree) if isinstance(_value(tree, way), str)]
    *way, last = data.draw(st.sampled_from(texts or [("name",)]))
    inside = damaged
    for key in way:
        inside = inside[key]
    text = inside[last]
    at = data.draw(st.integers(0, len(text)))
    until = data.draw(st.integers(at, min(len(text), at + 3)))
    inside[last] = text[:at] + data.draw(st.text("()[]{}'\"|<>.,;:=~!-* \tabé\n0", max_size=3)) + text[until:]
    _read_or_refuse(damaged)


def _value(tree: Any, way: tuple[Any, ...]) -> Any:
    for key in way:
        tree = tree[key]
    return tree


@pytest.mark.parametrize("count", [200])
def test_many_entities_are_read_in_time(count: int) -> None:
    """Reading is linear enough: 200 entities of 20 fields, each related, ruled and listed."""
    fields = {f"field_{number}": "text(1..200)! trimmed" for number in range(20)}
    names = [f"Thing{number}" for number in range(count)]
    tree = {
        "colonnade": 1,
        "name": "large",
        "entities": {
            name: {"fields": fields, "unique": ["field_1 lower(field_2) where field_3 <> ''"]} for name in names
        },
        "relations": [{"from": one, "to": two} for one, two in pairwise(names)],
        "access": [{"list": name, "eq": ["field_1"], "sort": ["-field_2"]} for name in names],
    }
    spec = read_colonnade([parse(json.dumps(tree), path="large.json")])
    assert len(spec.relationships) == count - 1
