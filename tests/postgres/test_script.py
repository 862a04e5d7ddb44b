"""Scripts are split where psql would split them."""

from __future__ import annotations

import pytest

from colonnade.sql.script import split_script
from colonnade.sql.tokens import tokens

CASES = {
    "plain": ("select 1; select 2", ["select 1", "select 2"]),
    "empty statements": (";;select 1;;", ["select 1"]),
    "string": ("select ';', E'\\';', U&'x;'; select 2", ["select ';', E'\\';', U&'x;'", "select 2"]),
    "doubled quote": ("select 'a'';b'; select 2", ["select 'a'';b'", "select 2"]),
    "name": ('select ";" ; select 2', ['select ";"', "select 2"]),
    "comments": ("-- a; b\n/* c; /* d; */ ; */ select 1 -- ;\n; select 2", ["select 1 -- ;", "select 2"]),
    "dollar": ("do $$ a; $b$ $$; select $1; select $x$;$x$", ["do $$ a; $b$ $$", "select $1", "select $x$;$x$"]),
    "dollar inside a name": ("select a$b$; select $b$;$b$", ["select a$b$", "select $b$;$b$"]),
    "rule": ("create rule r as on x do (a; b); c", ["create rule r as on x do (a; b)", "c"]),
    "function body": (
        "create function f() begin atomic select case when a then b end; select 1; end; select 2",
        ["create function f() begin atomic select case when a then b end; select 1; end", "select 2"],
    ),
    "transaction block": ("begin; select 1; end", ["begin", "select 1", "end"]),
    "psql commands": (
        "\\restrict a;b\nselect 1; \\echo it's\nselect '\n\\x'",
        ["\\restrict a;b", "select 1", "\\echo it's", "select '\n\\x'"],
    ),
    "psql commands that send": (
        "select 1 as a \\gset\n\\if :a\nselect '\\g', 2\\gx\n\\endif",
        ["select 1 as a", "\\gset", "\\if :a", "select '\\g', 2", "\\gx", "\\endif"],
    ),
    "unfinished string": ("select 'a; b", ["select 'a", "b"]),
    "unfinished comment": ("select 1; /* b", ["select 1"]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_split(text: str, expected: list[str]) -> None:
    assert [statement.text for statement in split_script(text)] == expected


def test_lines_count_from_the_statement_not_from_its_comment() -> None:
    first, second = split_script("-- head\n\nselect\n  1;\n-- next\nselect 2;")
    assert (first.line, second.line) == (3, 6)
    assert first.line_of(len("select\n  1")) == 4


@pytest.mark.parametrize("name", ["e0i\u0307", "größe", "名\u0301前", "a\u00a0b", "x\u0663"])
def test_every_character_beyond_ascii_is_a_letter(name: str) -> None:
    assert [(token.kind, token.text) for token in tokens(f"{name} <> {name}") if token.kind == "word"] == [
        ("word", name),
        ("word", name),
    ]
