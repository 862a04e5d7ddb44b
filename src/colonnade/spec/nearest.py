"""The valid word that somebody most likely meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches
from itertools import takewhile

_LISTED = 12


def nearest(word: str, valid: Iterable[str]) -> str:
    """Return the valid word closest to `word`, the empty text when none is close."""
    folded = {choice.lower(): choice for choice in sorted(set(valid), reverse=True)}
    found = get_close_matches(word.lower(), list(folded), n=3, cutoff=0.6)
    best = max(found, key=lambda each: _likeness(word.lower(), each), default="")
    return folded.get(best, "")


def _likeness(word: str, choice: str) -> float:
    """Return how alike two words are; people seldom get the beginning wrong."""
    beginning = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, choice, strict=False)))
    return SequenceMatcher(None, word, choice).ratio() + beginning / max(len(word), len(choice)) / 4


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
