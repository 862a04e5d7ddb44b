"""The manual page of a rule, read from its docstring.

A page has a first sentence, which says the fault, and paragraphs that begin with `Why:`, `Example:`, `Use instead:`,
`Fix:` and `Source:`. Examples are fenced; the tests run them.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

SECTIONS = ("Why", "Example", "Use instead", "Fix", "Source")
_HEADING = re.compile(rf"^({'|'.join(SECTIONS)}):[ \t]*", re.MULTILINE)
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A fenced block: the language of its fence, and its text."""

    language: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualPage:
    """What a rule says of itself; `text` is the whole page."""

    what: str
    why: str
    example: Example | None
    use_instead: Example | None
    fix: str
    source: str
    text: str


def manual_page(docstring: str) -> ManualPage:
    """Return the page that a docstring spells out; parts that it lacks are empty."""
    text = inspect.cleandoc(docstring)
    what, *parts = _HEADING.split(text)
    said = {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}
    return ManualPage(
        what=_joined(what),
        why=_joined(said.get("Why", "")),
        example=_example(said.get("Example", "")),
        use_instead=_example(said.get("Use instead", "")),
        fix=_joined(said.get("Fix", "")),
        source=_joined(said.get("Source", "")),
        text=text,
    )


def _joined(text: str) -> str:
    return " ".join(text.split())


def _example(text: str) -> Example | None:
    found = _FENCE.search(text)
    return Example(language=found[1], text=found[2]) if found else None
