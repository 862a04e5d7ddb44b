"""The operations of a contract: method, path, parameters, request and answers, with places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from colonnade.errors import SpecError
from colonnade.span import Span
from colonnade.spec.document import Document, Node
from colonnade.spec.openapi.shape import Shape
from colonnade.spec.openapi.shapes import Shapes, node_flag
from colonnade.spec.questions import Unread
from colonnade.sql.identifier import words

METHODS = ("get", "post", "put", "patch", "delete", "query")
_JSON = re.compile(r"(?:application/)?(?:[\w.+-]*\+)?json|\*/\*|application/\*")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data", "application/xml")
_PARAMETER = re.compile(r"\{([^{}]+)\}")
_ROUTER_PARAMETER = re.compile(r"(?<=/):(\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A fixed segment of a path with the parameters that follow it; `verb` stands after a colon."""

    name: str
    parameters: tuple[str, ...] = ()
    verb: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parameter:
    """A parameter of an operation; `within` names the one whose object it is a part of (`filter[name]`)."""

    name: str
    place: Literal["path", "query", "header", "cookie"]
    shape: Shape
    at: Span
    required: bool = False
    description: str = ""
    within: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reply:
    """One answer of an operation; `shape` is None when it has no body that could be stored."""

    status: str
    shape: Shape | None
    at: Span
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Call:
    """One operation. `steps` are the path without its prefix.

    `secured` says that a caller must be known, `personal` that a person is: a key in a header or query
    stands for a program.
    """

    method: str
    path: str
    steps: tuple[Step, ...]
    at: Span
    node: Node
    id: str = ""
    text: str = ""
    parameters: tuple[Parameter, ...] = ()
    request: Shape | None = None
    replies: tuple[Reply, ...] = ()
    secured: bool = False
    personal: bool = False
    hints: tuple[Node, ...] = ()
    reads_form: bool = False

    @property
    def label(self) -> str:
        """Method and path, as people write them."""
        return f"{self.method} {self.path}"

    @property
    def success(self) -> Reply | None:
        """The first 2xx answer with a body, else the first 2xx answer."""
        good = [each for each in self.replies if each.status.startswith("2")]
        return next((each for each in good if each.shape is not None), good[0] if good else None)

    @property
    def conflict(self) -> Reply | None:
        """The 409 answer."""
        return next((each for each in self.replies if each.status == "409"), None)

    @property
    def query(self) -> tuple[Parameter, ...]:
        """The parameters of the query string."""
        return tuple(each for each in self.parameters if each.place == "query")

    @property
    def path_parameters(self) -> dict[str, Parameter]:
        """The parameters of the path by name."""
        return {each.name: each for each in self.parameters if each.place == "path"}


def read_calls(document: Document, shapes: Shapes, unread: list[Unread]) -> list[Call]:
    """Return the operations of a document in order; one that cannot be read is reported in `unread`."""
    paths = document.root.get("paths")
    if paths is None or not paths.is_mapping:
        return []
    root_security = document.root.get("security")
    impersonal = _impersonal_schemes(document, shapes)
    found = []
    for path, item in paths.items():
        if path.startswith("x-"):
            continue
        for method, written, item_node, at in _operations(path, item, shapes, unread, paths.key_span(path)):
            try:
                node = shapes.references.target(written)
                call = _call(path, method, node, item_node, at, shapes)
                security = node.get("security") or root_security
                found.append(replace(call, secured=_is_secured(security), personal=_is_personal(security, impersonal)))
            except SpecError as error:
                unread.append(Unread(what=f"{method.upper()} {path}", reason=error.message, at=(error.at or at,)))
    return found


def steps_of(path: str) -> tuple[Step, ...]:
    """Return the steps of a path template: `/users/{id}/cards` has the steps `users` with `id`, and `cards`.

    Parameters before the first fixed segment belong to a step with the empty name.
    """
    steps: list[Step] = []
    for segment in _templated(path).strip("/").split("/"):
        parameters = _PARAMETER.findall(segment)
        fixed = _PARAMETER.sub("", segment)
        name, _, verb = fixed.partition(":")
        if parameters:
            last = steps.pop() if steps else Step(name="")
            steps.append(Step(name=last.name, parameters=(*last.parameters, *parameters), verb=verb))
        elif name or verb:
            steps.append(Step(name=name, verb=verb))
    return tuple(steps)


def _templated(path: str) -> str:
    """Return the path with the parameters that a router's own notation names: `/users/:id` is `/users/{id}`."""
    return _ROUTER_PARAMETER.sub(r"{\1}", path)


def _operations(
    path: str, item: Node, shapes: Shapes, unread: list[Unread], at: Span
) -> Iterator[tuple[str, Node, Node, Span]]:
    try:
        item = shapes.references.target(item)
    except SpecError as error:
        unread.append(Unread(what=path, reason=error.message, at=(error.at or at,)))
        return
    if not item.is_mapping:
        unread.append(Unread(what=path, reason="the path is not a mapping of methods", at=(at,)))
        return
    for method, node in item.items():
        if method.lower() in METHODS:
            yield method.lower(), node, item, item.key_span(method)


def _call(path: str, method: str, node: Node, item: Node, at: Span, shapes: Shapes) -> Call:
    if not node.is_mapping:
        raise SpecError("the operation is not a mapping", at=at)
    request, is_form = _request(node, shapes)
    replies = tuple(_replies(node, shapes))
    operation_id = node.get("operationId")
    hints = [each for each in (item.get("x-colonnade"), node.get("x-colonnade")) if each is not None]
    return Call(
        method=method.upper(),
        path=path,
        steps=steps_of(path),
        at=at,
        node=node,
        id=operation_id.text if operation_id is not None else "",
        text=_prose(node),
        parameters=tuple(_parameters(path, node, item, shapes)),
        request=request,
        replies=replies,
        hints=tuple(hints),
        reads_form=is_form,
    )


def _prose(node: Node) -> str:
    texts = [each.text for key in ("summary", "description") if (each := node.get(key)) is not None]
    return "\n".join(texts)


def _is_secured(security: Node | None) -> bool:
    """Tell whether a caller must be known: an empty requirement means that it may be unknown."""
    requirements = security.elements() if security is not None else ()
    return bool(requirements) and all(len(each) for each in requirements)


def _is_personal(security: Node | None, impersonal: frozenset[str]) -> bool:
    """Tell whether the caller that must be known is a person."""
    return _is_secured(security) and not all(
        any(name in impersonal for name, _ in each.items())
        for each in (security.elements() if security is not None else ())
    )


def _impersonal_schemes(document: Document, shapes: Shapes) -> frozenset[str]:
    """Return the security schemes that tell programs apart, not people: a key in a header or in the query."""
    schemes = document.at("/components/securitySchemes")
    found = set()
    for name, node in schemes.items() if schemes is not None else ():
        scheme = shapes.references.target(node)
        kind, place, header = (scheme.get(key) for key in ("type", "in", "name"))
        is_key = kind is not None and kind.text == "apiKey" and place is not None and place.text != "cookie"
        if is_key and (header is None or header.text.lower() != "authorization"):
            found.add(name)
    return frozenset(found)


def _parameters(path: str, node: Node, item: Node, shapes: Shapes) -> Iterator[Parameter]:
    found: dict[tuple[str, str], Parameter] = {}
    for owner in (item, node):
        listed = owner.get("parameters")
        for entry in listed.elements() if listed is not None else ():
            for parameter in _parameter(shapes.references.target(entry), shapes):
                found[parameter.place, f"{parameter.within}[{parameter.name}"] = parameter
    yield from found.values()
    declared = {each.name for each in found.values() if each.place == "path"}
    for name in _PARAMETER.findall(_templated(path)):
        if name not in declared:
            yield Parameter(name=name, place="path", shape=Shape(node=node, kind="any"), at=node.span, required=True)


def _parameter(node: Node, shapes: Shapes) -> Iterator[Parameter]:
    name, place = node.get("name"), node.get("in")
    if name is None or place is None:
        raise SpecError('a parameter has no "name" or no "in"', at=node.span)
    if place.text not in ("path", "query", "header", "cookie"):
        raise SpecError(f'a parameter stands in "{place.text}"', at=place.span, hint="Use path, query, header, cookie.")
    if not words(name.text):
        raise SpecError("the name of a parameter has no letter or digit", at=name.span)
    schema = node.get("schema") or _media(node)[1]
    shape = shapes.of(schema) if schema is not None else Shape(node=node, kind="any")
    description = node.get("description")
    parameter = Parameter(
        name=name.text,
        place=place.text,  # type: ignore[arg-type]  # the four places were checked above
        shape=shape,
        at=node.span if name.source is not node.source else name.span,
        required=node_flag(node, "required"),
        description=description.text if description is not None else shape.description,
    )
    if parameter.place == "query" and shape.kind == "object":
        for each in shape.properties.values():
            inner = shapes.of(each.schema)
            yield Parameter(
                name=each.name,
                place="query",
                shape=inner,
                at=each.at,
                required=parameter.required and each.required,
                description=inner.description,
                within=parameter.name,
            )
        return
    yield parameter


def _request(node: Node, shapes: Shapes) -> tuple[Shape | None, bool]:
    body = node.get("requestBody")
    if body is None:
        return None, False
    media, schema = _media(shapes.references.target(body))
    if schema is None:
        return None, False
    shape = shapes.of(schema)
    if shape.problem:
        raise SpecError(shape.problem, at=shape.at)
    return shape, media in _FORMS


def _replies(node: Node, shapes: Shapes) -> Iterator[Reply]:
    responses = node.get("responses")
    for status, entry in responses.items() if responses is not None else ():
        if status.startswith("x-"):
            continue
        assert responses is not None  # noqa: S101 - there is an entry
        if not status.startswith("2") and status != "409":
            continue
        reply = shapes.references.target(entry)
        _, schema = _media(reply)
        description = reply.get("description")
        shape = shapes.of(schema) if schema is not None else None
        if shape is not None and shape.problem and status.startswith("2"):
            raise SpecError(shape.problem, at=shape.at)
        yield Reply(
            status=status,
            shape=shape,
            at=responses.key_span(status),
            description=description.text if description is not None else "",
        )


def _media(node: Node) -> tuple[str, Node | None]:
    """Return the media type to read and its schema: JSON first, then a form; others carry no fields."""
    content = node.get("content")
    if content is None or not content.is_mapping:
        return "", None
    for media, entry in content.items():
        if _JSON.fullmatch(media.split(";")[0].strip()):
            return media, entry.get("schema")
    for media, entry in content.items():
        if media.split(";")[0].strip() in _FORMS:
            return media, entry.get("schema")
    return "", None
