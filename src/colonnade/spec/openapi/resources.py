"""Which things a contract is about: found in the paths, named by path and schema together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from colonnade.span import Span
from colonnade.spec.english import is_plural, singular_words
from colonnade.spec.openapi.calls import Call, Step
from colonnade.spec.openapi.payloads import NOTHING, Payload, unwrap
from colonnade.spec.openapi.shapes import Shapes
from colonnade.spec.openapi.stems import GENERIC_NOUNS, Stem, ends_with, starts_with, stem
from colonnade.spec.openapi.vocabulary import (
    CREDENTIAL_WORDS,
    CURRENT_USER_SEGMENTS,
    MARKING_VERBS,
    PREFIX_SEGMENTS,
    REGISTER_SEGMENTS,
    STOP_SEGMENTS,
    VERB_SEGMENTS,
)
from colonnade.sql.identifier import pascal, snake, words

Key = tuple[str, ...]
_VERSION = re.compile(r"v?\d+(?:\.\d+)*(?:(?:alpha|beta)\d*)?|v\d+[a-z]*\d*")
_SINGLE_ROW_METHODS = ("GET", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exchange:
    """An operation with its bodies unwrapped."""

    call: Call
    answer: Payload = NOTHING
    body: Payload = NOTHING

    @property
    def last(self) -> Step:
        """The last step of the path."""
        return self.call.steps[-1]

    @property
    def key(self) -> Key:
        """The fixed segments of the path."""
        return tuple(each.name for each in self.call.steps)

    @property
    def arity(self) -> int:
        """How many parameters follow the last fixed segment."""
        return len(self.last.parameters)


@dataclass(slots=True, kw_only=True, eq=False)
class Spot:
    """The operations that share their fixed segments."""

    key: Key
    exchanges: list[Exchange] = field(default_factory=list)
    nested: bool = False
    below: bool = False

    @property
    def name(self) -> str:
        """The last fixed segment."""
        return self.key[-1]

    @property
    def noun(self) -> Stem:
        """The words of the last fixed segment in the singular."""
        return singular_words(self.name)

    @property
    def lists(self) -> list[Exchange]:
        """The operations that return many things."""
        return [each for each in self.exchanges if each.call.method == "GET" and each.answer.kind == "list"]

    @property
    def single_arities(self) -> set[int]:
        """The numbers of parameters with which one row is addressed."""
        return {
            each.arity
            for each in self.exchanges
            if each.arity and each.call.method in _SINGLE_ROW_METHODS and each.answer.kind != "list"
        }

    @property
    def creates(self) -> list[Exchange]:
        """The operations that add a row."""
        singles = self.single_arities
        return [each for each in self.exchanges if each.call.method == "POST" and each.arity not in singles]


@dataclass(slots=True, kw_only=True, eq=False)
class Resource:
    """A thing that the contract keeps; `stems` are what schemas call it, `spots` where it is found.

    `views` are the spots that show it with more than it keeps. `singleton` says that each row of another has one
    of it, `personal` that each caller has.
    """

    name: str
    stem: Stem = ()
    stems: set[Stem] = field(default_factory=set)
    spots: list[Spot] = field(default_factory=list)
    home: Spot | None = None
    phantom: bool = False
    embedded: bool = False
    singleton: bool = False
    personal: bool = False
    ignored: bool = False
    at: tuple[Span, ...] = ()
    views: list[Spot] = field(default_factory=list)

    @property
    def words(self) -> Stem:
        """The words of its name."""
        return words(self.name)

    @property
    def keep(self) -> frozenset[str]:
        """The words that its schemas' names keep."""
        return frozenset(self.words)


def exchanges_of(calls: Sequence[Call], shapes: Shapes) -> list[Exchange]:
    """Return the operations with their bodies unwrapped and the paths without the service's prefix."""
    paths = [_without_verb(call.steps, call.method) for call in calls]
    shared = _shared_prefix(paths)
    found = []
    for call, path in zip(calls, paths, strict=True):
        steps = _without_prefix(path[shared:]) or (Step(name="/"),)
        success = call.success
        found.append(
            Exchange(
                call=replace(call, steps=steps),
                answer=unwrap(success.shape, shapes) if success is not None else NOTHING,
                body=unwrap(call.request, shapes),
            )
        )
    return found


def spots_of(exchanges: Iterable[Exchange]) -> dict[Key, Spot]:
    """Return the operations by their fixed segments."""
    spots: dict[Key, Spot] = {}
    parents: set[Key] = set()
    for each in exchanges:
        spot = spots.setdefault(each.key, Spot(key=each.key))
        spot.exchanges.append(each)
        steps = each.call.steps
        spot.nested = spot.nested or any(step.parameters for step in steps[:-1])
        parents.update(each.key[:depth] for depth in range(1, len(steps)) if steps[depth - 1].parameters)
    for key in parents & spots.keys():
        spots[key].below = True
    return spots


def find_resources(spots: dict[Key, Spot]) -> list[Resource]:
    """Return the things, in order of appearance: places that speak of one schema are one thing."""
    found: dict[object, Resource] = {}
    seeds = [spot for spot in spots.values() if _is_resource(spot) and not linked_noun(spot, spots)]
    seeds += [spot for spot in spots.values() if spot not in seeds and _shows_user(spot)]
    for spot in seeds:
        about = _common_stem(spot, spots)
        identity: object = about or (spot.key if _has_kept_parent(spot, spots) else ("", *spot.noun))
        resource = found.get(identity)
        if resource is None:
            resource = found[identity] = Resource(name="", stem=about, stems={about} if about else set())
        resource.spots.append(spot)
    resources = list(found.values())
    for resource in resources:
        resource.home = max(resource.spots, key=lambda spot: _home_score(spot, resource.stem))
    _name(resources)
    return resources


def _common_stem(spot: Spot, spots: dict[Key, Spot]) -> Stem:
    """Return what the schemas at a spot are about; what several audiences are shown of one thing is that thing.

    `CustomerBook` at `/books` and `AdminBook` at `/admin/books` are both about `book`.
    """
    about = spot_stem(spot)
    if spot.nested or about == spot.noun or not ends_with(about, spot.noun):
        return about
    twins = [each for each in spots.values() if each is not spot and not each.nested and each.noun == spot.noun]
    return spot.noun if any(ends_with(spot_stem(each), spot.noun) for each in twins) else about


def spot_stem(spot: Spot) -> Stem:
    """Return what the schemas at a spot are about, by majority; the words of the path break ties."""
    votes: Counter[Stem] = Counter()
    for each in spot.exchanges:
        for payload, weight in _evidence(spot, each):
            for about in payload_stems(payload, spot)[:1]:
                votes[about] += weight
    if not votes:
        return ()
    return max(votes, key=lambda about: (votes[about], _related(about, spot.noun), -len(about)))


def payload_stems(payload: Payload, spot: Spot) -> list[Stem]:
    """Return what a body may be about, likeliest first: a schema it extends wins when the path is called so."""
    shape = payload.shape
    if shape is None or not shape.is_object or shape.properties.keys() == {"id"}:
        return []
    if shape.properties and all(snake(name) in CREDENTIAL_WORDS for name in shape.properties):
        return []
    keep = {word for segment in spot.key for word in singular_words(segment)}
    stems = [stem(name, keep=keep) for name in (shape.name, *shape.bases) if name]
    exact = [each for each in stems if each == spot.noun]
    return exact + [each for each in stems if each not in exact]


def linked_noun(spot: Spot, spots: dict[Key, Spot]) -> Stem:
    """Return what a nested spot ties to the thing above it, when it ties rows together and does nothing else.

    Its writes add and carry no fields but identifiers, and what its name or its last parameter means is
    kept elsewhere. Empty for any other spot.
    """
    writes = [each for each in spot.exchanges if each.call.method != "GET"]
    adds = any(each.call.method in ("PUT", "POST") for each in writes)
    if not spot.nested or not adds or any(not is_bare(each) for each in writes):
        return ()
    if any(each.call.method == "GET" and each.answer.kind != "list" for each in spot.exchanges):
        return ()
    keys = [each.last.parameters[-1] for each in writes if each.last.parameters]
    about = (spot.noun, *(stem_of_parameter(each) for each in keys[:1]))
    for other in spots.values():
        elsewhere = other is not spot and len(other.key) <= len(spot.key) and _is_resource(other)
        is_shown = any(each.answer.kind in ("item", "list") or not is_bare(each) for each in other.exchanges)
        if elsewhere and is_shown and other.noun in about:
            shown = {stem for each in spot.lists for stem in payload_stems(each.answer, spot)[:1]}
            return other.noun if shown <= {spot_stem(other)} else ()
    return ()


def is_bare(exchange: Exchange) -> bool:
    """Tell whether a request brings nothing but identifiers."""
    if exchange.body.kind == "none":
        return True
    shape = exchange.body.shape
    if shape is None or not shape.is_object:
        return exchange.body.kind == "list"
    return bool(shape.properties) and all(words(name)[-1:] in (("id",), ("ids",)) for name in shape.properties)


def _evidence(spot: Spot, exchange: Exchange) -> list[tuple[Payload, int]]:
    method = exchange.call.method
    if method == "GET":
        return [(exchange.answer, 3 if exchange.arity else 2)]
    if method == "POST" and exchange.arity in spot.single_arities:
        return []
    return [(exchange.answer, 3 if method == "POST" else 2), (exchange.body, 1)]


def _is_resource(spot: Spot) -> bool:
    if spot.exchanges[0].last.verb or not re.search(r"\w", spot.name):
        return False
    singles = [each for each in spot.exchanges if each.arity in spot.single_arities and each.arity]
    writes = [each for each in singles if each.call.method != "GET"]
    if _is_stopped(spot):
        return bool(writes) and bool(spot.lists or spot.creates)
    if singles or spot.lists:
        return True
    fruitful = [each for each in spot.creates if each.body.kind == "item"]
    if not fruitful:
        return False
    answered = any(
        payload_stems(each.answer, spot) or (each.call.success is not None and each.call.success.status == "201")
        for each in fruitful
    )
    return spot.below or _returns_key(fruitful) or (is_plural(words(spot.name)[-1]) and answered)


def _has_kept_parent(spot: Spot, spots: dict[Key, Spot]) -> bool:
    """Tell whether what a spot is nested in is a thing that the contract shows."""
    return spot.nested and any(spot.key[:depth] in spots for depth in range(1, len(spot.key)))


def _returns_key(creates: list[Exchange]) -> bool:
    """Tell whether creating answers with a thing that has an identifier of its own."""
    return any(
        each.answer.kind == "item" and each.answer.shape is not None and "id" in each.answer.shape.properties
        for each in creates
        if not any(step.parameters for step in each.call.steps)
    )


def _is_stopped(spot: Spot) -> bool:
    name = spot.name.lower().replace("_", "-")
    return name in STOP_SEGMENTS or name in MARKING_VERBS


def _shows_user(spot: Spot) -> bool:
    """Tell whether a spot answers with the caller's own account, by registering or by asking for it."""
    name = spot.name.lower().replace("_", "-")
    return (name in CURRENT_USER_SEGMENTS or name in REGISTER_SEGMENTS) and any(
        each.answer.kind == "item" and bool(payload_stems(each.answer, spot)) for each in spot.exchanges
    )


def _home_score(spot: Spot, about: Stem) -> tuple[int, int, int, int]:
    return (
        0 if _is_stopped(spot) else 1,
        _related(about, spot.noun),
        len(spot.exchanges),
        -len(spot.key),
    )


def _related(about: Stem, noun: Stem) -> int:
    """Return how closely a schema's words and a path's words agree."""
    if about == noun:
        return 3
    if ends_with(about, noun) or ends_with(noun, about):
        return 2
    return 1 if starts_with(about, noun) or starts_with(noun, about) else 0


def _name(resources: list[Resource]) -> None:
    """Give every thing its name; two of one name are told apart by where they are found."""
    for resource in resources:
        resource.name = pascal("_".join(_chosen_words(resource, resources)))
    taken: Counter[str] = Counter(each.name for each in resources)
    for resource in resources:
        home = resource.home
        if taken[resource.name] > 1 and home is not None and home.nested and len(home.key) > 1:
            parent = next((each for each in reversed(home.key[:-1]) if each.lower() not in STOP_SEGMENTS), "")
            resource.name = pascal("_".join((*singular_words(parent), *resource.words)))


def _chosen_words(resource: Resource, resources: list[Resource]) -> Stem:
    home = resource.home
    assert home is not None  # noqa: S101 - every found thing has one
    noun, about = home.noun, resource.stem
    if not about or about == noun or ends_with(noun, about):
        return noun
    if _is_stopped(home) or about in [singular_words(each) for each in home.key[:-1]]:
        return about
    nouns = {each.home.noun for each in resources if each.home is not None and each is not resource}
    shorter = about[:-1]
    if about[-1] in GENERIC_NOUNS and starts_with(shorter, noun) and about[-1] not in noun:
        return shorter
    if noun in nouns or ends_with(about, noun) or starts_with(about, noun):
        return about
    called = {stem_of_parameter(each.last.parameters[-1]) for each in home.exchanges if each.last.parameters}
    only_listed = all(each.answer.kind == "list" and not each.arity for each in home.exchanges)
    return about if about in called or (only_listed and not set(about) & set(noun)) else noun


def stem_of_parameter(name: str) -> Stem:
    """Return what a path parameter identifies: `collection_id`, `collectionId` and `collection` alike."""
    parts = words(name)
    while len(parts) > 1 and parts[-1] in ("id", "uuid", "guid", "key", "name", "slug", "identifier"):
        parts = parts[:-1]
    return singular_words("_".join(parts))


def _shared_prefix(all_steps: list[tuple[Step, ...]]) -> int:
    """Return how many first segments every path has in common and none stands for itself."""
    count = 0
    while all_steps and all(len(steps) > count + 1 for steps in all_steps):
        firsts = {steps[count] for steps in all_steps}
        if len(firsts) > 1 or next(iter(firsts)).parameters:
            break
        count += 1
    return count


def _without_verb(steps: tuple[Step, ...], method: str) -> tuple[Step, ...]:
    """Return the steps without a last segment that only repeats the method: `DELETE /tasks/delete/{id}`."""
    if len(steps) < 2 or method not in VERB_SEGMENTS.get(steps[-1].name.lower(), ()):
        return steps
    before, last = steps[-2], steps[-1]
    if last.verb or (before.parameters and last.parameters):
        return steps
    merged = replace(before, parameters=before.parameters or last.parameters)
    return (*steps[:-2], merged)


def _without_prefix(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    while len(steps) > 1 and not steps[0].parameters:
        name = steps[0].name.lower()
        if name not in PREFIX_SEGMENTS and not _VERSION.fullmatch(name):
            break
        steps = steps[1:]
    return steps
