"""Single objects: parts that each row or each caller has one of, and what the service has one of."""

from __future__ import annotations

import re

from colonnade.spec.english import word_set
from colonnade.spec.openapi.resources import Resource, Spot
from colonnade.spec.openapi.vocabulary import STOP_SEGMENTS
from colonnade.sql.identifier import pascal

# What each caller has one of, when callers are people.
_PERSONAL = word_set("profile preference setting cart basket wallet quota wishlist")
_SAYS_PERSONAL = re.compile(r"\b(?:your|my|(?:the )?(?:current |authenticated )?user'?s)\b", re.IGNORECASE)


def is_single(spot: Spot) -> bool:
    """Tell whether a spot shows one object that no identifier of its own tells from others."""
    name = spot.name.lower().replace("_", "-")
    readable = any(each.call.method == "GET" and each.answer.kind == "item" for each in spot.exchanges)
    return readable and name not in STOP_SEGMENTS and not any(each.arity for each in spot.exchanges)


def is_kept_at_root(spot: Spot) -> bool:
    """Tell whether a single object that stands below no row can be changed, and so is kept."""
    alone = not any(step.parameters for each in spot.exchanges for step in each.call.steps)
    return alone and any(
        each.call.method in ("PUT", "PATCH") and each.body.kind == "item" and each.body.shape is not None
        for each in spot.exchanges
    )


def is_personal(spot: Spot) -> bool:
    """Tell whether each caller has one: only people may ask for it, and it is a kind of thing that people have."""
    if not all(each.call.personal for each in spot.exchanges):
        return False
    return spot.noun[-1] in _PERSONAL or any(_SAYS_PERSONAL.search(each.call.text) for each in spot.exchanges)


def single(spot: Spot, *, above: Resource | None, is_taken: bool) -> Resource:
    """Return the thing that a single object is; one of a name that is taken is called after what it is a part of."""
    noun = spot.noun
    name = (*above.words, *noun) if is_taken and above is not None else noun
    return Resource(
        name=pascal("_".join(name)), stem=noun, stems={noun}, home=spot, spots=[spot], singleton=above is not None
    )
