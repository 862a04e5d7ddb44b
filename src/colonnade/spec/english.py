"""Number and derived forms of English nouns and verbs, as far as names need them."""

from __future__ import annotations

import re

from colonnade.sql.identifier import words


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


_IRREGULAR_PLURALS = {
    "person": "people",
    "child": "children",
    "man": "men",
    "woman": "women",
    "foot": "feet",
    "tooth": "teeth",
    "goose": "geese",
    "mouse": "mice",
    "criterion": "criteria",
    "phenomenon": "phenomena",
    "datum": "data",
    "medium": "media",
    "index": "indexes",
    "matrix": "matrices",
    "vertex": "vertices",
    "analysis": "analyses",
    "axis": "axes",
    "basis": "bases",
    "crisis": "crises",
    "diagnosis": "diagnoses",
    "hypothesis": "hypotheses",
    "thesis": "theses",
    "leaf": "leaves",
    "life": "lives",
    "knife": "knives",
    "shelf": "shelves",
    "half": "halves",
    "wolf": "wolves",
    "loaf": "loaves",
    "self": "selves",
    "wife": "wives",
    "thief": "thieves",
    "quiz": "quizzes",
    "ox": "oxen",
    "movie": "movies",
    "cookie": "cookies",
    "calorie": "calories",
    "tie": "ties",
    "pie": "pies",
    "lie": "lies",
    "zombie": "zombies",
    "selfie": "selfies",
    "rookie": "rookies",
    "cache": "caches",
    "axe": "axes",
    "niche": "niches",
    "avalanche": "avalanches",
    "headache": "headaches",
    "hero": "heroes",
    "potato": "potatoes",
    "tomato": "tomatoes",
    "echo": "echoes",
    "veto": "vetoes",
    "cargo": "cargoes",
    "menu": "menus",
    "emoji": "emojis",
    "taxi": "taxis",
    "gas": "gases",
}
_OTHER_SINGULARS = {
    **{plural: singular for singular, plural in _IRREGULAR_PLURALS.items()},
    "indices": "index",
    "appendices": "appendix",
    "persons": "person",
    "axes": "axis",
}
# One form for both numbers.
_UNCOUNTABLE_WORDS = """
    news series species equipment information metadata data media feedback staff software hardware money progress
    analytics inventory audit history statistics stats logistics electronics mathematics physics billing shipping
    pricing content traffic weather music advice sms aircraft fish sheep deer means headquarters firmware
    middleware
"""
_UNCOUNTABLE = frozenset(_UNCOUNTABLE_WORDS.split())
# Nouns in -us and -as, whose plural is -uses and -ases; without the list `statuses` would become `statuse`.
_HISSING_WORDS = """
    status bonus campus virus bus focus census consensus radius corpus apparatus nexus octopus plus surplus alias
    bias canvas atlas lens iris
"""
_HISSING = frozenset(_HISSING_WORDS.split())
_KEEPS_S = re.compile(r"(ss|us|is)\Z")
_AFTER_ES = re.compile(r"(s|x|z|ch|sh)\Z")
_CONSONANT_Y = re.compile(r"[^aeiou]y\Z")


def singular(word: str) -> str:
    """Return the singular of a lower-case noun; a noun that is singular already comes back unchanged."""
    if word in _OTHER_SINGULARS:
        return _OTHER_SINGULARS[word]
    if (
        word in _UNCOUNTABLE
        or word in _HISSING
        or word in _IRREGULAR_PLURALS
        or not word.endswith("s")
        or len(word) < 3
        or _KEEPS_S.search(word)
    ):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("es") and (word[:-2] in _HISSING or re.search(r"(ss|x|zz|ch|sh)es\Z", word)):
        return word[:-2]
    return word[:-1]


def plural(word: str) -> str:
    """Return the plural of a lower-case singular noun."""
    if word in _IRREGULAR_PLURALS:
        return _IRREGULAR_PLURALS[word]
    if word in _UNCOUNTABLE or word in _OTHER_SINGULARS:
        return word
    if _CONSONANT_Y.search(word):
        return word[:-1] + "ies"
    if _AFTER_ES.search(word):
        return word + "es"
    return word + "s"


def is_plural(word: str) -> bool:
    """Tell whether a noun is in the plural; an uncountable one may be."""
    return singular(word) != word or word in _UNCOUNTABLE


def singular_words(name: str) -> tuple[str, ...]:
    """Return the lower-case words of a name, the last one in the singular."""
    parts = words(name)
    return (*parts[:-1], singular(parts[-1])) if parts else ()


def plural_snake(name: str) -> str:
    """Return the name in snake_case with its last word in the plural: `PracticeSession`, `practice_sessions`."""
    parts = singular_words(name)
    return "_".join((*parts[:-1], plural(parts[-1]))) if parts else ""


def agent(verb: str) -> str:
    """Return who does it: `follow`, `follower`; `subscribe`, `subscriber`."""
    if verb.endswith("e"):
        return verb + "r"
    if _CONSONANT_Y.search(verb):
        return verb[:-1] + "ier"
    return verb + _doubled(verb) + "er"


def participle(verb: str) -> str:
    """Return to whom it is done: `follow`, `followed`; `pin`, `pinned`."""
    if verb.endswith("e"):
        return verb + "d"
    if _CONSONANT_Y.search(verb):
        return verb[:-1] + "ied"
    return verb + _doubled(verb) + "ed"


def gerund(verb: str) -> str:
    """Return that it is being done: `follow`, `following`."""
    stem = verb[:-1] if verb.endswith("e") and not verb.endswith("ee") else verb
    return stem + _doubled(verb) + "ing"


def _doubled(verb: str) -> str:
    """Return the letter that is doubled before an ending: `pin`, `pinned`."""
    short = re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", verb)
    return verb[-1] if short else ""
