"""The valid word that somebody most likely meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LISTED = 12


def nearest(word: str, valid: Iterable[str]) -> str:
    """Return the valid word closest to `word`, the empty text when none is close."""
    choices = list(dict.fromkeys(valid))
    folded = {choice.lower(): choice for choice in reversed(choices)}
    found = get_close_matches(word.lower(), list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def suggestion(word: str, valid: Iterable[str]) -> str:
    """Return a hint that names the closest valid word, or all of them when they are few."""
    choices = sorted(set(valid))
    close = nearest(word, choices)
    if close:
        return f'Did you mean "{close}"?'
    if not choices:
        return "There are none here."
    listed = ", ".join(choices[:_LISTED])
    return f"Valid are: {listed}{' and others' if len(choices) > _LISTED else ''}."
