"""What is printed: under a screen, complete in JSON."""

from __future__ import annotations

import io
import json
from dataclasses import replace

from rich.console import Console

from colonnade.prove import Claim, Evidence, Proof
from colonnade.report import machine, text
from colonnade.schema import ObjectName
from sample_design import sample_design

SCREEN = 24


def proof(refuted: int) -> Proof:
    """Return a proof with so many refuted claims, and one that was not run."""
    held = Evidence(
        claim=Claim(id="a", kind="invariant", sentence="it [holds]", object=ObjectName(kind="table", name="t")),
        verdict="proved",
    )
    broken = [
        replace(held, claim=replace(held.claim, id=f"b{number}"), verdict="refuted", observed="change it")
        for number in range(refuted)
    ]
    idle = replace(held, claim=replace(held.claim, id="c"), verdict="not_run", observed="no server")
    return Proof(fingerprint="f", server_version="18.6", evidence=(held, *broken, idle))


def printed(refuted: int, *, width: int = 80) -> str:
    """Return what a person sees of the sample design."""
    console = Console(file=io.StringIO(), width=width, highlight=False)
    design = sample_design()
    questions = design.spec.questions * 40
    many = replace(
        design, spec=design.spec.model_copy(update={"questions": questions, "unread": design.spec.unread * 40})
    )
    text.print_design(console, many, proof(refuted), out="out", changed=("a",), elapsed_ms=1234.0)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_result_fits_a_screen_however_much_is_open_or_refuted() -> None:
    for refuted in (0, 1, 500):
        lines = printed(refuted).splitlines()
        assert len(lines) <= SCREEN - 2
        assert max(map(len, lines)) <= 80


def test_refuted_claims_say_what_to_change() -> None:
    shown = printed(2)
    assert shown.count("refuted: it [holds]") == 2
    assert "change it" in shown
    assert "1 of 4 claims proved on Postgres 18.6" in shown
    assert "not run: 1 × no server" in shown
    assert "1 file written to out in 1.2 s" in shown


def test_questions_stand_where_nothing_is_refuted() -> None:
    assert "Q-volume-animal: 1M" in printed(0)
    assert "and 37 more in DESIGN.md" in printed(0)
    assert "Q-volume-animal" not in printed(1)


def test_what_is_refuted_stands_last_before_the_verdict() -> None:
    shown = printed(1)
    assert shown.index("questions on the safe default") < shown.index("refuted: it") < shown.index("1 of 3 claims")


def test_json_names_tables_questions_and_evidence() -> None:
    value = machine.design_as_json(
        sample_design(), proof(1), out="out", files=("schema.sql",), changed=(), elapsed_ms=12.34
    )
    assert json.loads(json.dumps(value)) == value
    assert [table["name"] for table in value["tables"]] == ["animals", "keepers"]
    assert value["questions"][0]["id"] == "Q-volume-animal"
    assert value["unread"][0]["at"] == ["zoo.spec.yaml:7:3"]
    assert value["proof"]["summary"] == {"proved": 1, "refuted": 1, "not_run": 1}
    assert value["elapsed_ms"] == 12.3
