"""The access patterns that the operations make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from colonnade.spec.access import AccessPattern, Page, SortKey
from colonnade.spec.english import agent, gerund, singular
from colonnade.spec.entities import Relationship
from colonnade.spec.openapi.counting import count_pattern
from colonnade.spec.openapi.filters import Listing, read_listing
from colonnade.spec.openapi.hinted import hinted_access
from colonnade.spec.openapi.keys import key_kind
from colonnade.spec.openapi.linking import singular_name
from colonnade.spec.openapi.model import EntityDraft, Model
from colonnade.spec.openapi.resources import stem_of_parameter
from colonnade.spec.openapi.shape import Shape
from colonnade.spec.openapi.stems import stem
from colonnade.spec.openapi.uniques import addressed_by, addressed_pair, login_attribute
from colonnade.spec.openapi.visits import Scope, Visit, marking_verb
from colonnade.spec.openapi.vocabulary import FEED_SEGMENTS
from colonnade.spec.questions import Unread
from colonnade.sql.identifier import snake, words

_RECENT = ("recent", "latest")
_EVERYBODY = frozenset(["all", "public", "global", "everyone"])


class Patterns:
    """Collects access patterns under ids of their own."""

    def __init__(self, model: Model) -> None:
        """Start with none."""
        self._model = model
        self._found: dict[str, AccessPattern] = {}

    def collect(self) -> tuple[AccessPattern, ...]:
        """Return the patterns of all operations, in order, then those that computed figures need."""
        for visit in self._model.visits:
            for pattern in self._of(visit):
                self._add(hinted_access(pattern, visit.exchange.call.hints))
        for pattern in count_pattern(self._model):
            self._add(pattern)
        return tuple(self._found.values())

    def _add(self, pattern: AccessPattern) -> None:
        same = [each for each in self._found.values() if _is_same(each, pattern)]
        if same:
            return
        id_ = pattern.id
        number = 2
        while id_ in self._found:
            id_ = f"{pattern.id}-{number}"
            number += 1
        self._found[id_] = pattern.model_copy(update={"id": id_})

    def _of(self, visit: Visit) -> Iterator[AccessPattern]:
        if visit.kind == "login":
            yield from self._login(visit)
        elif visit.kind in ("mark", "unmark", "link", "unlink"):
            yield from self._tie(visit)
        elif visit.kind == "other" or visit.resource not in self._model.drafts or visit.resource is None:
            yield from self._recent(visit)
        else:
            draft = self._model.drafts[visit.resource]
            if visit.kind == "list":
                yield from self._lists(visit, draft)
            elif visit.kind == "get":
                yield self._get(visit, draft)
            elif visit.kind in ("create", "update", "delete"):
                yield self._write(visit, draft)

    def _login(self, visit: Visit) -> Iterator[AccessPattern]:
        user = self._model.user
        name = login_attribute(user, visit) if user is not None else ""
        if user is not None and name:
            yield AccessPattern(
                id=pattern_id(visit, "login"),
                kind="get",
                entity=user.name,
                by=(name,),
                source=visit.exchange.call.label,
                at=(visit.exchange.call.at,),
            )

    def _lists(self, visit: Visit, draft: EntityDraft) -> Iterator[AccessPattern]:
        call = visit.exchange.call
        listing = read_listing(self._model, draft, call)
        if self._is_unexplained(visit, draft):
            reason = f"how the {draft.name} it lists belongs to the one in its path is not said"
            self._model.unread.append(Unread(what=call.label, reason=reason, at=(call.at,)))
            return
        required = [*scope_names(self._model, draft, visit), *listing.required]
        feed = self._feed(visit, draft)
        required += [feed] if feed else []
        required = list(dict.fromkeys(required))
        equality = tuple(dict.fromkeys((*required, *listing.equality)))
        pattern = AccessPattern(
            id=pattern_id(visit),
            kind="list",
            entity=draft.name,
            equality=equality,
            required_equality=tuple(required),
            range=tuple(listing.range),
            sort=tuple(listing.sort) or _default_sort(draft),
            page=listing.page,
            scope=self._scope(visit, draft, nested=bool(required) and bool(visit.scopes)),
            source=visit.exchange.call.label,
            at=(visit.exchange.call.at,),
        )
        if not (listing.search and any(each.required for each in call.query if snake(each.name) in ("q", "query"))):
            yield pattern
        if listing.search:
            yield self._search(pattern, listing)

    def _is_unexplained(self, visit: Visit, draft: EntityDraft) -> bool:
        """Tell whether rows are listed below another row of the same thing that none of them refers to."""
        last = visit.scopes[-1] if visit.scopes else None
        return last is not None and last.resource is draft.resource and not scope_name(self._model, draft, visit, last)

    def _search(self, pattern: AccessPattern, listing: Listing) -> AccessPattern:
        return pattern.model_copy(
            update={
                "id": f"{pattern.id}-search",
                "kind": "search",
                "search": tuple(listing.search),
                "search_mode": listing.search_mode,
                "equality": pattern.required_equality,
                "range": (),
                "sort": pattern.sort[:1],
                "source": f"{pattern.source}?search",
            }
        )

    def _feed(self, visit: Visit, draft: EntityDraft) -> str:
        """Return the condition of a feed: rows whose owner has the caller among their followers."""
        segment = visit.exchange.last.name
        spoken = set(words(segment))
        user = self._model.user
        if user is None or not spoken & FEED_SEGMENTS or spoken & _EVERYBODY:
            return ""
        following = [each for each in self._model.associations(user.name) if each.source == each.target]
        owners = [each for each in self._model.references(draft.name) if each.target == user.name]
        if not following or not owners:
            return ""
        owner = next((each for each in owners if each.owner or each.name == draft.owner), owners[0])
        return f"{owner.name}.{following[0].inverse}"

    def _scope(self, visit: Visit, draft: EntityDraft, *, nested: bool) -> Literal["", "owner", "parent"]:
        if nested:
            return "parent"
        return "owner" if draft.isolated or (visit.mine and draft.owner) else ""

    def _get(self, visit: Visit, draft: EntityDraft) -> AccessPattern:
        by = self._by(visit, draft)
        mine = visit.mine or not by
        return AccessPattern(
            id=pattern_id(visit),
            kind="get",
            entity=draft.name,
            by=by,
            scope="owner" if draft.isolated or (mine and (draft.owner or draft is self._model.user)) else "",
            source=visit.exchange.call.label,
            at=(visit.exchange.call.at,),
        )

    def _by(self, visit: Visit, draft: EntityDraft) -> tuple[str, ...]:
        """Return the names that identify the row: its key, a natural key, a pair of references, or its owner."""
        pair = addressed_pair(self._model, draft, visit)
        if pair:
            return pair
        if visit.keys:
            name = addressed_by(draft, visit.keys[-1])
            return (name or "id",)
        if draft.weak_of:
            reference = next((each.name for each in self._model.references(draft.name) if each.kind == "1-1"), "")
            return (reference,) if reference else ("id",)
        scoped = scope_names(self._model, draft, visit)
        if scoped:
            return tuple(scoped)
        return () if visit.mine and draft is self._model.user else ("id",)

    def _write(self, visit: Visit, draft: EntityDraft) -> AccessPattern:
        shape = visit.exchange.body.shape
        sent = [snake(name) for name in shape.properties] if shape is not None and visit.kind != "delete" else []
        sets = [draft.places[name].path for name in sent if name in draft.places and draft.places[name].path]
        given = key_kind(draft) == "text"
        own = {each.name for each in self._model.references(draft.name)}
        own |= {name for name, each in draft.attributes.items() if each.role != "key" or given}
        kinds = {"create": "insert", "update": "update", "delete": "delete"}
        by = () if visit.kind == "create" else self._by(visit, draft) or ("id",)
        return AccessPattern(
            id=pattern_id(visit),
            kind="write",
            entity=draft.name,
            by=by,
            writes=kinds[visit.kind],  # type: ignore[arg-type]  # one of the three words above
            sets=tuple(dict.fromkeys(each for each in sets if each in own)),
            scope="owner" if draft.isolated or (visit.mine and draft.owner) else "",
            source=visit.exchange.call.label,
            at=(visit.exchange.call.at,),
        )

    def _tie(self, visit: Visit) -> Iterator[AccessPattern]:
        """Yield the writing of one row of an association."""
        relationship = tied(self._model, visit)
        if relationship is None:
            return
        is_insert = visit.kind in ("mark", "link")
        yield AccessPattern(
            id=pattern_id(visit),
            kind="write",
            entity=relationship.via,
            by=() if is_insert else sides(relationship),
            writes="insert" if is_insert else "delete",
            source=visit.exchange.call.label,
            at=(visit.exchange.call.at,),
        )

    def _recent(self, visit: Visit) -> Iterator[AccessPattern]:
        """Yield the newest rows that a report shows: `recent_sessions` of a collection."""
        success = visit.exchange.call.success
        shapes = (success.shape if success is not None else None, visit.exchange.answer.shape)
        if visit.exchange.call.method != "GET":
            return
        properties = {name: each for shape in shapes if shape is not None for name, each in shape.properties.items()}
        for name, each in properties.items():
            inner = self._model.shapes.of(each.schema)
            if inner.kind != "array" or words(name)[0] not in _RECENT:
                continue
            draft = self._shown(self._model.shapes.item(inner), name)
            if draft is None:
                continue
            required = scope_names(self._model, draft, visit)
            if visit.scopes and not required:
                continue
            listing = read_listing(self._model, draft, visit.exchange.call)
            sort = _default_sort(draft)
            yield AccessPattern(
                id=f"{pattern_id(visit)}-{name.replace('_', '-')}",
                kind="list",
                entity=draft.name,
                equality=tuple(required),
                required_equality=tuple(required),
                sort=sort,
                page=Page(style="offset", size=listing.page.size),
                scope="parent" if required else "owner" if draft.isolated else "",
                source=visit.exchange.call.label,
                at=(visit.exchange.call.at,),
            )

    def _shown(self, item: Shape, name: str) -> EntityDraft | None:
        """Return the thing that the rows of a report abridge, by the schema's name or the property's."""
        directory = self._model.directory
        about = stem(item.name) if item.name else ()
        while about and directory.exact(about) is None:
            about = about[:-1]
        found = directory.exact(about) if about else directory.of_shape(item)
        found = found or directory.named(tuple(words(singular_name(name)))[1:])
        return self._model.drafts.get(found) if found is not None else None


def pattern_id(visit: Visit, suffix: str = "") -> str:
    """Return a readable id: the operation's, else method and path."""
    call = visit.exchange.call
    base = "-".join(words(call.id)) if call.id else "-".join((call.method.lower(), *words(call.path)))
    return f"{base}-{suffix}" if suffix and suffix not in base else base


def tied(model: Model, visit: Visit) -> Relationship | None:
    """Return the association that an operation writes."""
    if visit.resource is None:
        return None
    name = visit.resource.name
    if visit.kind in ("mark", "unmark"):
        return next((each for each in model.associations(name) if words(each.via)[-1:] == words(visit.verb)[-1:]), None)
    other = visit.other.name if visit.other is not None else ""
    return next((each for each in model.associations(name) if other in (each.source, each.target)), None)


def sides(relationship: Relationship) -> tuple[str, str]:
    """Return what the rows of an association call their two ends."""
    if relationship.source != relationship.target:
        return snake(relationship.source), snake(relationship.target)
    return singular_name(relationship.inverse), singular_name(relationship.name)


def scope_names(model: Model, draft: EntityDraft, visit: Visit) -> list[str]:
    """Return the names by which rows are found below what the path names."""
    own = set(visit.exchange.last.parameters)
    chosen = [each for each in visit.scopes if each.parameter in own] or list(visit.scopes[-1:])
    names = [scope_name(model, draft, visit, each) for each in chosen]
    return [each for each in names if each]


def scope_name(model: Model, draft: EntityDraft, visit: Visit, scope: Scope) -> str:
    """Return the relationship that leads from the rows to the one a path parameter names; else the attribute."""
    about = "_".join(stem_of_parameter(scope.parameter))
    parent = scope.resource
    if parent is None:
        name = snake(scope.parameter)
        return name if name in draft.attributes else about if about in draft.attributes else ""
    if parent is draft.resource:
        return _self_scope(model, draft, visit)
    found = [each for each in model.references(draft.name) if each.target == parent.name]
    if found:
        return next((each.name for each in found if each.name == about), found[0].name)
    for each in model.associations(draft.name):
        if parent.name in (each.source, each.target):
            return each.name if each.source == draft.name else each.inverse
    if model.user is not None and parent is model.user.resource:
        return ""
    return ""


def _self_scope(model: Model, draft: EntityDraft, visit: Visit) -> str:
    """Return how rows of one thing are found below another row of it: children, followers, linked ones."""
    segment = visit.exchange.last.name
    verb, _ = marking_verb(segment)
    for each in model.associations(draft.name):
        if each.source != each.target:
            continue
        if verb and singular(segment) in (agent(verb), verb) and segment != gerund(verb):
            return each.name
        return each.inverse
    return next((each.name for each in model.references(draft.name) if each.target == draft.name), "")


def _default_sort(draft: EntityDraft) -> tuple[SortKey, ...]:
    """Return the order of a list that states none: newest first where rows know their age."""
    created = next((each.name for each in draft.attributes.values() if each.role == "created"), "")
    return (SortKey(attribute=created, descending=True),) if created else ()


def _is_same(one: AccessPattern, other: AccessPattern) -> bool:
    ignored = {"id": "", "source": "", "at": ()}
    return one.model_copy(update=ignored) == other.model_copy(update=ignored)
