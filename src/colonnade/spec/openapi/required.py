"""Whether a field may be absent, and what holds when a writer says nothing."""

from __future__ import annotations

from colonnade.spec.document import Scalar
from colonnade.spec.openapi.faces import FieldDraft, Sight
from colonnade.spec.openapi.model import EntityDraft


def is_required(field: FieldDraft, draft: EntityDraft) -> bool:
    """Tell whether every row has the field.

    It does when creating demands it, or when every answer shows it and the server has it to give from
    the first moment: a default, or a field that no client may set later. A field that only updates may
    set is absent until then, whatever the answers promise.
    """
    reads, creates, updates = field.reads, field.within("create"), field.within("update")
    if field.variants and not draft.weak_of:
        return False
    if any(each.shape.nullable for each in reads):
        return False
    if any(each.property.required and not each.shape.nullable for each in creates):
        return True
    promised = bool(reads) and all(each.property.required for each in _main(reads))
    if creates and any(each.shape.nullable for each in creates):
        return False
    if creates:
        return given_default(field) is not None or promised
    if draft.is_created and updates:
        return promised and (
            field.shape.type == "boolean" or bool(field.shape.values) or given_default(field) is not None
        )
    if promised:
        return True
    return bool(reads) and field.shape.type == "boolean" and given_default(field) is not None


def is_contradicted(field: FieldDraft, draft: EntityDraft) -> bool:
    """Tell whether answers promise a field that nothing has set when a row is new."""
    reads, creates = field.reads, field.within("create")
    promised = bool(reads) and all(each.property.required and not each.shape.nullable for each in _main(reads))
    return (
        promised and draft.is_created and not creates and bool(field.within("update")) and not is_required(field, draft)
    )


def given_default(field: FieldDraft) -> str | None:
    """Return the default that a request's or an answer's schema gives, as the spec spells literals."""
    for sight in (*field.within("create"), *field.reads, *field.within("update")):
        shape = sight.shape
        if shape.has_default and shape.default is not None and shape.kind == "scalar":
            return literal(shape.default)
    return None


def server_default(field: FieldDraft, *, is_counter: bool) -> str | None:
    """Return what a new row holds where the server sets the field and only one value makes sense.

    A flag starts unset, a counter at zero.
    """
    if field.within("create") and not is_counter:
        return None
    if field.shape.kind == "scalar" and field.shape.type == "boolean":
        return "false"
    return "0" if is_counter else None


def literal(value: Scalar) -> str:
    """Return a scalar as the spec spells literals."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _main(reads: list[Sight]) -> list[Sight]:
    """Return the sights that show a row of its own; what stands inside another answer may be abridged."""
    own = [each for each in reads if each.role != "embedded"]
    return own or reads
