"""What each operation does to which thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from colonnade.spec.english import agent, gerund, participle, singular, singular_words
from colonnade.spec.openapi.calls import Step
from colonnade.spec.openapi.directory import Directory
from colonnade.spec.openapi.hints import flag, word
from colonnade.spec.openapi.resources import (
    Exchange,
    Key,
    Resource,
    is_bare,
    linked_noun,
    payload_stems,
    stem_of_parameter,
)
from colonnade.spec.openapi.shape import Shape
from colonnade.spec.openapi.shapes import Shapes
from colonnade.spec.openapi.single import is_kept_at_root, is_personal, is_single, single
from colonnade.spec.openapi.stems import Stem, ends_with
from colonnade.spec.openapi.vocabulary import (
    CURRENT_USER_SEGMENTS,
    LOGIN_SEGMENTS,
    MARKING_VERBS,
    OPPOSITES,
    REGISTER_SEGMENTS,
    STOP_SEGMENTS,
)
from colonnade.sql.identifier import pascal, snake, words

VisitKind = Literal[
    "list", "get", "create", "update", "delete", "link", "unlink", "mark", "unmark", "action", "login", "other"
]


_ADDING = frozenset(("create", "add", "new", "bulk", "batch", "import"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scope:
    """A row named earlier in the path; without a resource it is only a value that rows carry."""

    parameter: str
    resource: Resource | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Visit:
    """One operation and the thing it is about.

    `keys` are the path parameters that name the row, `scopes` those that name rows it belongs to. `mine`
    says that only the caller's rows are meant. `other` and `verb` are of an association.
    """

    exchange: Exchange
    kind: VisitKind
    resource: Resource | None = None
    scopes: tuple[Scope, ...] = ()
    keys: tuple[str, ...] = ()
    mine: bool = False
    other: Resource | None = None
    verb: str = ""
    reason: str = ""
    unread: bool = False


def visit(exchanges: Sequence[Exchange], directory: Directory, shapes: Shapes) -> list[Visit]:
    """Return what each operation does, in order."""
    return [_with_core(_Visitor(directory, each).visit(), directory, shapes) for each in exchanges]


def _with_core(found: Visit, directory: Directory, shapes: Shapes) -> Visit:
    """Take a request apart that carries the row inside: `{item: {…}, attachments: […]}`.

    A request that carries the rows as a list sets all of them at once.
    """
    body = found.exchange.body
    if found.kind not in ("create", "update") or found.resource is None or body.shape is None:
        return found
    for each in body.shape.properties.values():
        inner = shapes.of(each.schema)
        named = singular_words(each.name)[-1:] == found.resource.words[-1:]
        if inner.kind == "array" and named and directory.of_shape(shapes.item(inner)) is found.resource:
            return replace(found, kind="other", reason="it sets a whole list of rows at once", unread=True)
        if inner.is_object and named and directory.of_shape(inner) is found.resource:
            others = tuple(other for other in body.shape.properties.values() if other is not each)
            core = replace(body, shape=inner, wrapping=(*others, *body.wrapping))
            return replace(found, exchange=replace(found.exchange, body=core))
    return found


class _Visitor:
    """Looks at one operation."""

    def __init__(self, directory: Directory, exchange: Exchange) -> None:
        self._directory = directory
        self._exchange = exchange
        self._call = exchange.call
        self._steps = exchange.call.steps
        self._spot = directory.spots[exchange.key]
        self._home = directory.at(exchange.key)
        self._segments = [each.name.lower().replace("_", "-") for each in self._steps]
        self._segment = self._segments[-1]

    def visit(self) -> Visit:
        last = self._exchange.last
        if flag(self._call.hints, "ignore"):
            return self._other("x-colonnade says to ignore it")
        stated = word(self._call.hints, "entity")
        if stated:
            self._home = self._directory.exact(words(stated)) or self._home
        if last.verb:
            return self._other(f'"{last.verb}" is a method of its own, not a reading or writing of rows', unread=True)
        if not any(each.isalnum() for each in last.name):
            return self._other("the path names nothing", unread=last.name != "/")
        for attempt in (self._login, self._marking, self._linking, self._at_home, self._elsewhere):
            found = attempt()
            if found is not None:
                return found
        return self._rest()

    def _login(self) -> Visit | None:
        fields = _field_names(self._exchange.body.shape)
        if self._call.method != "POST" or self._exchange.arity or "password" not in fields:
            return None
        if self._segment in LOGIN_SEGMENTS:
            return self._visit("login", self._user)
        if self._home and self._home is not self._user:
            return None
        return self._visit("create", self._user) if self._segment in REGISTER_SEGMENTS and self._user else None

    def _marking(self) -> Visit | None:
        verb, undone = marking_verb(self._segment)
        parents = [each for each in self._steps[:-1] if each.parameters]
        if not parents or self._exchange.arity or self._exchange.body.kind != "none":
            return None
        target = self._parent(len(self._steps) - 2)
        if target is None or self._call.method not in ("POST", "PUT", "DELETE"):
            return None
        if not verb:
            verb = self._shown_mark(target)
        if not verb:
            return None
        kind: VisitKind = "unmark" if undone or self._call.method == "DELETE" else "mark"
        return self._visit(kind, target, verb=verb, keys=(parents[-1].parameters[-1],), other=self._user)

    def _shown_mark(self, target: Resource) -> str:
        """Return the segment when it is a verb that the thing's readers are shown to have done, and can undo."""
        methods = {each.call.method for each in self._spot.exchanges}
        verb = self._segment.replace("-", "_")
        if "DELETE" not in methods or not methods & {"POST", "PUT"}:
            return ""
        shown = {name for spot in target.spots for each in spot.exchanges for name in _field_names(each.answer.shape)}
        stored = {f"{verb}_at", f"{participle(verb)}_at"}
        told = {f"{verb}s_count", f"{verb}_count", f"has_{participle(verb)}", f"viewer_has_{participle(verb)}"}
        return verb if shown & told and not shown & stored else ""

    def _linking(self) -> Visit | None:
        if len(self._steps) < 2 or not self._steps[-2].parameters:
            return None
        parent = self._parent(len(self._steps) - 2)
        writes = [each for each in self._spot.exchanges if each.call.method != "GET"]
        to_itself = parent is not None and self._home is parent and self._spot is not parent.home
        bare = all(is_bare(each) for each in writes)
        noun = linked_noun(self._spot, self._directory.spots)
        if noun:
            other = self._directory.named(noun)
        elif to_itself and writes and bare and self._spot.lists:
            other = parent
        else:
            return None
        if parent is None or other is None:
            return None
        if self._call.method == "GET":
            return self._visit("list", other, scopes=self._scopes())
        kind: VisitKind = "unlink" if self._call.method == "DELETE" else "link"
        return self._visit(kind, parent, other=other, scopes=self._scopes(), verb=snake(self._spot.name))

    def _at_home(self) -> Visit | None:
        resource, method = self._home, self._call.method
        if resource is None:
            return None
        exchange, parameters = self._exchange, self._exchange.last.parameters
        about = self._directory.of_payload(exchange.answer, self._spot) or resource
        mine = self._is_mine()
        if method == "GET" and exchange.answer.kind == "list":
            return self._visit("list", about, scopes=(*self._scopes(), *self._own_scopes(parameters)), mine=mine)
        if method == "POST" and exchange.arity not in self._spot.single_arities:
            if exchange.body.kind == "none" and exchange.answer.kind != "item":
                return None
            return self._visit("create", resource, scopes=(*self._scopes(), *self._own_scopes(parameters)), mine=mine)
        if parameters:
            scopes = (*self._scopes(), *self._own_scopes(parameters[:-1]))
            return self._visit(_row_kind(method), resource, keys=parameters[-1:], scopes=scopes, mine=mine)
        if mine or resource.singleton:
            return self._visit(_row_kind(method), resource, mine=mine, scopes=self._scopes())
        if method in ("PUT", "PATCH") and exchange.body.kind == "item":
            return self._visit("update", resource, scopes=self._scopes())
        if method == "GET" and exchange.answer.kind == "item":
            return self._visit("get", about, scopes=self._scopes(), mine=about is self._user)
        if method == "GET":
            return self._visit("list", resource, scopes=self._scopes())
        return self._other("it changes many rows at once", unread=True)

    def _elsewhere(self) -> Visit | None:
        """Read rows of a known thing under another path, or the caller's own account."""
        exchange = self._exchange
        if self._segment in CURRENT_USER_SEGMENTS and self._user is not None:
            return self._visit(_row_kind(self._call.method), self._user, mine=True)
        about = self._directory.of_payload(exchange.answer, self._spot)
        if about is None:
            return None
        mine = self._is_mine()
        parameters = exchange.last.parameters
        if self._call.method == "GET" and exchange.answer.kind == "list":
            return self._visit("list", about, scopes=(*self._scopes(), *self._own_scopes(parameters)), mine=mine)
        if self._call.method == "GET":
            is_me = about is self._user and not any(each.parameters for each in self._steps)
            return self._visit("get", about, keys=parameters[-1:], scopes=self._scopes(), mine=mine or is_me)
        sent = self._directory.of_payload(exchange.body, self._spot)
        if self._call.method == "POST" and sent is about and set(words(exchange.last.name)) & _ADDING:
            return self._visit("create", about, scopes=self._scopes())
        if about is self._user and not any(each.parameters for each in self._steps):
            if self._call.method in ("PUT", "PATCH"):
                return self._visit("update", about, mine=True)
            if self._segment in REGISTER_SEGMENTS:
                return self._visit("create", about)
        return None

    def _rest(self) -> Visit:
        parents = [index for index, each in enumerate(self._steps[:-1]) if each.parameters]
        singleton = self._singleton()
        if singleton is not None:
            return singleton
        if parents and self._call.method in ("POST", "PUT", "PATCH", "DELETE"):
            target = self._parent(parents[-1])
            keys = self._steps[parents[-1]].parameters[-1:]
            created = self._created_child(target)
            if created is not None:
                return created
            return self._visit("action", target, keys=keys, verb=self._segment, reason="it acts on a row it names")
        stops = [each for each in self._segments if each in STOP_SEGMENTS]
        if stops:
            return self._other(f'"{stops[-1].replace("-", " ")}" asks or acts, it names nothing that is kept')
        return self._other("no thing that is kept can be seen in its path and bodies", unread=True)

    def _created_child(self, parent: Resource | None) -> Visit | None:
        """Read `POST /posts/{id}/comment` as adding a comment: posts show `comments`, or the answer shows a row."""
        if parent is None or self._call.method != "POST" or self._exchange.body.kind != "item":
            return None
        shown = {name for spot in parent.spots for each in spot.exchanges for name in _field_names(each.answer.shape)}
        noun = "_".join(self._spot.noun)
        about = self._spot.noun if any(singular(name) == noun and name != noun for name in shown) else self._answered()
        if not about:
            return None
        found = self._directory.exact(about)
        resource = found or self._directory.add(
            Resource(name=pascal("_".join(about)), stem=about, stems={about}, home=self._spot)
        )
        if self._spot not in resource.spots:
            resource.spots.append(self._spot)
        return self._visit("create", resource, scopes=self._scopes())

    def _answered(self) -> Stem:
        """Return what a request adds when the answer shows it with an identifier, and is called like the segment."""
        answer = self._exchange.answer
        if answer.kind != "item" or "id" not in _field_names(answer.shape):
            return ()
        return next((each for each in payload_stems(answer, self._spot) if ends_with(each, self._spot.noun)), ())

    def _singleton(self) -> Visit | None:
        """Read a single object below a row, or below the caller, as a part that each of them has one of.

        One that stands below nothing is the caller's, or else the service's own.
        """
        exchange = self._exchange
        answer, body = exchange.answer.shape, exchange.body.shape
        shape = answer if exchange.answer.kind == "item" else body if exchange.body.kind == "item" else None
        if shape is None or not is_single(self._spot):
            return None
        above = self._parent_above()
        at_root = above is None and is_kept_at_root(self._spot)
        if above is None and not at_root:
            return None
        personal = at_root and self._user is not None and is_personal(self._spot)
        above = self._user if personal else above
        is_taken = self._directory.exact(self._spot.noun) is not None
        resource = self._directory.add(single(self._spot, above=above, is_taken=is_taken))
        resource.personal = personal
        for name in (shape.name, *shape.bases):
            if name:
                self._directory.components.setdefault(name, resource)
        self._home = resource
        return self._at_home()

    def _parent_above(self) -> Resource | None:
        if self._is_mine():
            return self._user
        index = next((at for at in range(len(self._steps) - 2, -1, -1) if self._steps[at].parameters), None)
        return None if index is None else self._parent(index)

    def _is_mine(self) -> bool:
        if self._home is not None and self._home.personal:
            return True
        return any(each.name.lower() in CURRENT_USER_SEGMENTS for each in self._steps)

    def _scopes(self) -> tuple[Scope, ...]:
        """Return the rows that earlier steps name; the caller, when the path says `me`."""
        found = []
        for index, step in enumerate(self._steps[:-1]):
            found += [
                Scope(parameter=parameter, resource=self._parent(index, parameter))
                for parameter in step.parameters[-1:]
            ]
        return tuple(found)

    def _own_scopes(self, parameters: Sequence[str]) -> tuple[Scope, ...]:
        return tuple(
            Scope(parameter=each, resource=self._directory.named(stem_of_parameter(each), besides=self._home))
            for each in parameters
        )

    def _parent(self, index: int, parameter: str = "") -> Resource | None:
        step: Step = self._steps[index]
        key: Key = tuple(each.name for each in self._steps[: index + 1])
        named = parameter or (step.parameters[-1] if step.parameters else "")
        found = self._directory.parent(key, named) if named and step.name else None
        return found if found is not None else self._phantom(step, named)

    def _phantom(self, step: Step, parameter: str) -> Resource | None:
        """Return a thing that only a path names: `/organizations/{organization}/projects`."""
        noun = tuple(words(step.name))
        about = stem_of_parameter(parameter)
        noun = (*noun[:-1], singular(noun[-1])) if noun else ()
        if not noun or about not in (noun, ("id",)) or step.name.lower() in STOP_SEGMENTS:
            return None
        return self._directory.add(
            Resource(name=pascal("_".join(noun)), stem=noun, stems={noun}, phantom=True, at=(self._call.at,))
        )

    def _other(self, reason: str, *, unread: bool = False) -> Visit:
        scopes = self._scopes() if not unread else ()
        return Visit(exchange=self._exchange, kind="other", reason=reason, unread=unread, scopes=scopes)

    @property
    def _user(self) -> Resource | None:
        return self._directory.user

    def _visit(
        self,
        kind: VisitKind,
        resource: Resource | None,
        *,
        scopes: tuple[Scope, ...] = (),
        keys: tuple[str, ...] = (),
        mine: bool = False,
        other: Resource | None = None,
        verb: str = "",
        reason: str = "",
    ) -> Visit:
        return Visit(
            exchange=self._exchange,
            kind=kind,
            resource=resource,
            scopes=scopes,
            keys=keys,
            mine=mine,
            other=other,
            verb=verb,
            reason=reason,
        )


def marking_verb(segment: str) -> tuple[str, bool]:
    """Return the verb by which a user marks a thing, and whether the segment takes the mark away."""
    name = segment.lower().replace("-", "_")
    for verb, undone in ((name, False), (singular(name), False), (name.removeprefix("un"), name.startswith("un"))):
        if verb in MARKING_VERBS:
            return verb, undone
    if name in OPPOSITES:
        return OPPOSITES[name], True
    for verb in MARKING_VERBS:
        if singular(name) in (agent(verb), gerund(verb), participle(verb)):
            return verb, False
    return "", False


def _row_kind(method: str) -> VisitKind:
    kinds: dict[str, VisitKind] = {"GET": "get", "DELETE": "delete"}
    return kinds.get(method, "update")


def _field_names(shape: Shape | None) -> set[str]:
    return {snake(name) for name in shape.properties} if shape is not None else set()
