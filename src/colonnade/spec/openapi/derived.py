"""Fields that answers show but that nobody stores: relative to the viewer or the clock, counted, or not data at all."""

from __future__ import annotations

from colonnade.spec.english import gerund, participle, singular
from colonnade.spec.entities import Relationship
from colonnade.spec.openapi.associating import marked_by
from colonnade.spec.openapi.faces import FieldDraft
from colonnade.spec.openapi.linking import plural_of, singular_name
from colonnade.spec.openapi.model import EntityDraft, Model
from colonnade.spec.openapi.vocabulary import (
    DERIVED_DESCRIPTION,
    ISSUED_CREDENTIALS,
    LINK_WORDS,
    MARKING_VERBS,
    QUOTA_PREFIXES,
    QUOTA_RESETS,
    QUOTA_SUFFIXES,
    TIME_RELATIVE,
)
from colonnade.sql.identifier import snake, words

_COUNT_PREFIXES = ("total", "num", "number")
_LENGTHS = ("duration", "elapsed", "length_seconds")
_SPAN_PAIRS = (("start", "end"), ("started_at", "ended_at"), ("start_time", "end_time"), ("start_at", "end_at"))


def derived_reason(model: Model, draft: EntityDraft, field: FieldDraft) -> str:
    """Return why a field is not stored, "" when it is."""
    if field.writes:
        return ""
    shape = field.shape
    if field.spelling == "__v":
        return "the version key of another store"
    if field.name in LINK_WORDS and shape.kind != "scalar":
        return "links of the interface"
    if field.name in ISSUED_CREDENTIALS:
        return "a credential that is issued, not kept"
    if field.name in ("message", "msg") and not any(each.face.source.startswith("GET") for each in field.sights):
        return "a message to the caller"
    if shape.kind == "scalar" and shape.type == "boolean":
        return _viewer_reason(model, draft, field) or _clock_reason(field)
    if counted(field):
        return _counter_reason(model, draft, field)
    if shape.kind in ("array", "object", "map", "any", "union"):
        return _decoration_reason(draft, field)
    return _clock_reason(field) or _span_reason(draft, field) or _quota_reason(draft, field)


def is_counter(field: FieldDraft) -> bool:
    """Tell whether a field is a number that starts at zero and is counted up by the server."""
    return not field.writes and field.shape.type == "integer" and (bool(counted(field)) or _is_tally(field.name))


def counted(field: FieldDraft) -> str:
    """Return what a field counts, in the singular: `favoritesCount` counts `favorite`; "" when it counts nothing."""
    parts = words(field.name)
    if field.shape.type != "integer" or len(parts) < 2:
        return ""
    if parts[-1] == "count":
        rest = parts[:-1]
    elif parts[0] in ("count", *_COUNT_PREFIXES):
        rest = parts[2:] if parts[:2] == ("number", "of") else parts[1:]
        if rest and singular(rest[-1]) == rest[-1]:
            return ""
    else:
        return ""
    return "_".join((*rest[:-1], singular(rest[-1]))) if rest else ""


def _is_tally(name: str) -> bool:
    """Tell whether a name tells how many: a plural with what was done to it, such as `cards_practiced`."""
    parts = words(name)
    done = [each.endswith("ed") or each in ("correct", "incorrect", "wrong", "failed", "won", "lost") for each in parts]
    return len(parts) > 1 and any(done) and any(singular(each) != each for each in parts)


def _viewer_reason(model: Model, draft: EntityDraft, field: FieldDraft) -> str:
    parts = [each for each in words(field.name) if each not in ("is", "has", "viewer", "me", "i", "by", "am")]
    told = "_".join(parts)
    if words(field.name)[0] == "viewer":
        return "relative to the viewer"
    for verb in (*sorted(MARKING_VERBS), *_marks(model, draft)):
        if told in (verb, participle(verb), gerund(verb)):
            return f"relative to the viewer: whether the caller did {verb} it"
    return ""


def _marks(model: Model, draft: EntityDraft) -> list[str]:
    return [each.verb for each in model.visits if each.kind == "mark" and each.resource is draft.resource]


def _counter_reason(model: Model, draft: EntityDraft, field: FieldDraft) -> str:
    """Return why a count is computed: its rows are here, or only some answers show it.

    A count by which lists are sorted is kept; counting for every row of a page does not scale.
    """
    what = counted(field)
    rows = " ".join(words(plural_of(what))) if counted_relationship(model, draft, what) is not None else ""
    partial = not _is_in_every_answer(draft, field)
    is_sorted_by = any(field.name in _sorts(each.exchange.call.query) for each in draft.visits if each.kind == "list")
    if not rows and not partial and not is_sorted_by:
        return ""
    answer = model.questions.ask(
        "counter",
        (draft.name, field.name),
        f'Is "{field.spelling}" of {draft.name} counted when it is asked for, or kept up to date in a column?',
        default="stored" if is_sorted_by else "computed",
        alternatives={
            "computed": "Counted from the rows; always right, costs one index scan per row shown.",
            "stored": "A column that every insert and delete keeps up to date; needed to sort by it.",
        },
        at=field.at,
    )
    if answer == "stored":
        return ""
    return f"counted from the {rows}" if rows else "a figure that only some answers show, counted when asked for"


def _sorts(parameters: object) -> set[str]:
    names: set[str] = set()
    for each in parameters if isinstance(parameters, tuple) else ():
        names |= {str(value).lstrip("-+").split(":")[0] for value in each.shape.values}
    return names


def counted_relationship(model: Model, draft: EntityDraft, what: str) -> Relationship | None:
    """Return the relationship whose rows a figure of this thing counts."""
    for each in model.relationships:
        sides = []
        if each.target == draft.name:
            sides += [each.inverse, snake(each.source)]
        if each.kind == "N-M" and each.source == draft.name:
            sides += [each.name, snake(each.target)]
        if what in {singular_name(side) for side in sides}:
            return each
    for each in model.relationships:
        if each.target == draft.name and _has_state(model.draft(each.source), what):
            return each
    for verb in _marks(model, draft):
        if what in (verb, gerund(verb)):
            return marked_by(model, draft.name, verb)
    return None


def _has_state(draft: EntityDraft, what: str) -> bool:
    """Tell whether rows are told apart by being so: a flag of that name, or one of the states they may be in."""
    flags = (what, f"is_{what}")
    for name, field in draft.fields.items():
        if field.shape.type == "boolean" and name in flags:
            return True
        if what in {str(value).lower() for value in field.shape.values}:
            return True
    return False


def _is_in_every_answer(draft: EntityDraft, field: FieldDraft) -> bool:
    own = [each for each in draft.faces if each.role in ("read", "list")]
    return all(any(sight.face is face for sight in field.sights) for face in own) if own else True


def _clock_reason(field: FieldDraft) -> str:
    told = field.name.removeprefix("is_")
    if told in TIME_RELATIVE or field.name in TIME_RELATIVE:
        return "true or false by the clock alone"
    text = field.description.lower()
    if field.shape.kind == "scalar" and any(each in text for each in DERIVED_DESCRIPTION):
        return "the contract calls it computed"
    return ""


def _span_reason(draft: EntityDraft, field: FieldDraft) -> str:
    is_length = words(field.name)[0] in _LENGTHS or field.name in _LENGTHS
    has_ends = any(start in draft.fields and end in draft.fields for start, end in _SPAN_PAIRS)
    return "the time between two fields of the same row" if is_length and has_ends else ""


def _quota_reason(draft: EntityDraft, field: FieldDraft) -> str:
    """Return why the ceiling and the reset of a quota are not rows: configuration and the clock fix them."""
    if draft.is_created or draft.is_updated or not any(_is_used(name) for name in draft.fields):
        return ""
    name = field.name
    if name in QUOTA_RESETS:
        return "the end of the current window, which the clock fixes"
    if name.startswith(QUOTA_PREFIXES) or name.endswith(QUOTA_SUFFIXES) or name in ("limit", "remaining"):
        return "a ceiling that configuration sets, the same for every row"
    return ""


def _is_used(name: str) -> bool:
    return bool({"usage", "used", "consumed", "spent"} & set(words(name)))


def _decoration_reason(draft: EntityDraft, field: FieldDraft) -> str:
    text = field.description.lower()
    if any(each in text for each in DERIVED_DESCRIPTION):
        return "the contract calls it computed"
    if not _is_in_every_answer(draft, field):
        return "shown only with some answers; no request sets it"
    return ""
