"""Which defaults of columns a writer has, too."""

from __future__ import annotations

import pytest

from colonnade.emit.models.defaults import python_default


@pytest.mark.parametrize(
    ("default", "annotation", "code"),
    [
        ("'it''s'::text", "str", '"it\'s"'),
        ("'a'::character varying(20)", "str", '"a"'),
        ("'a'::public.\"X\u030c type\"", "str", '"a"'),
        ('(5)::"X\u030c type"', "int", "5"),
        ("('a'::text || 'b'::text)", "str", ""),
        ("'a'::text || 'b'::text", "str", ""),
        ("now()", "str", ""),
    ],
)
def test_literal_is_a_default_of_python_whatever_its_type_is_called(default: str, annotation: str, code: str) -> None:
    assert python_default(default, annotation, None) == (code, "")
