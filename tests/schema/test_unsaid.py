"""What a schema cannot say goes with its table or view, and else stays or is a change."""

from __future__ import annotations

import pytest

from colonnade.migrate import sentence
from colonnade.schema import Column, Namespace, Schema, Table
from colonnade.schema.diff import diff
from colonnade.schema.unsaid import surviving


def schema(*tables: str, unsaid: tuple[str, ...] = ()) -> Schema:
    columns = (Column(name="id", type="bigint"),)
    return Schema(
        namespaces=(Namespace(name="public"),),
        tables=tuple(Table(name=name, columns=columns) for name in tables),
        unsaid=unsaid,
    )


@pytest.mark.parametrize(
    "note",
    [
        "replica identity of public.t",
        "inheritance of public.t from public.other",
        "row type of public.t, OF kind",
        "storage, compression or statistics of column public.t.a",
        "trigger x of public.t",
        "comment on public.t.a",
    ],
)
def test_what_is_said_of_a_table_goes_with_it(note: str) -> None:
    before = schema("t", unsaid=(note,))
    assert surviving(before, schema("t")) == (note,)
    assert surviving(before, schema()) == ()
    assert [sentence(each) for each in diff(before, schema())] == ["- table t"]


@pytest.mark.parametrize(
    "note",
    ["replica identity of public.t2", 'replica identity of public."t x"', "aggregate public.f(t)", "x of my.public.t2"],
)
def test_what_is_said_of_something_else_stays(note: str) -> None:
    before = schema("t", unsaid=(note,))
    assert surviving(before, schema()) == (note,)
    assert [sentence(each) for each in diff(before, schema())] == ["- table t", f"- {note}"]


def test_what_only_one_side_has_is_a_change() -> None:
    both, one, other = "publication a", "publication b", "publication c"
    found = diff(schema(unsaid=(both, one)), schema(unsaid=(both, other)))
    assert [sentence(each) for each in found] == [f"- {one}", f"+ {other}"]


def test_fingerprint_is_of_what_is_said() -> None:
    assert schema("t", unsaid=("publication a",)).fingerprint == schema("t").fingerprint
