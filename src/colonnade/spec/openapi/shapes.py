"""Reads schema nodes into shapes."""

from __future__ import annotations

from dataclasses import replace

from colonnade.errors import SpecError
from colonnade.spec.document import Node, Scalar
from colonnade.spec.openapi.limits import merged_limits, read_limits
from colonnade.spec.openapi.references import References, reference_name
from colonnade.spec.openapi.shape import NO_LIMITS, Property, Shape, ShapeKind
from colonnade.spec.questions import Unread
from colonnade.sql.identifier import words

_SCALARS = ("string", "integer", "number", "boolean")


class Shapes:
    """Reads each schema once; what cannot be read is kept in `problems` and has the shape `any`."""

    def __init__(self, references: References) -> None:
        """Start with nothing read."""
        self.references = references
        self.problems: list[Unread] = []
        self._known: dict[Node, Shape] = {}
        self._open: set[Node] = set()

    def of(self, node: Node) -> Shape:
        """Return the shape of a schema node."""
        known = self._known.get(node)
        if known is None:
            known = self._guarded(node)
            self._known[node] = known
        return known

    def item(self, shape: Shape) -> Shape:
        """Return the shape of an array's elements."""
        return self.of(shape.item) if shape.item is not None else Shape(node=shape.node, kind="any")

    def with_kinds(self, shape: Shape) -> Shape:
        """Return a schema that has a discriminator together with the schemas that extend it, as a choice of those."""
        discriminator = shape.node.get("discriminator")
        if shape.kind != "object" or discriminator is None or not shape.name:
            return shape
        variants = [replace(self.of(node), name=name) for name, node in self._extensions(shape.name)]
        if not variants:
            return shape
        tag, tags = self._tag(shape.node, variants)
        return replace(shape, kind="union", variants=tuple(variants), tag=tag, tags=tags)

    def _extensions(self, base: str) -> list[tuple[str, Node]]:
        """Return the components that extend one by allOf, with their names."""
        found = []
        for document in self.references.documents:
            schemas = document.at("/components/schemas")
            for name, node in schemas.items() if schemas is not None else ():
                parts = node.get("allOf")
                references = [each.get("$ref") for each in parts.elements()] if parts is not None else []
                if any(each is not None and reference_name(each) == base for each in references):
                    found.append((name, node))
        return found

    def property(self, shape: Shape, name: str) -> Shape:
        """Return the shape of a property. Raises KeyError when there is none."""
        return self.of(shape.properties[name].schema)

    def _guarded(self, node: Node) -> Shape:
        try:
            return self._read(node)
        except SpecError as error:
            self.problems.append(Unread(what="schema", reason=error.message, at=(error.at or node.span,)))
            return Shape(node=node, kind="any", problem=error.message)

    def _read(self, node: Node) -> Shape:
        if node.scalar is True or not len(node):
            return Shape(node=node, kind="any")
        if not node.is_mapping:
            raise SpecError("a schema is not a mapping", at=node.span)
        if node in self._open:
            raise SpecError(
                "schema is made of itself",
                at=node.span,
                hint="Refer to it from a property instead of from allOf, oneOf or anyOf.",
            )
        self._open.add(node)
        try:
            return self._referred(node) if "$ref" in node else self._plain(node)
        finally:
            self._open.discard(node)

    def _referred(self, node: Node) -> Shape:
        """Follow the reference; what stands next to it is added, as 3.1 says and 3.0 documents mean."""
        reference = node.get("$ref")
        assert reference is not None  # noqa: S101 - the caller has looked
        target = self.references.follow(reference)
        if target in self._open:
            raise SpecError(
                f'reference "{reference.text}" leads back to itself',
                at=reference.span,
                hint="Let one schema of the circle hold the properties.",
            )
        found = self._known.get(target)
        if found is None:
            found = self._read(target)
            self._known[target] = found
        found = replace(found, name=found.name or reference_name(reference))
        if len(node) == 1:
            return found
        return _merge(node, [found, self._plain(node)], name=found.name)

    def _plain(self, node: Node) -> Shape:
        parts = [self._own(node)]
        name = ""
        all_of = node.get("allOf")
        if all_of is not None:
            members = [self._member(each) for each in all_of.elements()]
            parts = [*members, *parts]
            if len(members) == 1 and not any(key in node for key in ("properties", "oneOf", "anyOf")):
                name = members[0].name
        for keyword in ("oneOf", "anyOf"):
            choice = node.get(keyword)
            if choice is not None:
                parts.append(self._choice(node, [self._member(each) for each in choice.elements()]))
        return parts[0] if len(parts) == 1 else _merge(node, parts, name=name)

    def _member(self, node: Node) -> Shape:
        known = self._known.get(node)
        if known is None:
            known = self._read(node)
            self._known[node] = known
        return known

    def _own(self, node: Node) -> Shape:
        """Read what the schema says itself."""
        types = _types(node)
        nullable = node_flag(node, "nullable") or "null" in types
        types = [each for each in types if each != "null"]
        values, null_value = _values(node)
        kind, type_ = _kind(node, types, values)
        if types == [] and nullable and "type" in node:
            kind = "null"
        return Shape(
            node=node,
            kind=kind,
            type=type_,
            format=_text(node, "format"),
            nullable=nullable or null_value,
            values=values,
            properties=self._properties(node),
            open=_is_open(node),
            item=node.get("items"),
            limits=read_limits(node, self.problems),
            default=_scalar(node, "default"),
            has_default="default" in node,
            title=_text(node, "title"),
            description=_text(node, "description"),
            read_only=node_flag(node, "readOnly"),
            write_only=node_flag(node, "writeOnly"),
            hints=tuple(hints for hints in [node.get("x-colonnade")] if hints is not None),
        )

    def _properties(self, node: Node) -> dict[str, Property]:
        properties = node.get("properties")
        if properties is None:
            return {}
        if not properties.is_mapping:
            raise SpecError('"properties" is not a mapping', at=properties.span)
        required = node.get("required")
        names = {each.text for each in required.elements()} if required is not None else set()
        found = {}
        for name, schema in properties.items():
            at = properties.key_span(name)
            if words(name):
                found[name] = Property(name=name, schema=schema, at=at, required=name in names)
            else:
                self.problems.append(Unread(what="property", reason="its name has no letter or digit", at=(at,)))
        return found

    def _choice(self, node: Node, variants: list[Shape]) -> Shape:
        """Return one shape for `oneOf` or `anyOf`: null removed, like scalars joined, objects kept apart."""
        nullable = any(each.nullable or each.kind == "null" for each in variants)
        rest = [each for each in variants if each.kind != "null"]
        if len(rest) == 1:
            return replace(rest[0], nullable=nullable)
        kinds = {each.kind for each in rest}
        expanded = [each for each in rest if each.kind == "object" and "id" in each.properties]
        if len(expanded) == 1 and len(rest) == 2 and "scalar" in kinds:
            # an identifier, or the thing it identifies when the caller asks for it
            return replace(expanded[0], nullable=nullable)
        if kinds == {"scalar"}:
            return _scalar_choice(node, rest, nullable=nullable)
        if kinds and kinds <= {"object", "union"}:
            tag, tags = self._tag(node, rest)
            return Shape(node=node, kind="union", variants=tuple(rest), tag=tag, tags=tags, nullable=nullable)
        return Shape(node=node, kind="any", nullable=nullable, variants=tuple(rest))

    def _tag(self, node: Node, variants: list[Shape]) -> tuple[str, tuple[str, ...]]:
        discriminator = node.get("discriminator")
        property_name = discriminator.get("propertyName") if discriminator is not None else None
        if property_name is None:
            return "", ()
        mapping = discriminator.get("mapping") if discriminator is not None else None
        by_name = {ref.text.rsplit("/", 1)[-1]: value for value, ref in mapping.items()} if mapping is not None else {}
        return property_name.text, tuple(by_name.get(each.name, each.name) for each in variants)


def node_flag(node: Node, key: str) -> bool:
    """Tell whether the entry is the boolean true."""
    entry = node.get(key)
    return entry is not None and entry.scalar is True


def _merge(node: Node, parts: list[Shape], *, name: str) -> Shape:
    """Return what all the parts say together; a later part adds to an earlier one."""
    structural = [each for each in parts if each.kind != "any" or each.problem] or parts
    main = next((each for each in structural if each.kind == "union"), structural[0])
    properties = _merged_properties(parts)
    with_default = [each for each in parts if each.has_default]
    bases = [base for part in parts for base in (part.name, *part.bases) if base and base != name]
    kind: ShapeKind = main.kind
    if properties and kind != "union":
        kind = "object"
    return Shape(
        node=node,
        kind=kind,
        name=name,
        bases=tuple(dict.fromkeys(bases)),
        type=next((each.type for each in structural if each.type), ""),
        format=next((each.format for each in reversed(parts) if each.format), ""),
        nullable=any(each.nullable for each in parts),
        values=next((each.values for each in reversed(parts) if each.values), ()),
        properties=properties,
        open=any(each.open for each in parts),
        item=next((each.item for each in reversed(parts) if each.item is not None), None),
        variants=main.variants,
        tag=main.tag,
        tags=main.tags,
        limits=merged_limits([each.limits for each in parts]),
        default=with_default[-1].default if with_default else None,
        has_default=bool(with_default),
        title=next((each.title for each in reversed(parts) if each.title), ""),
        description=next((each.description for each in reversed(parts) if each.description), ""),
        read_only=any(each.read_only for each in parts),
        write_only=any(each.write_only for each in parts),
        hints=tuple(hint for part in parts for hint in part.hints),
        problem=next((each.problem for each in parts if each.problem), ""),
    )


def _merged_properties(parts: list[Shape]) -> dict[str, Property]:
    """Return the properties of all parts; required when one of them requires it."""
    properties: dict[str, Property] = {}
    required: set[str] = set()
    for part in parts:
        properties.update(part.properties)
        required |= {each.name for each in part.properties.values() if each.required}
        required |= _required_names(part.node)
    return {
        key: each if each.required or key not in required else replace(each, required=True)
        for key, each in properties.items()
    }


def _required_names(node: Node) -> set[str]:
    required = node.get("required")
    return {each.text for each in required.elements()} if required is not None else set()


def _scalar_choice(node: Node, variants: list[Shape], *, nullable: bool) -> Shape:
    types = {each.type for each in variants}
    values = tuple(dict.fromkeys(value for each in variants for value in each.values))
    if types == {"string"} and all(each.values for each in variants):
        return replace(variants[0], node=node, name="", values=values, nullable=nullable, limits=NO_LIMITS)
    if types == {"string"}:
        formats = {each.format for each in variants}
        return Shape(
            node=node,
            kind="scalar",
            type="string",
            format=formats.pop() if len(formats) == 1 else "",
            nullable=nullable,
        )
    if types <= {"integer", "number", "string"} and "number" in types:
        number = next(each for each in variants if each.type == "number")
        exact = "decimal" if "string" in types else number.format
        return replace(number, node=node, format=exact, nullable=nullable)
    if types == {"integer"}:
        return replace(variants[0], node=node, nullable=nullable, values=values, limits=NO_LIMITS)
    return Shape(node=node, kind="any", nullable=nullable, variants=tuple(variants))


def _types(node: Node) -> list[str]:
    entry = node.get("type")
    if entry is None:
        return []
    return [each.text for each in entry.elements()] if entry.is_sequence else [entry.text]


def _values(node: Node) -> tuple[tuple[Scalar, ...], bool]:
    """Return the values of `enum` or `const` without null, and whether null was among them."""
    enum, const = node.get("enum"), node.get("const")
    nodes = enum.elements() if enum is not None else (const,) if const is not None else ()
    found = [each.text if each.plain and isinstance(each.scalar, bool) else each.scalar for each in nodes]
    return tuple(dict.fromkeys(each for each in found if each is not None)), None in found


def _kind(node: Node, types: list[str], values: tuple[Scalar, ...]) -> tuple[ShapeKind, str]:
    if len(types) > 1:
        return ("scalar", "number") if set(types) == {"integer", "number"} else ("any", "")
    type_ = types[0] if types else ""
    if not type_ and values:
        type_ = "string" if all(isinstance(each, str) for each in values) else "integer"
    if type_ in _SCALARS:
        return "scalar", type_
    if type_ == "array" or (not type_ and "items" in node):
        return "array", ""
    if "properties" in node:
        return "object", ""
    if type_ == "object" or "additionalProperties" in node:
        return "map", ""
    return "any", ""


def _is_open(node: Node) -> bool:
    entry = node.get("additionalProperties")
    return entry is not None and entry.scalar is not False


def _text(node: Node, key: str) -> str:
    entry = node.get(key)
    return entry.text if entry is not None and entry.is_scalar else ""


def _scalar(node: Node, key: str) -> Scalar:
    entry = node.get(key)
    return entry.scalar if entry is not None else None
