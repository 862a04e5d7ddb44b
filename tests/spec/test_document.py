"""Documents keep their places, mean what YAML 1.2 and JSON mean, and cannot exhaust their reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from shared_material import shared_file

from colonnade.errors import InputError, SpecError
from colonnade.spec.document import MAX_BYTES, Document, load, parse

# text, line, column, part of the message
BAD_YAML = [
    ("a: 1\nb: [1, 2\n", 3, 1, "expected ',' or ']'"),
    ("a:\n\t- 1\n", 2, 1, "cannot start any token"),
    ("a: 1\n b: 2\n", 2, 3, "mapping values are not allowed"),
    ("a: 1\nb: 2\na: 3\n", 3, 1, 'key "a" stands twice'),
    ("a: {x: 1, y: 2, x: 3}\n", 1, 17, 'key "x" stands twice'),
    ("a: *nowhere\n", 1, 4, 'alias "*nowhere" has no anchor'),
    ("a: &a [1, *a]\n", 1, 11, "stands inside the value that it repeats"),
    ("a: !!python/object/apply:os.system [ls]\n", 1, 4, "tag"),
    ("a: !secret x\n", 1, 4, 'tag "!secret"'),
    ("a: !!int x\n", 1, 4, "not of its tag !!int"),
    ("a: !!int true\n", 1, 4, "not of its tag !!int"),
    ("a: 1\n---\nb: 2\n", 2, 1, "more than one YAML document"),
    ("? [a, b]\n: 1\n", 1, 3, "a sequence cannot be a key"),
    ("? {a: b}\n: 1\n", 1, 3, "a mapping cannot be a key"),
    ("a: &k x\n*k : 2\n", 2, 1, "an alias cannot be a key"),
    ("a: {<<: 3}\n", 1, 5, "only a mapping can be merged"),
    ("a: b\x01c\n", 1, 5, "U+0001"),
    ("a: b\0c\n", 1, 5, "NUL"),
    ('a: "b\\0c"\n', 1, 4, "NUL"),
    ("é: ☃\n'😀': [\t]]\n", 2, 9, "not YAML"),
    ("a: @b\n", 1, 4, "cannot start any token"),
    (f"a: {'9' * 5000}\n", 1, 4, "number is too long"),
]
BAD_JSON = [
    ('{"a": 1,}', 1, 9, "expected key"),
    ('{"a": [1,\n  ]}', 2, 3, "expected value"),
    ('{"a": 1 "b": 2}', 1, 9, "expected , or }"),
    ('{"a": 1]', 1, 8, "expected , or }"),
    ('{"a" 1}', 1, 6, "expected :"),
    ("{'a': 1}", 1, 2, "expected key or }"),
    ('{"a": 1} x', 1, 10, "expected end of file"),
    ('{"a": // no\n1}', 1, 7, "expected value"),
    ('{"a": nul}', 1, 7, "expected value"),
    ('{"a": 01}', 1, 7, "expected value"),
    ('{"a": truest}', 1, 7, "expected value"),
    ('{"a": "x\ny"}', 1, 7, "expected value"),
    ('{"a": "\\x"}', 1, 7, "expected value"),
    ('{"a": "\\ud800"}', 1, 7, "half of a surrogate pair"),
    ('{"a": "\\u0000"}', 1, 7, "NUL"),
    ('{"a": 1', 1, 8, "ends too early"),
    ('{"a": 1,\n "b": 2,\n "a": 3}', 3, 2, 'key "a" stands twice'),
]


@pytest.mark.parametrize(("text", "line", "column", "message"), BAD_YAML)
def test_bad_yaml_names_line_and_column(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse(text, path="x.yaml")
    assert message in caught.value.message
    assert caught.value.at is not None
    assert (caught.value.at.line, caught.value.at.column) == (line, column)


@pytest.mark.parametrize(("text", "line", "column", "message"), BAD_JSON)
def test_bad_json_names_line_and_column(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse(text, path="x.json")
    assert message in caught.value.message
    assert caught.value.at is not None
    assert (caught.value.at.line, caught.value.at.column) == (line, column)


def test_duplicate_key_names_both_lines() -> None:
    with pytest.raises(SpecError) as caught:
        parse("x:\n  title: 1\n  other: 2\n  title: 3\n", path="x.yaml")
    assert "line 2" in caught.value.detail
    assert "line 4" in caught.value.detail


@pytest.mark.parametrize("text", ["", "  \n\n", "# only a comment\n", "\ufeff"])
@pytest.mark.parametrize("name", ["x.yaml", "x.json"])
def test_empty_file_is_refused(tmp_path: Path, text: str, name: str) -> None:
    if name == "x.json" and text.startswith("#"):
        pytest.skip("a comment is not JSON")
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match="empty"):
        load(tmp_path / name)


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        load(tmp_path / "missing.yaml")
    with pytest.raises(InputError, match="is a folder"):
        load(tmp_path)


def test_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(5_000_000_000)
    with pytest.raises(SpecError, match="larger than 20 MB"):
        load(path)


def test_endless_device_is_read_to_the_limit_only() -> None:
    with pytest.raises(SpecError, match="larger than 20 MB"):
        load(Path("/dev/zero"))
    assert MAX_BYTES == 20_000_000


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [(b"a: \xff", 1, 4), (b"a: 1\nb: \xc3\xa9\xe9\n", 2, 5), (b"\xff\xfea\x00", 1, 1), (b"a: x\xc3", 1, 5)],
)
def test_malformed_utf8_names_its_place(tmp_path: Path, data: bytes, line: int, column: int) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(data)
    with pytest.raises(SpecError, match="is not UTF-8") as caught:
        load(path)
    assert caught.value.at is not None
    assert (caught.value.at.line, caught.value.at.column) == (line, column)


def test_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(SpecError, match="more than 2,000,000 values"):
        parse("\n".join(lines), path="bomb.yaml")


def test_merge_bomb_stays_small() -> None:
    """Merging copies no values, so the tree stays as large as its distinct entries."""
    lines = ["a0: &a0 {x: 1}"] + [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], k{n}: 1}}" for n in range(1, 30)]
    root = parse("\n".join(lines), path="bomb.yaml").root
    assert len(root.value["a29"]) == 30


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[" * 100_000, "x.yaml"),
        ("[" * 100_000, "x.json"),
        ('{"a":' * 100_000, "x.json"),
        ("{a: " * 100_000, "x.yaml"),
        ("- " * 100_000, "x.yaml"),
        ("\n".join(" " * depth + "a:" for depth in range(3000)), "x.yaml"),
    ],
)
def test_deep_nesting_is_refused_without_recursion(text: str, name: str) -> None:
    with pytest.raises(SpecError, match="nests deeper than 200 levels"):
        parse(text, path=name)


def test_yaml_11_words_stay_text() -> None:
    root = parse("on: [no, yes, off, y, 1_000, 12:30:45, 2024-01-01, 0x1F, 0o17, 017, .5, 1e3, ~, TRUE]", path="x").root
    assert root.keys() == ("on",)
    expected = ["no", "yes", "off", "y", "1_000", "12:30:45", "2024-01-01", 31, 15, 17, 0.5, 1000.0, None, True]
    assert root.value["on"] == expected
    assert [type(each) for each in root.value["on"]] == [type(each) for each in expected]


def test_keys_are_text() -> None:
    assert parse("200: a\nnull: b\n1.0: c\ntrue: d\n", path="x").root.keys() == ("200", "null", "1.0", "true")


def test_quoted_scalars_are_text() -> None:
    root = parse("a: '1'\nb: \"true\"\nc: !!str 1\nd: |\n  1\ne: ''\nf: !!int '1'\n", path="x").root
    assert root.value == {"a": "1", "b": "true", "c": "1", "d": "1\n", "e": "", "f": 1}


def test_places_of_keys_and_values_are_quoted() -> None:
    text = "é: 1\ntasks:\n  title: text(1..200)! trimmed   # why\n  more: {a: [x, y], b: z}\n"
    root = parse(text, path="t.yaml").root
    tasks = root.get("tasks")
    assert tasks is not None
    title = tasks.get("title")
    assert title is not None
    assert str(title.span) == "t.yaml:3:10"
    assert title.span.quote == "text(1..200)! trimmed"
    assert str(tasks.key_span("title")) == "t.yaml:3:3"
    assert tasks.key_span("title").quote == "title: text(1..200)! trimmed"
    assert root.key_span("tasks").quote == "tasks:"
    more = tasks.get("more")
    assert more is not None
    assert more.key_span("a").quote == "a: [x, y]"
    assert str(more.key_span("b")) == "t.yaml:4:21"


def test_places_count_lines_as_editors_do() -> None:
    document = parse('{"a":1,\r\n"b":\r  2,\n "\u2028c": 3}', path="x.json")
    places = [document.root.key_span(key) for key in document.root.keys()]  # noqa: SIM118 - a Node is no dict
    assert [(place.line, place.column) for place in places] == [(1, 2), (2, 1), (4, 2)]


def test_alias_keeps_the_place_of_what_it_repeats() -> None:
    root = parse("a: &x {k: v}\nb: *x\nc: {<<: *x, k2: w}\n", path="x.yaml").root
    assert root.value == {"a": {"k": "v"}, "b": {"k": "v"}, "c": {"k2": "w", "k": "v"}}
    assert root.key_span("b").quote == "b"
    c = root.get("c")
    assert c is not None
    assert str(c.key_span("k")) == "x.yaml:1:8"


def test_merged_entries_give_way_to_written_ones() -> None:
    root = parse("a: &x {k: 1, l: 2}\nb: {<<: [*x, {m: 5, l: 9}], k: 3}\nc: {'<<': 4}\n", path="x.yaml").root
    assert root.value["b"] == {"k": 3, "l": 2, "m": 5}
    assert root.value["c"] == {"<<": 4}


def test_pointer_reaches_keys_and_elements() -> None:
    document = parse('{"paths": {"/a~b/{id}": [{"x": 1}, 7]}, "": 5}', path="x.json")
    found = document.at("/paths/~1a~0b~1{id}/0/x")
    assert found is not None
    assert found.value == 1
    assert document.at("") is document.root
    empty = document.at("/")
    assert empty is not None
    assert empty.value == 5
    for missing in ("/nope", "/paths/~1a~0b~1{id}/2", "/paths/~1a~0b~1{id}/-1", "/paths/~1a~0b~1{id}/²", "/a/b/c"):
        assert document.at(missing) is None


_scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_trees = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20
)


def _without_nul(tree: Any) -> bool:
    return "\\u0000" not in json.dumps(tree)


class _Quoting(yaml.SafeDumper):  # type: ignore[misc]  # PyYAML comes without types
    """Writes every text in quotes: what YAML 1.1 takes for plain text may be a number in YAML 1.2."""


_Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


@settings(max_examples=200)
@given(tree=_trees.filter(_without_nul), indent=st.sampled_from([None, 2]), ascii_only=st.booleans())
def test_json_means_what_the_standard_library_reads(tree: Any, indent: int | None, *, ascii_only: bool) -> None:
    text = json.dumps(tree, indent=indent, ensure_ascii=ascii_only)
    if text.encode("utf-8", "replace") != text.encode("utf-8", "surrogatepass") or "\\ud" in text:
        text = json.dumps(tree, indent=indent, ensure_ascii=False)
    assert parse(text, path="x.json").root.value == tree


@settings(max_examples=200)
@given(tree=_trees.filter(_without_nul), flow=st.sampled_from([None, True, False]))
def test_yaml_reads_what_is_dumped(tree: Any, flow: bool | None) -> None:
    text = yaml.dump({"root": tree}, Dumper=_Quoting, default_flow_style=flow)
    assert _same(parse(text, path="x.yaml").root.value["root"], tree)


def _same(read: Any, dumped: Any) -> bool:
    """Compare, with keys as text; floats of YAML 1.1's spelling (`1e+16`) are floats in 1.2 too."""
    if isinstance(dumped, dict):
        return isinstance(read, dict) and all(_same(read.get(key), value) for key, value in dumped.items())
    if isinstance(dumped, list):
        return isinstance(read, list) and all(_same(one, other) for one, other in zip(read, dumped, strict=True))
    return bool(read == dumped) and type(read) is type(dumped)


@given(data=st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")))
@settings(max_examples=300)
def test_any_bytes_are_read_or_refused_with_a_place(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    for name in ("x.yaml", "x.json"):
        path = tmp_path_factory.getbasetemp() / name
        path.write_bytes(data)
        try:
            assert isinstance(load(path), Document)
        except SpecError as error:
            assert error.at is not None  # noqa: PT017 - refused or read, both are right


@pytest.mark.parametrize("name", ["apideck-crm.yml", "formbricks.json"])
def test_large_contracts_load(name: str) -> None:
    path = shared_file("cases", "inputs", "openapi", name)
    document = load(path)
    assert document.root.get("openapi") is not None
