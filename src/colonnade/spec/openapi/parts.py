"""Things of which each row of another has exactly one."""

from __future__ import annotations

from colonnade.spec.entities import Relationship
from colonnade.spec.openapi.model import EntityDraft, Model
from colonnade.spec.openapi.uniques import addressed_pair
from colonnade.sql.identifier import snake


def settle_parts(model: Model) -> None:
    """Make each single part a one-to-one dependent that shares the key of what it is a part of."""
    for draft in model.drafts.values():
        if not draft.resource.singleton:
            continue
        relationship = _whole(model, draft)
        if relationship is None:
            continue
        model.update(
            relationship,
            kind="1-1",
            required=True,
            composition=True,
            inverse=snake(draft.name),
        )
        draft.weak_of = relationship.target


def settle_pairs(model: Model) -> None:
    """Let things whose rows are addressed by a pair of others live and die with both of them."""
    for draft in model.drafts.values():
        for visit in draft.visits:
            pair = addressed_pair(model, draft, visit)
            for relationship in model.references(draft.name) if pair else ():
                if relationship.name in pair and not relationship.owner:
                    model.update(relationship, composition=True)


def _whole(model: Model, draft: EntityDraft) -> Relationship | None:
    """Return the reference from a single part to what its path stands below."""
    scopes = [scope.resource for each in draft.visits for scope in each.scopes if scope.resource is not None]
    user = model.user
    mine = any(each.mine for each in draft.visits)
    wanted = [each.name for each in scopes] + ([user.name] if mine and user is not None else [])
    found = [each for each in model.references(draft.name) if each.target in wanted]
    return found[0] if found else None
