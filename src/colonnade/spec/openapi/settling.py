"""Sorts every field of every thing: keys, kinds, references, collections, then what is stored."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.span import Span
from colonnade.spec.document import Document
from colonnade.spec.openapi.associating import associate
from colonnade.spec.openapi.deleting import settle_deletions
from colonnade.spec.openapi.gathering import gather
from colonnade.spec.openapi.hinted import apply_property_hints, apply_reference_hints
from colonnade.spec.openapi.keys import settle_key
from colonnade.spec.openapi.linking import link_fields, link_paths
from colonnade.spec.openapi.model import Model
from colonnade.spec.openapi.owners import add_external_user, own_by_path
from colonnade.spec.openapi.parts import settle_pairs, settle_parts
from colonnade.spec.openapi.polymorphism import settle_kinds
from colonnade.spec.openapi.sorting import store, store_compared_password
from colonnade.spec.openapi.uniques import require_addresses


def settle(model: Model, contracts: Sequence[Document]) -> str:
    """Sort every field of every thing; returns the provider of external accounts."""
    for draft in model.drafts.values():
        settle_key(draft)
    provider = add_external_user(model, tuple(Span(each.path) for each in contracts[:1]))
    for draft in list(model.drafts.values()):
        settle_kinds(model, draft)
    for draft in list(model.drafts.values()):
        apply_property_hints(model, draft)
    associate(model)
    for draft in list(model.drafts.values()):
        link_fields(model, draft)
    for draft in list(model.drafts.values()):
        link_paths(model, draft)
    settle_deletions(model)
    own_by_path(model)
    settle_parts(model)
    for draft in list(model.drafts.values()):
        gather(model, draft)
    for draft in list(model.drafts.values()):
        store(model, draft)
    store_compared_password(model)
    for draft in model.drafts.values():
        require_addresses(draft, model)
    settle_pairs(model)
    model.free_inverses()
    model.shorten_places()
    apply_reference_hints(model)
    return provider
