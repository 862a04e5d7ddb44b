"""Sorts the fields of a thing into stored, computed and left out."""

from __future__ import annotations

from colonnade.span import Span
from colonnade.spec.entities import Attribute, ValueType
from colonnade.spec.openapi.attributes import attribute_of
from colonnade.spec.openapi.derived import derived_reason
from colonnade.spec.openapi.embedding import embed
from colonnade.spec.openapi.faces import FieldDraft
from colonnade.spec.openapi.model import EntityDraft, Model, Place
from colonnade.spec.openapi.required import is_required
from colonnade.spec.openapi.shape import Limits
from colonnade.spec.openapi.types import is_moment, value_type
from colonnade.spec.openapi.vocabulary import CREDENTIAL_WORDS, DISPLAY_TEXTS
from colonnade.sql.identifier import snake, words

_PASSWORD = ("password", "passwd", "passphrase")
_CHANGE_PREFIXES = ("current", "new", "old", "confirm", "repeat", "previous")


def store(model: Model, draft: EntityDraft) -> None:
    """Give every field that no reference has taken its place or its reason."""
    for field in draft.unplaced():
        if is_password(field):
            _store_password(draft, field)
        else:
            reason = _unshown_reason(draft, field)
            if reason:
                draft.leave_out(field.name, reason)
    for field in draft.unplaced():
        spelled = _spelled_out(model, draft, field)
        if spelled is not None:
            draft.places[field.name] = spelled
    for field in draft.unplaced():
        reason = derived_reason(model, draft, field)
        if reason:
            draft.put(_computed(model, field, reason), field_name=field.name)
    embed(model, draft)
    for field in draft.unplaced():
        draft.put(attribute_of(model, draft, field), field_name=field.name)


def store_compared_password(model: Model) -> None:
    """Keep a hash for accounts of which only the login shows that they have a password."""
    user = model.user
    if user is None or user.external or any(each.role == "password" for each in user.attributes.values()):
        return
    for visit in model.visits:
        body = visit.exchange.body.shape if visit.kind == "login" else None
        for each in body.properties.values() if body is not None else ():
            if each.name.lower() in _PASSWORD:
                kept = _hash(snake(each.name), Limits(), each.at, required=not user.is_created)
                user.put(kept, field_name=snake(each.name))
                return


def _spelled_out(model: Model, draft: EntityDraft, field: FieldDraft) -> Place | None:
    """Return the place of a field that only repeats what a referred row says: `author`, `author_name`."""
    sides = {each.name if each.source == draft.name else each.inverse for each in model.associations(draft.name)}
    if field.name in sides:
        return Place(path=field.name)
    same = [each for each in model.references(draft.name) if field.name in (f"{each.name}_id", f"{each.name}_uuid")]
    if same:
        return Place(path=same[0].name)
    if field.shape.kind != "scalar":
        return None
    if not field.writes and draft.is_created and len(words(field.name)) > 1 and _is_words(field):
        for each in model.references(draft.name):
            if _keeps(model.draft(each.target), field.name):
                return Place(path=f"{each.name}.{field.name}")
    for each in model.references(draft.name):
        rest = field.name.removeprefix(f"{each.name}_") if field.name.startswith(f"{each.name}_") else ""
        if field.name != each.name and (not rest or field.writes):
            continue
        target = model.draft(each.target)
        names = (rest,) if rest else DISPLAY_TEXTS
        shown = next((name for name in names if name in target.fields or name in target.attributes), "")
        if shown and target.places.get(shown, Place(path=shown)).path == shown:
            return Place(path=f"{each.name}.{shown}")
        if field.name == each.name:
            return Place(reason=f"spells out the {each.name}")
    return None


def _keeps(target: EntityDraft, name: str) -> bool:
    """Tell whether requests give a referred row this text: a plate shown with a job is the vehicle's."""
    known = target.fields.get(name)
    return known is not None and _is_words(known) and target.places.get(name, Place(path=name)).path == name


def _is_words(field: FieldDraft) -> bool:
    """Tell whether a field holds plain text, which two things have in common only by repeating it."""
    return field.shape.is_text and not field.shape.format and not is_moment(field.name, field.shape)


def is_password(field: FieldDraft) -> bool:
    """Tell whether a field is a secret by which a person logs in."""
    parts = words(field.name)
    if parts[-1] == "hash" or field.shape.kind != "scalar":
        return False
    return parts[-1] in _PASSWORD and parts[0] not in _CHANGE_PREFIXES


def _store_password(draft: EntityDraft, field: FieldDraft) -> None:
    """Keep a hash in place of the password; its limits are of what requests carry, not of what is kept."""
    creates = field.within("create")
    required = any(each.property.required for each in creates) if creates else is_required(field, draft)
    kept = _hash(field.name, field.limits, *field.at, required=required)
    draft.put(kept.model_copy(update={"description": field.description}), field_name=field.name)


def _hash(name: str, limits: Limits, *at: Span, required: bool) -> Attribute:
    return Attribute(
        name=f"{name}_hash",
        type=ValueType(
            base="text",
            min_length=limits.min_length or None,
            max_length=limits.max_length,
            pattern=limits.pattern,
        ),
        required=required,
        role="password",
        reason="arrives as plain text, is kept as a hash",
        at=at,
    )


def _computed(model: Model, field: FieldDraft, reason: str) -> Attribute:
    return Attribute(
        name=field.name,
        type=value_type(field.name, field.shape, model.shapes),
        role="computed",
        reason=reason,
        description=field.description,
        at=field.at,
    )


def _unshown_reason(draft: EntityDraft, field: FieldDraft) -> str:
    """Return why a field that no ordinary answer shows is not stored."""
    if field.reads:
        return ""
    if not field.writes:
        return "shown only in search results or reports"
    if not any(face.role in ("read", "list", "embedded") and len(face.shape.properties) > 1 for face in draft.faces):
        return ""
    if field.within("create"):
        if field.shape.write_only and not set(words(field.name)) & CREDENTIAL_WORDS and field.within("update"):
            return ""
        return "sent with the request and used up by it; no answer shows it"
    if words(field.name)[0] in _CHANGE_PREFIXES or field.shape.kind != "scalar":
        return "says how to change the row; no answer shows it"
    return ""
