"""Reads contracts in OpenAPI 3.0 and 3.1 into a spec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from colonnade.errors import SpecError
from colonnade.span import Span
from colonnade.spec.document import Document
from colonnade.spec.entities import Entity
from colonnade.spec.invariants import Invariant
from colonnade.spec.openapi.asking import Questions
from colonnade.spec.openapi.calls import Call, read_calls
from colonnade.spec.openapi.closing import ask_the_rest, defaults, entities
from colonnade.spec.openapi.contract import operations
from colonnade.spec.openapi.faces import Faces
from colonnade.spec.openapi.finding import find
from colonnade.spec.openapi.hinted import (
    hinted_entity,
    hinted_patterns,
    hinted_uniques,
    schema_hints,
)
from colonnade.spec.openapi.hints import check_hints
from colonnade.spec.openapi.model import Model
from colonnade.spec.openapi.owners import read_identity, settle_owners
from colonnade.spec.openapi.patterns import Patterns
from colonnade.spec.openapi.references import References
from colonnade.spec.openapi.settling import settle
from colonnade.spec.openapi.shapes import Shapes
from colonnade.spec.openapi.styles import refuse_foreign
from colonnade.spec.openapi.uniques import find_uniques, one_parent_rules
from colonnade.spec.questions import Unread
from colonnade.spec.spec import Spec

_NO_ANSWERS: Mapping[str, str] = {}


def read_openapi(documents: Sequence[Document], answers: Mapping[str, str] = _NO_ANSWERS) -> Spec:
    """Return what the contracts say; documents without `openapi` are only referred to.

    `answers` settle questions that change what is read. Raises SpecError when there is no contract, when two
    operations have one id, when names collide, or when nothing is kept.
    """
    contracts = [each for each in documents if "openapi" in each.root]
    if not contracts:
        raise SpecError(
            "no document is an OpenAPI contract",
            at=Span(documents[0].path) if documents else None,
            hint='A contract begins with "openapi: 3.1.0".',
        )
    shapes = Shapes(References(documents))
    unread: list[Unread] = []
    check_hints(contracts)
    calls = [call for document in contracts for call in read_calls(document, shapes, unread)]
    _check_ids(calls)
    refuse_foreign(calls)
    model, faces = find(contracts, calls, shapes, unread, Questions(answers))
    provider = settle(model, contracts)
    isolation = settle_owners(model)
    spec = Spec(
        name=model.name,
        entities=_entities(model, faces),
        relationships=tuple(model.relationships),
        invariants=_rules(model, faces),
        access_patterns=(*Patterns(model).collect(), *hinted_patterns(model, faces)),
        operations=operations(model),
        identity=read_identity(model, provider),
        isolation=isolation,
        defaults=defaults(model),
        unread=(*model.unread, *_skipped(model), *shapes.problems),
        sources=tuple(each.path for each in documents),
    )
    return spec.model_copy(update={"questions": ask_the_rest(model, spec)})


def _entities(model: Model, faces: Faces) -> tuple[Entity, ...]:
    found = zip(entities(model), model.drafts.values(), strict=True)
    return tuple(hinted_entity(entity, schema_hints(faces, draft.resource), model) for entity, draft in found)


def _rules(model: Model, faces: Faces) -> tuple[Invariant, ...]:
    rules: list[Invariant] = [*find_uniques(model), *one_parent_rules(model)]
    return (*rules, *(each for each in hinted_uniques(model, faces) if each not in rules))


def _check_ids(calls: Sequence[Call]) -> None:
    seen: dict[str, Call] = {}
    for call in calls:
        first = seen.setdefault(call.id, call) if call.id else call
        if first is not call:
            raise SpecError(
                f'operation id "{call.id}" stands twice',
                at=call.at,
                detail=f"{first.label} has it at {first.at}, {call.label} again.",
                hint="Give each operation an id of its own.",
            )


def _skipped(model: Model) -> list[Unread]:
    return [
        Unread(what=each.exchange.call.label, reason=each.reason, at=(each.exchange.call.at,))
        for each in model.visits
        if each.unread
    ]
