"""What a schema name is about once the words for its use are taken away."""

from __future__ import annotations

from collections.abc import Collection

from colonnade.spec.english import singular, word_set
from colonnade.sql.identifier import words

# Half of all schema names end in one of these; they tell a use of the thing, not the thing.
_SUFFIXES = word_set(
    """
    response request input output create update patch read out in public private dto model schema resource detail
    details summary list page paginated collection result results payload body base full brief basic view entity
    params form command
    vm viewmodel jsonld jsonhal jsonapi write written me register new partial object data info confirmation fields
    auth created updated
    """
)
_PREFIXES = word_set(
    """
    new create update patch put post add get list paginated page read edit upsert delete body set base multiple
    single private public buy search replace modify register patched store login
    """
)
# Nouns that a name may end in without saying more; only dropped when the path drops them too.
# What a part is called that says nothing without the whole: an order's line.
GENERIC_PARTS = word_set("item line entry row detail element value field option position")
GENERIC_NOUNS = word_set(
    """
    entry record item row
    """
)

Stem = tuple[str, ...]


def stem(name: str, *, keep: Collection[str] = ()) -> Stem:
    """Return the words of a schema name without the words for its use, the last one in the singular.

    `UserWithProfileDTO` is about `user`, `ProductRead` about `product`, `NewArticle` about `article`.
    A word in `keep`, one that the path itself uses, stays.
    """
    parts = list(words(_told(name)))
    parts = [each for index, each in enumerate(parts) if not index or each != parts[index - 1]]
    if parts[:2] in (["entity", "model"], ["collection", "model"], ["paged", "model"]) and len(parts) > 2:
        return stem("_".join(parts[2:]), keep=keep)
    if "with" in parts[1:-1]:
        parts = parts[: parts.index("with", 1)]
    while len(parts) > 1 and parts[-1] in _SUFFIXES and parts[-1] not in keep:
        parts.pop()
    while len(parts) > 1 and parts[0] in _PREFIXES and parts[0] not in keep:
        parts.pop(0)
    if len(parts) > 1 and parts[-1].isdigit():
        parts.pop()
    return (*parts[:-1], singular(parts[-1])) if parts else ()


def _told(name: str) -> str:
    """Return the last dotted part of a name that is not of use only: `Users.UserOut`, `Book.jsonld`."""
    dotted = name.split(".")
    while len(dotted) > 1 and set(words(dotted[-1])) <= _SUFFIXES:
        dotted.pop()
    return dotted[-1]


def ends_with(longer: Stem, shorter: Stem) -> bool:
    """Tell whether the words of the longer name end with those of the shorter one."""
    return 0 < len(shorter) <= len(longer) and longer[-len(shorter) :] == shorter


def starts_with(longer: Stem, shorter: Stem) -> bool:
    """Tell whether the words of the longer name begin with those of the shorter one."""
    return 0 < len(shorter) <= len(longer) and longer[: len(shorter)] == shorter
