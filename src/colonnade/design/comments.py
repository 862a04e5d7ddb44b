"""Descriptions of a spec as comments of the catalog."""

from __future__ import annotations

import unicodedata

MOST_CHARACTERS = 200
_SHORTEST_SENTENCE = 40


def comment_text(description: str) -> str | None:
    """Return a description as COMMENT ON takes it: one line, ended at a sentence or a word; None for an empty one.

    A description in an API contract may be pages of Markdown; a comment is read in `\\d+` and in the models.
    """
    printable = "".join(" " if unicodedata.category(each) in ("Cc", "Cs") else each for each in description)
    line = " ".join(printable.split())
    if len(line) <= MOST_CHARACTERS:
        return line or None
    sentence = line[:MOST_CHARACTERS].rpartition(". ")[0]
    if len(sentence) >= _SHORTEST_SENTENCE:
        return f"{sentence}."
    words = line[: MOST_CHARACTERS - 1].rpartition(" ")[0] or line[: MOST_CHARACTERS - 1]
    return f"{words.rstrip(',;:')}…"
