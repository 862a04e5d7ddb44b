"""How the things look in requests and answers, and the fields these faces have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from colonnade.errors import SpecError
from colonnade.span import Span
from colonnade.spec.openapi.directory import Directory
from colonnade.spec.openapi.limits import merged_limits
from colonnade.spec.openapi.payloads import json_api
from colonnade.spec.openapi.resources import Resource
from colonnade.spec.openapi.shape import Limits, Property, Shape
from colonnade.spec.openapi.shapes import Shapes
from colonnade.spec.openapi.stems import stem
from colonnade.spec.openapi.visits import Visit
from colonnade.spec.openapi.vocabulary import CREDENTIAL_WORDS, LOGIN_NAMES, SEARCH_SEGMENTS, STOP_SEGMENTS
from colonnade.sql.identifier import snake

Role = Literal["read", "list", "embedded", "view", "create", "update"]
_READ_ROLES: tuple[Role, ...] = ("read", "list", "embedded")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Face:
    """One schema in which a thing is shown or sent; `main` is the answer that shows one row."""

    role: Role
    shape: Shape
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sight:
    """A field as one face shows it; `variant` is the schema of a choice it belongs to alone."""

    role: Role
    property: Property
    shape: Shape
    face: Face
    variant: str = ""


@dataclass(slots=True, kw_only=True, eq=False)
class FieldDraft:
    """A field of a thing over all its faces; `name` is in snake_case."""

    name: str
    sights: list[Sight] = field(default_factory=list)

    def within(self, *roles: Role) -> list[Sight]:
        """Return the sights in these roles."""
        return [each for each in self.sights if each.role in roles]

    @property
    def reads(self) -> list[Sight]:
        """The sights in answers."""
        return self.within(*_READ_ROLES)

    @property
    def writes(self) -> list[Sight]:
        """The sights in requests."""
        return self.within("create", "update")

    @property
    def shape(self) -> Shape:
        """The fullest shape: an answer's, else a request's; one that says something before one that does not."""
        ordered = [*self.reads, *self.within("create"), *self.within("update"), *self.within("view")]
        telling = [each.shape for each in ordered if each.shape.kind not in ("any", "map", "null")]
        if not telling:
            return ordered[0].shape
        first = telling[0]
        return next((each for each in telling if _says_more(each, first)), first)

    @property
    def limits(self) -> Limits:
        """The narrowest bounds that requests and answers state together."""
        stated = [each.shape.limits for each in self.sights if each.role not in ("view", "update")]
        return merged_limits(stated) if stated else merged_limits([each.shape.limits for each in self.sights])

    @property
    def at(self) -> tuple[Span, ...]:
        """Where the field stands, once for each schema, at most three places."""
        return tuple(dict.fromkeys(each.property.at for each in self.sights))[:3]

    @property
    def spelling(self) -> str:
        """The name as the contract spells it first."""
        return self.sights[0].property.name

    @property
    def description(self) -> str:
        """What the contract says about it."""
        return next((each.shape.description for each in self.sights if each.shape.description), "")

    @property
    def variants(self) -> set[str]:
        """The schemas of a choice in which it stands; empty when it stands in all of them."""
        named = {each.variant for each in self.sights}
        return named if "" not in named else set()


class Faces:
    """Collects the faces of every thing."""

    def __init__(self, directory: Directory, shapes: Shapes) -> None:
        """Start with none."""
        self._directory = directory
        self._shapes = shapes
        self._found: dict[Resource, list[Face]] = {}

    def of(self, resource: Resource) -> list[Face]:
        """Return the faces of a thing, each schema once per role."""
        return self._found.get(resource, [])

    def collect(self, visits: Iterable[Visit]) -> None:
        """Read the bodies of all operations, then what they show inside."""
        logins = []
        for each in visits:
            if each.kind == "login":
                logins.append(each)
            for resource, face in self._faces(each):
                self._add(resource, face)
        for each in logins:
            self._compare(each)
        self.look_inside()

    def look_inside(self) -> None:
        """Take the objects inside answers as faces of the things they describe."""
        for resource in list(self._found):
            for face in list(self._found[resource]):
                if face.role in _READ_ROLES:
                    self._embedded(face.shape, depth=0)

    def show(self, resource: Resource, shape: Shape) -> None:
        """Add a schema that shows a thing inside another."""
        self._add(resource, Face(role="embedded", shape=shape))

    def fields(self, resource: Resource) -> dict[str, FieldDraft]:
        """Return the fields of a thing by name, in order of appearance in answers, then in requests.

        Raises SpecError when two names of one schema differ only in spelling and mean different things.
        """
        order: tuple[Role, ...] = ("read", "list", "embedded", "create", "update", "view")
        found: dict[str, FieldDraft] = {}
        for face in sorted(self.of(resource), key=lambda each: order.index(each.role)):
            seen: dict[str, Sight] = {}
            for sight in self._sights(face):
                name = snake(sight.property.name)
                field_draft = found.setdefault(name, FieldDraft(name=name))
                if name not in seen or sight.variant or face.shape.kind == "union":
                    field_draft.sights.append(sight)
                    seen[name] = sight
                    continue
                _check_same(seen[name], sight)
                if sight.property.required and not seen[name].property.required:
                    field_draft.sights[field_draft.sights.index(seen[name])] = sight
        return found

    def _faces(self, visit: Visit) -> Iterator[tuple[Resource, Face]]:
        if visit.resource is None or visit.kind not in ("list", "get", "create", "update", "delete"):
            return
        resource, exchange = visit.resource, visit.exchange
        source = exchange.call.label
        if visit.kind in ("create", "update") and exchange.body.shape is not None and exchange.body.shape.is_object:
            yield resource, Face(role=visit.kind, shape=exchange.body.shape, source=source)
        answer = exchange.answer
        if answer.shape is None or not answer.shape.is_object or visit.kind == "delete":
            return
        about = self._directory.of_payload(answer, self._directory.spots[exchange.key])
        names = {snake(name) for name in answer.shape.properties}
        if (about is not None and about is not resource) or (names and names <= CREDENTIAL_WORDS):
            return
        if answer.kind == "list":
            yield resource, Face(role=_list_role(visit), shape=answer.shape, source=source)
        elif answer.kind == "item":
            yield resource, Face(role="read", shape=answer.shape, source=source)

    def _compare(self, login: Visit) -> None:
        """Take what a login compares as fields of accounts that nothing else shows."""
        body = login.exchange.body.shape
        if login.resource is None or body is None or self._found.get(login.resource):
            return
        kept = {name: each for name, each in body.properties.items() if snake(name) in (*LOGIN_NAMES, "password")}
        source = login.exchange.call.label
        self._add(login.resource, Face(role="create", shape=replace(body, properties=kept), source=source))

    def _add(self, resource: Resource, face: Face) -> bool:
        face = replace(face, shape=self._shapes.with_kinds(face.shape))
        known = self._found.setdefault(resource, [])
        if any(each.shape.node is face.shape.node and each.role == face.role for each in known):
            return False
        known.append(face)
        if face.shape.name and face.role != "view":
            self._directory.components.setdefault(face.shape.name, resource)
        return True

    def _embedded(self, shape: Shape, *, depth: int) -> None:
        """Take the objects inside an answer as faces of the things they describe."""
        if depth > 4:
            return
        for each in (*shape.properties.values(), *(p for v in shape.variants for p in v.properties.values())):
            inner = self._shapes.of(each.schema)
            if inner.kind == "array":
                inner = self._shapes.item(inner)
            inner = json_api(inner, self._shapes)
            if not inner.is_object:
                continue
            about = self._directory.of_shape(inner)
            new = about is not None and self._add(about, Face(role="embedded", shape=inner))
            if new or about is None:
                self._embedded(inner, depth=depth + 1)

    def _sights(self, face: Face) -> Iterator[Sight]:
        """Yield the fields of a face; what only some kinds have is marked with the kind."""
        common = {snake(name) for name in face.shape.properties}
        for each in face.shape.properties.values():
            yield from self._sight(face, each)
        shared = _shared_names(face.shape)
        for variant in face.shape.variants:
            for each in variant.properties.values():
                name = snake(each.name)
                if name not in common:
                    yield from self._sight(face, each, variant="" if name in shared else _kind(variant))

    def _sight(self, face: Face, each: Property, *, variant: str = "") -> Iterator[Sight]:
        """Yield the field in its role; a read-only one is not sent, a write-only one is not shown."""
        shape = self._shapes.of(each.schema)
        role = face.role
        if role in ("create", "update") and shape.read_only:
            return
        if role in (*_READ_ROLES, "view") and shape.write_only:
            role = "create"
        yield Sight(role=role, property=each, shape=shape, face=face, variant=variant)


def _says_more(shape: Shape, plain: Shape) -> bool:
    """Tell whether a shape narrows a plain text: by a format or by its values."""
    return plain.is_text and not plain.format and shape.type == "string" and bool(shape.format or shape.values)


def _kind(variant: Shape) -> str:
    """Return what a schema of a choice is about, the same for its request and its answer."""
    return "_".join(stem(variant.name)) if variant.name else "other"


def _shared_names(shape: Shape) -> set[str]:
    names = [{snake(name) for name in variant.properties} for variant in shape.variants]
    return set.intersection(*names) if names else set()


def _list_role(visit: Visit) -> Role:
    segment = visit.exchange.last.name.lower().replace("_", "-")
    views = visit.resource.views if visit.resource is not None else []
    if any(spot.key == visit.exchange.key for spot in views):
        return "view"
    if visit.resource is not None and visit.exchange.key in {spot.key for spot in visit.resource.spots}:
        return "list"
    return "view" if segment in STOP_SEGMENTS | SEARCH_SEGMENTS else "list"


def _check_same(first: Sight, second: Sight) -> None:
    one, other = first.shape, second.shape
    if (one.kind, one.type, one.format) == (other.kind, other.type, other.format):
        return
    raise SpecError(
        f'names "{first.property.name}" and "{second.property.name}" fold to one column but mean different things',
        at=second.property.at,
        detail=f"The first stands at {first.property.at}.",
        hint="Rename one of them, or give it another name with x-colonnade: {name: …}.",
    )
