"""What the parameters of a list mean: which stored names they filter, bound, sort or search."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from colonnade.spec.access import Page, SortKey
from colonnade.spec.openapi.calls import Call, Parameter
from colonnade.spec.openapi.linking import plural_of, singular_name
from colonnade.spec.openapi.model import EntityDraft, Model, Place
from colonnade.spec.openapi.vocabulary import (
    CREATED_NAMES,
    CURSORS,
    DIRECTIONS,
    DISPLAY_TEXTS,
    EXPRESSIONS,
    NATURAL_KEYS,
    OFFSETS,
    PAGE_NUMBERS,
    PAGE_SIZES,
    RANGE_HIGH,
    RANGE_LOW,
    REPRESENTATIONS,
    SEARCHES,
    SORTS,
    UPDATED_NAMES,
)
from colonnade.sql.identifier import snake, words

_ORDERED = ("timestamp", "date", "time", "integer", "decimal", "float", "interval")
_BRACKETS = re.compile(r"([\w.-]+)\[([\w.-]+)\](?:\[([\w.-]+)\])?")
_DESCENDING = ("desc", "descending", "dsc")
_ASCENDING = ("asc", "ascending")
_ADDRESSES: tuple[str, ...] = ("username", "slug")
_DEFAULT_SIZE = 50
_BIG_SIZE = 1000


@dataclass(slots=True, kw_only=True)
class Listing:
    """What a list operation lets its caller choose; `places` tell for each parameter where it lives."""

    equality: list[str] = field(default_factory=list)
    required: list[str] = field(default_factory=list)
    range: list[str] = field(default_factory=list)
    sort: list[SortKey] = field(default_factory=list)
    search: list[str] = field(default_factory=list)
    search_mode: Literal["substring", "prefix", "word"] = "substring"
    page: Page = field(default_factory=Page)
    places: dict[str, Place] = field(default_factory=dict)
    directions: dict[str, str] = field(default_factory=dict)


def read_listing(model: Model, draft: EntityDraft, call: Call) -> Listing:
    """Return what the query parameters of a list mean."""
    listing = Listing()
    _read_page(listing, call)
    _read_sort(listing, draft, call)
    for parameter in call.query:
        if label(parameter) not in listing.places:
            _read_filter(model, listing, draft, parameter)
    listing.search_mode = _search_mode(call)
    return listing


def _search_mode(call: Call) -> Literal["substring", "prefix", "word"]:
    """Return how a search compares, as far as the contract's words tell."""
    told = "\n".join([call.text, *(each.description for each in call.query if snake(each.name) in SEARCHES)])
    if re.search(r"full[- ]?text", told, re.IGNORECASE):
        return "word"
    return (
        "prefix" if re.search(r"\bprefix\b|starts? with|begins? with|autocomplet", told, re.IGNORECASE) else "substring"
    )


def label(parameter: Parameter) -> str:
    """Return the name of a parameter as callers write it."""
    return f"{parameter.within}[{parameter.name}]" if parameter.within else parameter.name


def _read_page(listing: Listing, call: Call) -> None:
    style, size = "none", None
    for parameter in call.query:
        name = snake(parameter.name)
        reason = ""
        if name in PAGE_SIZES or (parameter.within == "page" and name in ("size", "limit")):
            size, reason = _size(parameter), "how many rows at once"
        elif name in OFFSETS:
            style, reason = "offset", "how many rows to skip"
        elif name in CURSORS:
            style, reason = "cursor", "after which row to go on"
        elif name in PAGE_NUMBERS or (parameter.within == "page" and name == "number"):
            style, reason = "page", "which page"
        elif name in ("before", "after") and not parameter.shape.format and "cursor" in parameter.description.lower():
            style, reason = "cursor", "after which row to go on"
        if reason:
            listing.places[label(parameter)] = Place(reason=reason)
    if style == "none" and size is not None:
        style = "offset"
    listing.page = Page(style=style, size=size or _DEFAULT_SIZE)  # type: ignore[arg-type]  # one of the four words above


def _size(parameter: Parameter) -> int:
    shape = parameter.shape
    if shape.has_default and isinstance(shape.default, int) and not isinstance(shape.default, bool):
        return max(1, min(shape.default, _BIG_SIZE))
    maximum = shape.limits.maximum
    return max(1, min(int(maximum), _DEFAULT_SIZE)) if maximum is not None else _DEFAULT_SIZE


def _read_sort(listing: Listing, draft: EntityDraft, call: Call) -> None:
    """Read the parameters that choose an order: names with a sign, or a name and a direction apart."""
    chosen = [each for each in call.query if _is_sort(each)]
    direction = next((each for each in call.query if each not in chosen and _is_direction(each)), None)
    descending = direction is not None and str(direction.shape.default).lower() in _DESCENDING
    if direction is not None:
        listing.places[label(direction)] = Place(reason="the direction of the order")
        listing.directions[label(direction)] = "sort"
    for parameter in chosen:
        default = str(parameter.shape.default) if parameter.shape.has_default else ""
        for key in _sort_keys(draft, parameter, default, descending=descending):
            if not any(each.attribute == key.attribute and each.descending == key.descending for each in listing.sort):
                listing.sort.append(key)
        first = listing.sort[0].attribute if listing.sort else ""
        reason = "" if first else "an order in words of its own: no list of choices"
        listing.places[label(parameter)] = Place(path=first, reason=reason)
        listing.directions[label(parameter)] = "sort"
    if direction is not None and not chosen:
        created = next((each.name for each in draft.attributes.values() if each.role == "created"), "")
        if created:
            listing.sort.append(SortKey(attribute=created, descending=direction.shape.default is None or descending))


def _is_sort(parameter: Parameter) -> bool:
    name = snake(parameter.name)
    if parameter.within in ("sort", "order"):
        return name in ("by", "field", "key", "name")
    return name in SORTS and not (name == "order" and _is_direction(parameter))


def _is_direction(parameter: Parameter) -> bool:
    values = {str(each).lower() for each in parameter.shape.values}
    named = snake(parameter.name) in DIRECTIONS or parameter.within in ("sort", "order")
    return named and bool(values & {*_DESCENDING, *_ASCENDING})


def _sort_keys(draft: EntityDraft, parameter: Parameter, default: str, *, descending: bool) -> list[SortKey]:
    values = [str(each) for each in parameter.shape.values]
    ordered = sorted(values, key=lambda each: each != default)
    keys = []
    for value in ordered or ([default] if default else []):
        for part in value.split(",")[:1]:
            key = _sort_key(draft, part.strip(), descending=descending and value == (default or ordered[0]))
            if key is not None:
                keys.append(key)
    return keys


def _sort_key(draft: EntityDraft, value: str, *, descending: bool) -> SortKey | None:
    bare = value.lstrip("+-")
    down = value.startswith("-") or descending
    matched = re.fullmatch(r"(.+?)[\s:._-](asc|desc|ascending|descending)", bare, re.IGNORECASE)
    if matched:
        bare, down = matched[1], matched[2].lower() in _DESCENDING
    name = snake(bare)
    if name in ("newest", "latest", "recent", "oldest"):
        created = next((each.name for each in draft.attributes.values() if each.role == "created"), "")
        return SortKey(attribute=created, descending=name != "oldest") if created else None
    found = _attribute_named(draft, name)
    return SortKey(attribute=found, descending=down) if found else None


def _attribute_named(draft: EntityDraft, name: str) -> str:
    """Return the stored attribute of a name, or of the role that the name has."""
    attribute = draft.attributes.get(name)
    if attribute is not None:
        return name if attribute.role not in ("computed", "password") else ""
    roles = {"created": CREATED_NAMES, "updated": UPDATED_NAMES}
    for role, names in roles.items():
        if name in names:
            return next((each.name for each in draft.attributes.values() if each.role == role), "")
    if name in (draft.key, "id"):
        return "id" if "id" in draft.attributes else ""
    place = draft.places.get(name)
    return place.path if place is not None and place.path in draft.attributes else ""


def _read_filter(model: Model, listing: Listing, draft: EntityDraft, parameter: Parameter) -> None:
    name = snake(parameter.name)
    if name in REPRESENTATIONS or parameter.within in REPRESENTATIONS:
        listing.places[label(parameter)] = Place(reason="the form of the answer")
        return
    if name in ("include_deleted", "show_deleted", "with_deleted", "with_trashed"):
        listing.places[label(parameter)] = Place(reason="whether rows marked as deleted are shown")
        return
    if name in SEARCHES and parameter.shape.type in ("string", ""):
        _read_search(listing, draft, parameter)
        return
    if name in EXPRESSIONS and not parameter.within and name not in draft.attributes:
        listing.places[label(parameter)] = Place(reason="an expression in a language of its own, not a fixed filter")
        return
    bounded = _bounded(draft, parameter)
    path = "" if bounded else filter_place(model, draft, parameter)
    if bounded:
        listing.range += [bounded] if bounded not in listing.range else []
    elif path:
        listing.equality += [path] if path not in listing.equality else []
        listing.required += [path] if parameter.required else []
    listing.places[label(parameter)] = (
        Place(path=bounded or path) if bounded or path else Place(reason="names nothing that rows keep")
    )


def _read_search(listing: Listing, draft: EntityDraft, parameter: Parameter) -> None:
    """Search the texts that the description names, else those that people read."""
    texts = [
        each.name
        for each in draft.attributes.values()
        if each.type.base == "text" and not each.type.array and each.role == "plain"
    ]
    spoken = " ".join(words(parameter.description))
    named = [each for each in texts if re.search(rf"\b{re.escape(' '.join(words(each)))}\b", spoken)]
    usual = sorted((each for each in texts if _is_read(each)), key=lambda each: DISPLAY_TEXTS.index(_head(each)))[:2]
    listing.search = named or usual or texts[:1]
    listing.places[label(parameter)] = (
        Place(path=listing.search[0]) if listing.search else Place(reason="there is no text to search")
    )


def _head(name: str) -> str:
    return name if name in DISPLAY_TEXTS else words(name)[0]


def _is_read(name: str) -> bool:
    """Tell whether people read the text of this name: `title`, `content_md`, but not `content_type`."""
    return _head(name) in DISPLAY_TEXTS and words(name)[-1] not in ("type", "id", "url", "code", "format", "hash")


def _bounded(draft: EntityDraft, parameter: Parameter) -> str:
    """Return the attribute whose values the parameter bounds: `due_from`, `price_min`, `created[gte]`."""
    name = snake(parameter.name)
    if name in draft.attributes and not parameter.within:
        return ""
    bracketed = _BRACKETS.fullmatch(parameter.name)
    parts = words(parameter.name)
    bounds = RANGE_LOW | RANGE_HIGH
    if bracketed and snake(bracketed[3] or bracketed[2]) in bounds:
        base = snake(bracketed[2] if bracketed[3] else bracketed[1])
    elif name in bounds and parameter.within and parameter.within != "filter":
        base = snake(parameter.within)
    elif parts[-1] in bounds:
        base = "_".join(parts[:-1])
    elif parts[0] in bounds:
        base = "_".join(parts[1:])
    else:
        return ""
    return _ordered_attribute(draft, base, parameter)


def _ordered_attribute(draft: EntityDraft, base: str, parameter: Parameter) -> str:
    ordered = {
        name: each
        for name, each in draft.attributes.items()
        if each.type.base in _ORDERED and not each.type.array and each.role not in ("computed", "key")
    }
    temporal = parameter.shape.format in ("date", "date-time") or "date" in parameter.description.lower()
    same = [name for name in ordered if name in (base, f"{base}_at")]
    begun = [name for name in ordered if base and (name.startswith(f"{base}_") or name == f"{base}d_at")]
    if same or begun:
        return (same or begun)[0]
    if base in ("", "date", "time", "created", "timestamp") and (temporal or not base):
        moments = [name for name, each in ordered.items() if each.type.base in ("timestamp", "date")]
        plain = [name for name in moments if draft.attributes[name].role == "plain"]
        told = [name for name in plain if re.search(rf"\b{re.escape(name)}\b", parameter.description)]
        created = [name for name in moments if draft.attributes[name].role == "created"]
        return next(iter(told or (plain if base != "created" else []) or created), "")
    return ""


def filter_place(model: Model, draft: EntityDraft, parameter: Parameter) -> str:
    """Return the stored name that a parameter is compared with, "" when there is none."""
    bracketed = _BRACKETS.fullmatch(parameter.name)
    name = snake(bracketed[2]) if bracketed and bracketed[1] == "filter" else snake(parameter.name)
    if name in ("id", "ids") and "id" in draft.attributes:
        return "id"
    for called in (name, singular_name(name), plural_of(name)):
        attribute = draft.attributes.get(called)
        holds = attribute is not None and (called != plural_of(name) or called == name or attribute.type.array)
        if attribute is not None and holds and attribute.role not in ("computed", "password"):
            return called
    related = _related(model, draft, name, parameter)
    if related:
        return related
    place = draft.places.get(name)
    if place is not None and place.path:
        return place.path
    return _flag(draft, parameter)


def _related(model: Model, draft: EntityDraft, name: str, parameter: Parameter) -> str:
    parts = words(name)
    by_id = len(parts) > 1 and parts[-1] in ("id", "ids", "uuid", "uuids")
    last_attribute = parts[-1] if len(parts) > 1 and not by_id else ""
    about = {"_".join(parts[:-1] if by_id else parts), singular_name("_".join(parts[:-1] if by_id else parts))}
    if last_attribute:
        about.add("_".join(parts[:-1]))
    for each in model.relationships:
        if each.source == draft.name and each.kind != "N-M":
            sides = [(each.name, each.target)]
        elif each.kind == "N-M" and draft.name in (each.source, each.target):
            sides = [(each.name, each.target)] if each.source == draft.name else [(each.inverse, each.source)]
        else:
            continue
        for side, other in sides:
            called = {
                side,
                singular_name(side),
                side.removesuffix("_by"),
                "_".join(words(other)) if each.kind == "N-M" else side,
            }
            hit = about & called
            if hit:
                return _path_to(model, side, other, parameter, by_id=by_id, last=last_attribute)
    return ""


def _path_to(model: Model, side: str, other: str, parameter: Parameter, *, by_id: bool, last: str) -> str:
    """Return the relationship, or the natural key of what it leads to when that is what callers send."""
    target = model.draft(other)
    if last and last in target.attributes:
        return f"{side}.{last}"
    shape = parameter.shape
    inner = model.shapes.item(shape) if shape.kind == "array" else shape
    if by_id or inner.format == "uuid" or inner.type == "integer":
        return side
    spoken = set(words(parameter.description))
    told = next((name for name in NATURAL_KEYS if name in target.attributes and name in spoken), "")
    if told:
        return f"{side}.{told}"
    key = target.attributes.get("id")
    opaque = key is not None and target.key and target.fields[target.key].shape.type == "string"
    opaque = opaque and not (key is not None and target.fields[target.key].shape.format)
    natural = next((name for name in NATURAL_KEYS if name in target.attributes), "")
    if natural and not opaque:
        keys = [name for name in _ADDRESSES if name in target.attributes]
        return f"{side}.{(keys or [natural])[0]}"
    return side


def _flag(draft: EntityDraft, parameter: Parameter) -> str:
    """Return the flag that a parameter of few words stands for: `status=completed` for `is_completed`."""
    values = {snake(str(each)) for each in parameter.shape.values}
    flags = [name for name, each in draft.attributes.items() if each.type.base == "boolean" and each.role == "plain"]
    named = snake(parameter.name)
    for name in flags:
        bare = name.removeprefix("is_").removeprefix("has_")
        if bare in values or bare == named or name == f"is_{named}":
            return name
    two_valued = values - {"all", "any"}
    firm = [name for name in flags if draft.attributes[name].required and draft.attributes[name].default is not None]
    if snake(parameter.name) in ("status", "state") and len(two_valued) == 2 and len(firm) == 1:
        return firm[0]
    return ""
