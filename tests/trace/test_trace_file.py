"""Traces as files: what is written is read back, and what is none is refused with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.errors import InputError
from colonnade.span import Span
from colonnade.trace import TracedStatement, read_trace
from colonnade.trace.parameters import numbered
from colonnade.trace.trace_file import TraceFile

HEADER = {"colonnade_trace": 1}
LINE = {"sql": "SELECT 1", "path": "a.py", "line": 3, "unit": "", "transaction": "", "kept": True}
_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_sent = st.builds(
    TracedStatement,
    sql=_texts,
    at=st.builds(Span, path=_texts.filter(bool), line=st.integers(1, 10**6)),
    unit=_texts,
    transaction=_texts,
    kept=st.booleans(),
)


@given(st.lists(_sent, max_size=5))
def test_law_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, sent: list[TracedStatement]) -> None:
    path = tmp_path_factory.getbasetemp() / "trace.jsonl"
    with TraceFile(path) as file:
        file.write(sent)
    assert list(read_trace(path)) == sent
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("lines", "place", "message"),
    [
        ([], "trace.jsonl:1:1", "is no trace"),
        (["", json.dumps(LINE)], "trace.jsonl:1:1", "no statement"),
        (["SELECT 1;"], "trace.jsonl:1:1", "no statement"),
        ([json.dumps({"colonnade_trace": 2})], "trace.jsonl:1:1", "is no trace"),
        ([json.dumps(LINE)], "trace.jsonl:1:1", "is no trace"),
        ([json.dumps(HEADER), json.dumps(LINE)[:40]], "trace.jsonl:2:1", "no statement"),
        ([json.dumps(HEADER), json.dumps(LINE), "[]"], "trace.jsonl:3:1", "no statement"),
        ([json.dumps(HEADER), json.dumps({**LINE, "line": "x"})], "trace.jsonl:2:1", "no statement"),
    ],
)
def test_what_is_no_trace(tmp_path: Path, lines: list[str], place: str, message: str) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError, match=message) as problem:
        read_trace(path)
    assert str(problem.value.at).endswith(place)
    assert problem.value.hint


def test_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    for name in ("none", "bytes"):
        with pytest.raises(InputError, match="cannot be read"):
            read_trace(tmp_path / name)


def test_statement_from_nowhere_has_its_place_in_the_trace(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_text(json.dumps(HEADER) + "\n" + json.dumps({**LINE, "path": ""}) + "\n", encoding="utf-8")
    assert read_trace(path)[0].at == Span(path=str(path), line=2)


@pytest.mark.parametrize(
    ("style", "sql", "parameters", "expected"),
    [
        ("pyformat", "SELECT %(a)s, %(b)s, %(a)s, '5%%'", {"a": 1, "b": True}, "SELECT $1, true, $1, '5%'"),
        ("format", "SELECT %s, %s, %s", [1, False, None], "SELECT $1, false, $3"),
        ("numeric_dollar", "SELECT $1, $2, '$2', $10", [1, True], "SELECT $1, true, '$2', $10"),
        ("numeric_dollar", "SELECT $1", ["x"], "SELECT $1"),
        ("numeric_dollar", "SELECT 1", {}, "SELECT 1"),
    ],
)
def test_values_leave_their_numbers(style: str, sql: str, parameters: object, expected: str) -> None:
    assert numbered(sql, parameters, style=style) == expected  # type: ignore[arg-type]
