"""What contracts say in words about the rows that go with a deleted one."""

from __future__ import annotations

import re

from colonnade.spec.openapi.linking import plural_of
from colonnade.spec.openapi.model import Model
from colonnade.sql.identifier import snake

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n\s*\n")
_WITH_IT = r"\b(?:its|their|all|associated|related|every|corresponding)\b(?:\W+\w+){0,4}?\W+"
_DELETES = re.compile(r"\b(?:delet|remov|eras|purg|cascad)\w*", re.IGNORECASE)
_UNLESS = re.compile(
    r"\b(?:not|no|cannot|never|fails?|unless|while|if|must|only|without|moved?|kept)\b|n't", re.IGNORECASE
)


def settle_deletions(model: Model) -> None:
    """Make parts of the rows that a deletion is said to take along: "Deletes the feed and its items"."""
    for draft in model.drafts.values():
        told = [each.exchange.call.text for each in draft.visits if each.kind == "delete"]
        sentences = [part for text in told for part in _SENTENCE.split(text) if _takes_along(part)]
        for each in [known for known in model.relationships if known.target == draft.name and known.kind == "N-1"]:
            named = {" ".join(name.split("_")) for name in (plural_of(snake(each.source)), each.inverse)}
            pattern = re.compile(_WITH_IT + f"(?:{'|'.join(map(re.escape, sorted(named)))})" + r"\b", re.IGNORECASE)
            if each.source != draft.name and any(pattern.search(part) for part in sentences):
                model.update(each, composition=True)


def _takes_along(sentence: str) -> bool:
    return bool(_DELETES.search(sentence)) and not _UNLESS.search(sentence)
