"""Answers settle questions, change the facts they are about, and are refused when nobody asked."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from colonnade.errors import SpecError
from colonnade.spec import SortKey, Spec
from colonnade.spec.read import read

SPEC = """\
colonnade: 1
name: shop
identity: better-auth
isolation: user
defaults: {audit: [created_at, updated_at]}
entities:
  Order: {owner: user, fields: {note: text, total: money!, rate: 'decimal(5,2)'}}
  Line: {fields: {label: text(..80)!}}
  Country: {key: [code], fields: {code: country!, name: text(..80)!}}
relations:
  - {from: Line, to: Order, required: true}
  - {from: Order, to: Country}
access:
  - {list: Order}
  - {list: Country}
  - {search: Line, in: [label]}
"""


def _read(tmp_path: Path, answers: str, spec: str = SPEC) -> Spec:
    (tmp_path / "shop.spec.yaml").write_text(spec, encoding="utf-8")
    (tmp_path / "answers.yaml").write_text(answers, encoding="utf-8")
    return read([tmp_path / "shop.spec.yaml"], answers=tmp_path / "answers.yaml")


def test_open_questions_have_stable_ids_and_safe_defaults(tmp_path: Path) -> None:
    spec = _read(tmp_path, "{}")
    assert {question.id: question.settled for question in spec.questions} == {
        "Q-ondelete-user-order": "cascade",
        "Q-ondelete-order-line": "restrict",
        "Q-ondelete-country-order": "set null",
        "Q-isolation-line": "shared",
        "Q-isolation-country": "shared",
        "Q-money-order-total": "19,4",
        "Q-text-limit-order-note": "none",
        "Q-order-order": "-created_at",
        "Q-order-country": "-created_at",
        "Q-search-line": "substring",
        "Q-volume-user": "100k",
        "Q-volume-order": "1M",
        "Q-volume-line": "1M",
        "Q-volume-country": "1M",
    }


def test_ids_do_not_depend_on_positions(tmp_path: Path) -> None:
    before = {question.id for question in _read(tmp_path, "{}").questions}
    lines = SPEC.splitlines()
    lines[6], lines[8] = lines[8], lines[6]
    after = {question.id for question in _read(tmp_path, "{}", "\n".join([*lines[:1], "", *lines[1:]])).questions}
    assert after == before


def test_answers_are_kept_with_their_place(tmp_path: Path) -> None:
    spec = _read(tmp_path, "\nQ-volume-order: 20M\n")
    question = next(each for each in spec.questions if each.id == "Q-volume-order")
    assert (question.answer, question.settled) == ("20M", "20M")
    assert str(question.at[-1]) == f"{tmp_path / 'answers.yaml'}:2:17"
    assert spec.answer("Q-volume-order", "1M") == "20M"
    assert spec.answer("Q-volume-line", "5") == "1M"
    assert spec.answer("Q-nobody-asked", "5") == "5"


def test_answers_change_the_facts(tmp_path: Path) -> None:
    spec = _read(
        tmp_path,
        """
        Q-ondelete-user-order: restrict
        Q-ondelete-order-line: cascade
        Q-volume-order: 250k
        Q-volume-line: 2000000
        Q-money-order-total: 12,2
        Q-text-limit-order-note: 500
        Q-order-order: key
        Q-search-line: prefix
        Q-isolation-line: owned
        """,
    )
    actions = {(each.source, each.name): each.on_delete for each in spec.relationships}
    assert actions[("Order", "user")] == "restrict"
    assert actions[("Line", "order")] == "cascade"
    assert actions[("Order", "country")] is None
    rows = {entity.name: entity.volume.rows if entity.volume else None for entity in spec.entities}
    assert rows == {"User": None, "Order": 250_000, "Line": 2_000_000, "Country": None}
    total = spec.entity("Order").attribute("total").type
    assert (total.precision, total.scale) == (12, 2)
    assert spec.entity("Order").attribute("note").type.max_length == 500
    assert spec.entity("Order").attribute("rate").type.precision == 5
    patterns = {pattern.id: pattern for pattern in spec.access_patterns}
    assert patterns["list-order"].sort == (SortKey(attribute="id"),)
    assert patterns["list-country"].sort == ()
    assert patterns["search-line"].search_mode == "prefix"
    assert spec.entity("Line").owner == "user"
    assert patterns["search-line"].scope == "owner"
    owner = next(each for each in spec.relationships if each.source == "Line" and each.owner)
    assert (owner.target, owner.required) == ("User", True)


def test_order_by_a_natural_key(tmp_path: Path) -> None:
    patterns = {each.id: each for each in _read(tmp_path, "Q-order-country: key").access_patterns}
    assert patterns["list-country"].sort == (SortKey(attribute="code"),)


def test_answers_file_wins_over_what_the_spec_assumes(tmp_path: Path) -> None:
    spec = _read(
        tmp_path,
        "Q-volume-order: 7M",
        SPEC + "assume: {Q-volume-order: 3M, Q-volume-line: 4M, Q-ondelete-user-order: restrict}\n",
    )
    assert spec.answer("Q-volume-order", "") == "7M"
    assert spec.answer("Q-volume-line", "") == "4M"
    volume = spec.entity("Order").volume
    assert volume is not None
    assert volume.rows == 7_000_000


def test_unsaid_isolation_of_owned_rows_is_asked(tmp_path: Path) -> None:
    text = SPEC.replace("isolation: user\n", "")
    assert _read(tmp_path, "{}", text).isolation.by == "user"
    assert _read(tmp_path, "Q-isolation-by-owner: none", text).isolation.by == "none"


def test_asked_questions_replace_the_readers_words(tmp_path: Path) -> None:
    ask = "ask: {Q-volume-order: {question: 'How many, Ann?', default: 2M, alternatives: [2M, 9M]}}\n"
    question = next(each for each in _read(tmp_path, "{}", SPEC + ask).questions if each.id == "Q-volume-order")
    assert (question.text, question.settled, question.topic) == ("How many, Ann?", "2M", "volume")


@pytest.mark.parametrize(
    ("answers", "message", "hint", "line", "column"),
    [
        (
            "Q-ondelete-user-ordr: cascade",
            'no question is called "Q-ondelete-user-ordr"',
            "Q-ondelete-user-order",
            1,
            1,
        ),
        ("\nQ-ondelete-user-order: casc", '"casc" is no answer', "cascade", 2, 24),
        ("Q-volume-order: plenty", '"plenty" is no answer', "", 1, 17),
        ("Q-volume-order: [1]", "must be text", "", 1, 1),
        ("Q-volume-order:", "must be text", "", 1, 1),
        ("- Q-volume-order", "answers must be a mapping", "", 1, 1),
        ("Q-volume-order: 1M\nQ-volume-order: 2M", "stands twice", "", 2, 1),
        ("", "the file is empty", "", 1, 1),
        ("{", "not YAML", "", 1, 2),
    ],
)
def test_wrong_answers_are_refused_with_their_place(
    tmp_path: Path, answers: str, message: str, hint: str, line: int, column: int
) -> None:
    with pytest.raises(SpecError) as caught:
        _read(tmp_path, answers)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.at is not None
    assert caught.value.at.path == str(tmp_path / "answers.yaml")
    assert (caught.value.at.line, caught.value.at.column) == (line, column)


def test_answers_may_be_json(tmp_path: Path) -> None:
    (tmp_path / "shop.spec.yaml").write_text(SPEC, encoding="utf-8")
    (tmp_path / "answers.json").write_text('{"Q-volume-order": "5M"}', encoding="utf-8")
    spec = read([tmp_path / "shop.spec.yaml"], answers=tmp_path / "answers.json")
    assert spec.answer("Q-volume-order", "") == "5M"


def test_decimals_stay_exact(tmp_path: Path) -> None:
    spec = _read(tmp_path, "{}", SPEC.replace("(5,2)", "(5,2, 0.1<..0.3)"))
    value = spec.entity("Order").attribute("rate").type
    assert (value.minimum, value.maximum, value.exclusive_minimum) == (Decimal("0.1"), Decimal("0.3"), True)
