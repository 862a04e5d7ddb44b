"""Reads contracts in OpenAPI 3.0 and 3.1 into a spec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from colonnade.errors import SpecError
from colonnade.span import Span
from colonnade.spec.document import Document
from colonnade.spec.invariants import Invariant
from colonnade.spec.openapi.asking import Questions
from colonnade.spec.openapi.associating import associate
from colonnade.spec.openapi.calls import Call, read_calls
from colonnade.spec.openapi.closing import ask_the_rest, defaults, entities
from colonnade.spec.openapi.contract import operations
from colonnade.spec.openapi.directory import Directory
from colonnade.spec.openapi.embedding import discover
from colonnade.spec.openapi.faces import Faces
from colonnade.spec.openapi.gathering import gather
from colonnade.spec.openapi.hinted import (
    apply_property_hints,
    apply_reference_hints,
    hinted_entity,
    hinted_patterns,
    hinted_uniques,
    rename_resources,
    schema_hints,
)
from colonnade.spec.openapi.hints import check_hints
from colonnade.spec.openapi.keys import name_list, settle_key
from colonnade.spec.openapi.linking import link_fields, link_paths
from colonnade.spec.openapi.model import EntityDraft, Model
from colonnade.spec.openapi.owners import add_external_user, own_by_path, read_identity, settle_owners
from colonnade.spec.openapi.parts import settle_pairs, settle_parts
from colonnade.spec.openapi.patterns import Patterns
from colonnade.spec.openapi.people import find_user, join_same
from colonnade.spec.openapi.polymorphism import settle_kinds
from colonnade.spec.openapi.references import References
from colonnade.spec.openapi.resources import exchanges_of, find_resources, spots_of
from colonnade.spec.openapi.shapes import Shapes
from colonnade.spec.openapi.sorting import store
from colonnade.spec.openapi.styles import refuse_foreign
from colonnade.spec.openapi.uniques import find_uniques, one_parent_rules, require_addresses
from colonnade.spec.openapi.visits import Visit, visit
from colonnade.spec.questions import Unread
from colonnade.spec.spec import Spec
from colonnade.sql.identifier import snake

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
    model, faces = _model(contracts, calls, shapes, unread, Questions(answers))
    provider = _settle(model, contracts)
    isolation = settle_owners(model)
    rules: list[Invariant] = [*find_uniques(model), *one_parent_rules(model)]
    rules += [each for each in hinted_uniques(model, faces) if each not in rules]
    patterns = (*Patterns(model).collect(), *hinted_patterns(model, faces))
    contract = operations(model)
    spec = Spec(
        name=model.name,
        entities=tuple(
            hinted_entity(entity, schema_hints(faces, draft.resource), model)
            for entity, draft in zip(entities(model), model.drafts.values(), strict=True)
        ),
        relationships=tuple(model.relationships),
        invariants=tuple(rules),
        access_patterns=patterns,
        operations=contract,
        identity=read_identity(model, provider),
        isolation=isolation,
        defaults=defaults(model),
        unread=(*model.unread, *_skipped(model), *shapes.problems),
        sources=tuple(each.path for each in documents),
    )
    return spec.model_copy(update={"questions": ask_the_rest(model, spec)})


def _model(
    contracts: Sequence[Document], calls: Sequence[Call], shapes: Shapes, unread: list[Unread], questions: Questions
) -> tuple[Model, Faces]:
    """Find the things and what every operation does to them."""
    exchanges = exchanges_of(calls, shapes)
    spots = spots_of(exchanges)
    directory = Directory(find_resources(spots), spots)
    find_user(directory, exchanges)
    join_same(directory)
    visits = visit(exchanges, directory, shapes)
    model = Model(
        name=_name(contracts),
        directory=directory,
        shapes=shapes,
        visits=visits,
        questions=questions,
        unread=unread,
        prose=_prose(contracts),
    )
    faces = Faces(directory, shapes)
    faces.collect(visits)
    discover(directory, faces, shapes)
    rename_resources(directory, faces)
    for resource in directory.resources:
        if resource.ignored:
            continue
        own = [each for each in visits if each.resource is resource]
        draft = EntityDraft(
            resource=resource,
            fields=faces.fields(resource),
            faces=faces.of(resource),
            visits=own,
            at=_places(own or [each for each in visits if any(scope.resource is resource for scope in each.scopes)]),
        )
        name_list(draft)
        if draft.fields or draft.attributes or resource.phantom:
            model.drafts[resource] = draft
        elif own:
            reason = "no schema describes its fields"
            unread.append(Unread(what=resource.name, reason=reason, at=draft.at))
    if not any(not each.phantom for each in model.drafts):
        problems = (*shapes.problems, *unread)
        raise SpecError(
            "the contract keeps nothing that could be a table",
            at=next((place for each in problems for place in each.at), Span(contracts[0].path)),
            detail=" ".join(
                [
                    f"It has {len(calls)} operations, and none reads or writes a thing of its own.",
                    *(f"Not read: {each.what}: {each.reason}." for each in problems[:3]),
                ]
            ),
            hint="A thing shows as a path with an identifier below it, such as /tasks/{id}, and a schema for it.",
        )
    return model, faces


def _settle(model: Model, contracts: Sequence[Document]) -> str:
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
    own_by_path(model)
    settle_parts(model)
    for draft in list(model.drafts.values()):
        gather(model, draft)
    for draft in list(model.drafts.values()):
        store(model, draft)
    for draft in model.drafts.values():
        require_addresses(draft, model)
    settle_pairs(model)
    model.free_inverses()
    apply_reference_hints(model)
    return provider


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


def _name(contracts: Sequence[Document]) -> str:
    for document in contracts:
        info = document.root.get("info")
        title = info.get("title") if info is not None else None
        if title is not None and title.text.strip():
            return snake(title.text)
    return "api"


def _prose(contracts: Sequence[Document]) -> str:
    """Return the texts in which an identity provider would be named."""
    found = []
    for document in contracts:
        info = document.root.get("info")
        components = document.root.get("components")
        schemes = components.get("securitySchemes") if components is not None else None
        found += [str(each.value) for each in (info, schemes) if each is not None]
    return "\n".join(found)


def _places(visits: Sequence[Visit]) -> tuple[Span, ...]:
    spans = [each.exchange.call.at for each in visits]
    return tuple(dict.fromkeys(spans))[:3]


def _skipped(model: Model) -> list[Unread]:
    return [
        Unread(what=each.exchange.call.label, reason=each.reason, at=(each.exchange.call.at,))
        for each in model.visits
        if each.unread
    ]
