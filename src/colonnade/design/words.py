"""English plurals and singulars of the last word of a name."""

from __future__ import annotations

import re

_IRREGULAR = {
    "analysis": "analyses",
    "basis": "bases",
    "child": "children",
    "crisis": "crises",
    "criterion": "criteria",
    "datum": "data",
    "foot": "feet",
    "goose": "geese",
    "half": "halves",
    "hero": "heroes",
    "knife": "knives",
    "leaf": "leaves",
    "life": "lives",
    "loaf": "loaves",
    "man": "men",
    "mouse": "mice",
    "movie": "movies",
    "cookie": "cookies",
    "person": "people",
    "phenomenon": "phenomena",
    "potato": "potatoes",
    "quiz": "quizzes",
    "self": "selves",
    "shelf": "shelves",
    "thief": "thieves",
    "tomato": "tomatoes",
    "tooth": "teeth",
    "wife": "wives",
    "wolf": "wolves",
    "woman": "women",
}
_SAME_WORDS = """
    aircraft audio data equipment evidence feedback furniture hardware homework information media metadata
    money music news offspring rice series sheep software species staff traffic weather
"""
_SAME = frozenset(_SAME_WORDS.split())
_SINGULAR = {plural: singular for singular, plural in _IRREGULAR.items()}


def plural(name: str) -> str:
    """Return a snake_case name with its last word in the plural.

    A word that is a plural already (`settings`) and a word that is not English stay as they are.
    """
    before, word = _last_word(name)
    return before + _plural_word(word)


def singular(name: str) -> str:
    """Return a snake_case name with its last word in the singular."""
    before, word = _last_word(name)
    return before + _singular_word(word)


def _last_word(name: str) -> tuple[str, str]:
    cut = name.rfind("_") + 1
    return name[:cut], name[cut:]


def _plural_word(word: str) -> str:
    if word in _SAME or word in _SINGULAR or not re.fullmatch(r"[a-z]*[a-z]", word):
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if re.search(r"[^aeiou]y\Z", word):
        return word[:-1] + "ies"
    if word.endswith("sis"):
        return word[:-2] + "es"
    if re.search(r"(?:ss|us|is|as|os|x|z|ch|sh)\Z", word):
        return word + "es"
    return word if word.endswith("s") else word + "s"


def _singular_word(word: str) -> str:
    if word in _SAME or word in _IRREGULAR:
        return word
    if word in _SINGULAR:
        return _SINGULAR[word]
    if re.search(r"[^aeiou]ies\Z", word):
        return word[:-3] + "y"
    if re.search(r"(?:ss|us|x|sh|ch|zz)es\Z", word) and not re.search(r"(?:ach|ous|aus)es\Z", word):
        return word[:-2]
    return word[:-1] if re.search(r"[^suai]s\Z", word) else word
