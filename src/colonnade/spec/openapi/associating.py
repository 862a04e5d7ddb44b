"""Associations that operations make: one thing tied to another, or marked by a user."""

from __future__ import annotations

from colonnade.spec.english import agent, gerund, participle, plural
from colonnade.spec.entities import Relationship
from colonnade.spec.openapi.linking import plural_of, singular_name
from colonnade.spec.openapi.model import EntityDraft, Model, Place
from colonnade.spec.openapi.resources import Resource
from colonnade.spec.openapi.visits import Visit
from colonnade.sql.identifier import pascal, snake, words


def associate(model: Model) -> None:
    """Find the associations that pairs of operations make and unmake."""
    for visit in model.visits:
        target, other = visit.resource, visit.other
        if target is None or target not in model.drafts:
            continue
        if visit.kind == "link" and other is not None and other in model.drafts:
            _link(model, visit, target, other)
        elif visit.kind == "mark" and model.user is not None:
            _mark(model, visit, target)


def marked_by(model: Model, entity: str, verb: str) -> Relationship | None:
    """Return the association that marking rows of an entity with the verb makes."""
    via = _via(entity, verb)
    return next((each for each in model.associations(entity) if each.via == via), None)


def _link(model: Model, visit: Visit, left: Resource, right: Resource) -> None:
    itself = left is right
    known = [each for each in model.associations(left.name) if right.name in (each.source, each.target)]
    if known and not itself:
        return
    name, inverse, via = plural_of(visit.verb), plural_of(snake(left.name)), f"{snake(left.name)}_{snake(right.name)}"
    if itself:
        via = f"{snake(left.name)}_{singular_name(visit.verb)}"
        name = _linked_name(visit) or name
    model.relate(
        Relationship(
            name=name,
            source=left.name,
            target=right.name,
            kind="N-M",
            inverse=inverse,
            via=pascal(via),
            irreflexive=itself,
            at=(visit.exchange.call.at,),
        )
    )


def _linked_name(visit: Visit) -> str:
    """Return what the body calls the other row: `associated_tag_id` links `associated_tags`."""
    shape = visit.exchange.body.shape
    for name in shape.properties if shape is not None else ():
        parts = words(name)
        if len(parts) > 1 and parts[-1] == "id":
            return plural_of("_".join(parts[:-1]))
    return ""


def _mark(model: Model, visit: Visit, target: Resource) -> None:
    user = model.directory.user
    if user is None:
        return
    verb = visit.verb
    if target is user:
        name, inverse = _self_names(model, verb)
    else:
        name, inverse = f"{participle(verb)}_by", f"{participle(verb)}_{plural_of(snake(target.name))}"
    model.relate(
        Relationship(
            name=name,
            source=target.name,
            target=user.name,
            kind="N-M",
            inverse=inverse,
            via=_via(target.name, verb),
            irreflexive=target is user,
            at=(visit.exchange.call.at,),
        )
    )
    if target is user:
        draft = model.drafts[user]
        for field_name, side in ((name, name), (inverse, inverse)):
            if field_name in draft.fields:
                draft.places[field_name] = Place(path=side)


def _via(entity: str, verb: str) -> str:
    return pascal(f"{snake(entity)}_{verb}")


def _self_names(model: Model, verb: str) -> tuple[str, str]:
    """Return how users call those they mark and those who mark them, in the contract's words if it shows them."""
    draft: EntityDraft | None = model.user
    shown = list(draft.fields) if draft is not None else []
    doers = f"{plural(agent(verb))}"
    done = next(
        (
            name
            for name in shown
            if name != doers
            and name[:5] == verb[:5]
            and name != gerund(verb)
            and draft is not None
            and draft.fields[name].shape.kind == "array"
        ),
        participle(verb),
    )
    return done, doers
