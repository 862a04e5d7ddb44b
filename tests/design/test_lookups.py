"""A get is of one row: what it is by must be unique."""

from __future__ import annotations

import pytest
from sample_specs import board

from colonnade.design.designer import design
from colonnade.design.queries import queries
from colonnade.errors import DesignError
from colonnade.span import Span
from colonnade.spec import AccessPattern, Spec, Uniqueness


def _spec(pattern: AccessPattern, *rules: Uniqueness, soft_delete: bool = False) -> Spec:
    spec = board(pattern, soft_delete=soft_delete)
    return spec.model_copy(update={"invariants": (*spec.invariants, *rules)})


def get(*by: str, scope: str = "owner", where: str | None = None) -> AccessPattern:
    place = Span(path="board.yaml", line=7)
    return AccessPattern.model_validate(
        {"id": "get", "kind": "get", "entity": "Task", "by": by, "scope": scope, "where": where, "at": (place,)}
    )


@pytest.mark.parametrize("by", [("status",), ("user",), ("title", "priority")])
def test_get_by_what_many_rows_share_is_refused_with_its_place(by: tuple[str, ...]) -> None:
    with pytest.raises(DesignError) as caught:
        design(_spec(get(*by)))
    assert caught.value.message == f'a get of "Task" by {", ".join(by)} may find many rows'
    assert caught.value.at == Span(path="board.yaml", line=7)
    assert "list: Task" in caught.value.hint


ONE_ROW = [
    (get("id"), ()),
    (get("id", "status"), ()),
    (get("title"), (Uniqueness(entity="Task", keys=("owner", "title")),)),
    (get("title", "user", scope="all"), (Uniqueness(entity="Task", keys=("owner", "title")),)),
    (get("title"), (Uniqueness(entity="Task", keys=("lower(title)",)),)),
    (get("lower(title)"), (Uniqueness(entity="Task", keys=("lower(title)",)),)),
    (get("title", where="is_starred"), (Uniqueness(entity="Task", keys=("title",), where="is_starred"),)),
]


@pytest.mark.parametrize(("pattern", "rules"), ONE_ROW)
@pytest.mark.parametrize("soft_delete", [True, False])
def test_get_by_what_is_unique_is_designed(
    pattern: AccessPattern, rules: tuple[Uniqueness, ...], soft_delete: bool
) -> None:
    found = design(_spec(pattern, *rules, soft_delete=soft_delete))
    assert queries(found, pattern)[0].expects_bounded


def test_get_by_what_is_unique_among_some_rows_or_for_one_owner_is_refused() -> None:
    some = Uniqueness(entity="Task", keys=("title",), where="is_starred")
    own = Uniqueness(entity="Task", keys=("owner", "title"))
    for pattern, rule in ((get("title"), some), (get("title", scope="all"), own)):
        with pytest.raises(DesignError, match="may find many rows"):
            design(_spec(pattern, rule))


def test_change_of_many_rows_is_one_statement_without_a_bound() -> None:
    for by, bounded in ((("status",), False), (("id",), True)):
        pattern = AccessPattern(
            id="close", kind="write", entity="Task", by=by, writes="update", sets=("title",), scope="owner"
        )
        (query,) = queries(design(_spec(pattern)), pattern)
        assert query.expects_bounded == bounded
