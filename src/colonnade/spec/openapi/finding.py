"""Finds the things a contract is about, with their fields and with what every operation does to them."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.errors import SpecError
from colonnade.span import Span
from colonnade.spec.document import Document
from colonnade.spec.openapi.asking import Questions
from colonnade.spec.openapi.calls import Call
from colonnade.spec.openapi.directory import Directory
from colonnade.spec.openapi.embedding import discover
from colonnade.spec.openapi.faces import Faces
from colonnade.spec.openapi.hinted import rename_resources
from colonnade.spec.openapi.hints import KEY
from colonnade.spec.openapi.keys import name_list
from colonnade.spec.openapi.model import EntityDraft, Model
from colonnade.spec.openapi.people import find_user, join_same
from colonnade.spec.openapi.resources import exchanges_of, find_resources, spots_of
from colonnade.spec.openapi.shapes import Shapes
from colonnade.spec.openapi.shown import keeps
from colonnade.spec.openapi.visits import Visit, visit
from colonnade.spec.questions import Unread
from colonnade.sql.identifier import snake


def find(
    contracts: Sequence[Document], calls: Sequence[Call], shapes: Shapes, unread: list[Unread], questions: Questions
) -> tuple[Model, Faces]:
    """Return the things with their faces. Raises SpecError when nothing is kept."""
    exchanges = exchanges_of(calls, shapes)
    spots = spots_of(exchanges)
    found = [each for each in find_resources(spots) if keeps(each, spots.values(), shapes)]
    directory = Directory(found, spots)
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
        hints=tuple(hints for each in contracts if (hints := each.root.get(KEY)) is not None),
    )
    faces = Faces(directory, shapes)
    faces.collect(visits)
    discover(directory, faces, shapes)
    rename_resources(directory, faces)
    _draft_all(model, faces)
    _check_names(list(model.drafts.values()))
    if not any(not each.phantom for each in model.drafts):
        raise _empty(contracts, calls, (*shapes.problems, *unread))
    return model, faces


def _draft_all(model: Model, faces: Faces) -> None:
    """Draft each thing of which a schema tells something; report the others."""
    for resource in model.directory.resources:
        if resource.ignored:
            continue
        own = [each for each in model.visits if each.resource is resource]
        below = [each for each in model.visits if any(scope.resource is resource for scope in each.scopes)]
        draft = EntityDraft(
            resource=resource,
            fields=faces.fields(resource),
            faces=faces.of(resource),
            visits=own,
            at=_places(own or below) or resource.at,
        )
        name_list(draft)
        is_needed = resource.phantom and any(each.kind != "other" for each in below)
        if draft.fields or draft.attributes or is_needed:
            model.drafts[resource] = draft
        elif own:
            reason = "no schema describes its fields"
            model.unread.append(Unread(what=resource.name, reason=reason, at=draft.at))


def _check_names(drafts: list[EntityDraft]) -> None:
    """Raise SpecError when two things would have one name, with both places."""
    seen: dict[str, EntityDraft] = {}
    for draft in drafts:
        first = seen.setdefault(draft.name, draft)
        if first is not draft:
            places = [place for each in (first, draft) for place in each.at[:1]]
            raise SpecError(
                f'two things would be called "{draft.name}"',
                at=places[-1] if places else None,
                detail=f"They stand at {' and '.join(str(each) for each in places)}.",
                hint="Name one of them with x-colonnade: {entity: …} on its schema.",
            )


def _empty(contracts: Sequence[Document], calls: Sequence[Call], problems: Sequence[Unread]) -> SpecError:
    told = [f"Not read: {each.what}: {each.reason}." for each in problems[:3]]
    return SpecError(
        "the contract keeps nothing that could be a table",
        at=next((place for each in problems for place in each.at), Span(contracts[0].path)),
        detail=" ".join([f"It has {len(calls)} operations, and none reads or writes a thing of its own.", *told]),
        hint="A thing shows as a path with an identifier below it, such as /tasks/{id}, and a schema for it.",
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
