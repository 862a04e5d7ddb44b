"""Which field identifies a row, and of what kind it is."""

from __future__ import annotations

import re
from typing import Literal

from colonnade.spec.entities import Attribute, ValueType
from colonnade.spec.openapi.faces import FieldDraft
from colonnade.spec.openapi.model import EntityDraft, Place
from colonnade.spec.openapi.resources import stem_of_parameter
from colonnade.spec.openapi.shape import Shape, examples
from colonnade.spec.openapi.stems import ends_with
from colonnade.sql.identifier import snake, words

_PLAIN_NAMES = ("id", "uuid", "guid")
_RESOURCE_NAME = re.compile(r"(?:Format|format|Pattern)\W{1,4}([\w-]+(?:/\{[\w-]+\}(?:/[\w-]+)?)+)")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_UUID_LENGTH = 36
KeyKind = Literal["", "bigint", "uuid", "uuidv7", "text", "natural"]


def settle_key(draft: EntityDraft) -> None:
    """Find the field that identifies a row and store it as the attribute `id`."""
    found = _key_field(draft)
    if found is None:
        return
    draft.key = found.name
    draft.attributes["id"] = Attribute(
        name="id",
        type=key_type(found.shape, is_given=bool(found.within("create")) or _is_made_elsewhere(draft, found.shape)),
        required=True,
        role="key",
        description=found.description,
        at=found.at,
    )
    draft.places[found.name] = Place(path="id")


def _is_made_elsewhere(draft: EntityDraft, shape: Shape) -> bool:
    """Tell whether rows arrive with their identifiers: no request adds one, and examples show what no uuid is."""
    shown = examples(shape)
    return not draft.is_created and bool(shown) and not any(_UUID.fullmatch(each.text) for each in shown)


def name_list(draft: EntityDraft) -> None:
    """Give a thing that is only shown as a list of texts the one attribute that such a list shows: its name."""
    lists = [each for each in draft.visits if each.kind == "list"]
    texts = [each.exchange.answer.shape for each in lists]
    if draft.fields or not texts or not all(each is not None and each.type == "string" for each in texts):
        return
    shape = texts[0]
    assert shape is not None  # noqa: S101 - just checked
    draft.attributes["name"] = Attribute(
        name="name",
        type=ValueType(
            base="text",
            min_length=shape.limits.min_length,
            max_length=shape.limits.max_length,
            pattern=shape.limits.pattern,
        ),
        required=True,
        at=(shape.at,),
    )
    draft.lists_names = True


def key_type(shape: Shape, *, is_given: bool = False) -> ValueType:
    """Return the type of an identifier: an integer has 64 bits; a text is a uuid unless the client gives it.

    A text that the server makes may be any; a client's may not be read as a uuid unless the contract says so.
    """
    if shape.type == "integer":
        return ValueType(base="integer", bits=64)
    if shape.format in ("int64", "uint64"):
        return ValueType(base="integer", bits=64)
    if shape.format in ("uuid", "uuid4", "guid"):
        return ValueType(base="uuid")
    bounds = shape.limits
    fits_uuid = bounds.pattern is None and (bounds.max_length is None or bounds.max_length >= _UUID_LENGTH)
    if fits_uuid and (not is_given or any(_UUID.fullmatch(each.text) for each in examples(shape))):
        return ValueType(base="uuid")
    return ValueType(base="text", max_length=bounds.max_length, pattern=bounds.pattern)


def key_kind(draft: EntityDraft) -> KeyKind:
    """Return the kind of identifier, "" when the contract shows none."""
    attribute = draft.attributes.get("id")
    if attribute is None or attribute.role != "key":
        return ""
    kinds: dict[str, KeyKind] = {"integer": "bigint", "uuid": "uuid", "text": "text"}
    return kinds.get(attribute.type.base, "")


def name_pattern(shape: Shape) -> str:
    """Return the pattern of a resource name that a text's description gives: `users/{user}`; "" when none.

    Source: google.aip.dev/122
    """
    found = _RESOURCE_NAME.search(shape.description) if shape.type == "string" else None
    return found[1] if found else ""


def _key_field(draft: EntityDraft) -> FieldDraft | None:
    shown = {name: each for name, each in draft.fields.items() if each.sights and each.shape.kind in ("scalar", "any")}
    for name in _PLAIN_NAMES:
        if name in shown and (shown[name].reads or not draft.is_created):
            return shown[name]
    named = shown.get("name")
    if named is not None and _is_own_path(name_pattern(named.shape), draft):
        return named
    for name, each in shown.items():
        parts = words(name)
        if len(parts) > 1 and parts[-1] in _PLAIN_NAMES and each.reads and ends_with(draft.resource.words, parts[:-1]):
            return each
    for name, each in shown.items():
        if each.reads and name in _addressing(draft) and words(name)[-1] in _PLAIN_NAMES:
            return each
    return None


def _is_own_path(path: str, draft: EntityDraft) -> bool:
    """Tell whether a resource name's pattern is of this thing: it ends in a place where the thing is found."""
    segments = [each for each in path.split("/") if not each.startswith("{")]
    if draft.resource.singleton:
        return True
    return bool(segments) and any(spot.name == segments[-1] for spot in draft.resource.spots)


def _addressing(draft: EntityDraft) -> set[str]:
    """Return the path parameters that name rows of the thing by its own identifier."""
    return {
        snake(key)
        for each in draft.visits
        for key in each.keys
        if ends_with(draft.resource.words, stem_of_parameter(key))
    }
