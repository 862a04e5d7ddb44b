"""Finds a thing by what a path, a field or a schema calls it."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.spec.document import Node
from colonnade.spec.english import singular_words
from colonnade.spec.openapi.payloads import Payload
from colonnade.spec.openapi.resources import Key, Resource, Spot, payload_stems, stem_of_parameter
from colonnade.spec.openapi.shape import Shape
from colonnade.spec.openapi.stems import Stem, ends_with, stem
from colonnade.spec.openapi.vocabulary import USER_SYNONYMS


class Directory:
    """The things found so far, by their names; `user` is the one that stands for the accounts."""

    def __init__(self, resources: Iterable[Resource], spots: dict[Key, Spot]) -> None:
        """Start with the things found in the paths."""
        self.resources = list(resources)
        self.spots = spots
        self.user: Resource | None = None
        self.components: dict[str, Resource] = {}
        self.unnamed: dict[Node, Resource] = {}

    def add(self, resource: Resource) -> Resource:
        """Add a thing that was found later."""
        self.resources.append(resource)
        return resource

    def remove(self, resource: Resource, *, into: Resource) -> None:
        """Let one thing stand for another that has turned out to be the same."""
        into.spots.extend(resource.spots)
        into.stems |= resource.stems | {resource.words}
        self.resources.remove(resource)
        for name, known in self.components.items():
            if known is resource:
                self.components[name] = into

    def at(self, key: Key) -> Resource | None:
        """Return the thing that is found at fixed segments."""
        spot = self.spots.get(key)
        return next((each for each in self.resources if spot is not None and spot in each.spots), None)

    def exact(self, about: Stem) -> Resource | None:
        """Return the thing of exactly these words."""
        for each in self.resources:
            if about == each.words:
                return each
        return next((each for each in self.resources if about and about in each.stems), None)

    def named(self, about: Stem, *, besides: Resource | None = None) -> Resource | None:
        """Return the thing that the words mean: exactly, by a synonym of the user, or by the end of its name.

        `session` means `PracticeSession`, and `primary_contact` means `Contact`, when nothing else could be meant.
        """
        if not about:
            return None
        found = self.exact(about)
        if found is not None:
            return found
        if "_".join(about) in USER_SYNONYMS or about[-1] in USER_SYNONYMS:
            return self.user
        others = [each for each in self.resources if each is not besides]
        longer = [each for each in others if ends_with(each.words, about)]
        if longer:
            return longer[0] if len(longer) == 1 else None
        shorter = [each for each in others if ends_with(about, each.words)]
        return max(shorter, key=lambda each: len(each.words), default=None)

    def of_shape(self, shape: Shape) -> Resource | None:
        """Return the thing that a schema describes, by the schema's name and those it extends."""
        if shape.node in self.unnamed:
            return self.unnamed[shape.node]
        for name in (shape.name, *shape.bases):
            if not name:
                continue
            whole = self.exact(singular_words(name))
            found = self.components.get(name) or whole or self._kept(name) or self.exact(stem(name))
            if found is not None:
                return found
        return None

    def of_payload(self, payload: Payload, spot: Spot) -> Resource | None:
        """Return the thing that a body is about."""
        if payload.kind not in ("item", "list") or payload.shape is None:
            return None
        found = self.of_shape(payload.shape)
        if found is not None:
            return found
        if payload.shape.name:
            return next((known for each in payload_stems(payload, spot) if (known := self.exact(each))), None)
        wrappers = [stem(each) for each in reversed(payload.names)] + [singular_words(each) for each in payload.inside]
        return next((known for each in wrappers if (known := self.exact(each))), None)

    def parent(self, key: Key, parameter: str) -> Resource | None:
        """Return the thing whose row a path parameter after these segments names."""
        found = self.at(key)
        if found is not None:
            return found
        about = stem_of_parameter(parameter)
        noun = singular_words(key[-1])
        return self.named(about) or self.named(noun)

    def _kept(self, name: str) -> Resource | None:
        """Return the thing whose own name ends in a word that is otherwise only of use, such as `Schema`."""
        for each in self.resources:
            about = stem(name, keep=each.keep)
            if about in each.stems or about == each.words:
                return each
        return None
