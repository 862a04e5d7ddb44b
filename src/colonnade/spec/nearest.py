"""The valid word that somebody most likely meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches
from os.path import commonprefix

_LISTED = 12


def nearest(word: str, valid: Iterable[str]) -> str:
    """Return the valid word closest to `word`, the empty text when none is close."""
    folded = {choice.lower(): choice for choice in sorted(set(valid), reverse=True)}
    found = get_close_matches(word.lower(), list(folded), n=3, cutoff=0.6)
    best = max(found, key=lambda each: _likeness(word.lower(), each), default="")
    return folded.get(best, "")


def _likeness(word: str, choice: str) -> float:
    """Return how alike two words are; people seldom get the beginning wrong."""
    beginning = len(commonprefix([word, choice])) / max(len(word), len(choice))
    return SequenceMatcher(None, word, choice).ratio() + beginning / 4


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
