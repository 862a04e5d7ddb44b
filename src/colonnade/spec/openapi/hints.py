"""`x-colonnade`: what a contract's author adds on the document, an operation, a schema or a property."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from colonnade.errors import SpecError
from colonnade.spec.document import Document, Node
from colonnade.spec.nearest import suggestion
from colonnade.spec.openapi.calls import METHODS

KEY = "x-colonnade"
DOCUMENT_KEYS = ("identity", "isolation", "key", "timestamps")
OPERATION_KEYS = ("entity", "frequency", "ignore", "p95")
SCHEMA_KEYS = (
    "append_only",
    "audited",
    "entity",
    "ignore",
    "index",
    "isolated",
    "keep",
    "key",
    "owner",
    "per_owner",
    "rows",
    "soft_delete",
    "unique",
    "writes",
)
PROPERTY_KEYS = ("computed", "field", "ignore", "name", "on_delete", "references", "unique")
_WORDS: dict[str, tuple[str, ...]] = {
    "identity": ("local", "none", "better-auth", "supabase", "auth0", "clerk", "cognito", "firebase", "keycloak"),
    "isolation": ("user", "tenant", "none"),
    "key": ("bigint", "uuid", "uuidv7", "text"),
    "on_delete": ("cascade", "restrict", "set null", "set default", "no action"),
}
_FLAGS = frozenset(("append_only", "audited", "ignore", "isolated", "soft_delete", "timestamps"))


def check_hints(documents: Iterable[Document]) -> None:
    """Refuse hints that nobody reads: an unknown key or value, with the nearest valid one."""
    for document in documents:
        for node, keys, where in _hints(document.root, DOCUMENT_KEYS, "the document"):
            _check(node, keys, where)


def hint(nodes: Iterable[Node], key: str) -> Node | None:
    """Return the value of a hint in the last node that has it."""
    found = [value for node in nodes if (value := node.get(key)) is not None]
    return found[-1] if found else None


def flag(nodes: Iterable[Node], key: str) -> bool | None:
    """Return a hint that is true or false, None when it is not given."""
    node = hint(nodes, key)
    return None if node is None else node.scalar is True


def word(nodes: Iterable[Node], key: str) -> str:
    """Return a hint that is a word, "" when it is not given."""
    node = hint(nodes, key)
    return "" if node is None else node.text


def name_lists(nodes: Iterable[Node], key: str) -> list[tuple[Node, tuple[str, ...]]]:
    """Return a hint that is a list of lists of names, or one such list, with its places."""
    node = hint(nodes, key)
    if node is None:
        return []
    elements = node.elements()
    if elements and all(each.is_scalar for each in elements):
        return [(node, tuple(each.text for each in elements))]
    return [(each, tuple(inner.text for inner in each.elements())) for each in elements]


def _hints(node: Node, keys: tuple[str, ...], where: str) -> Iterator[tuple[Node, tuple[str, ...], str]]:
    """Yield every hint below a node with the keys that may stand there."""
    found = node.get(KEY)
    if found is not None:
        yield found, keys, where
    for name, child in node.items():
        if name == KEY or name in ("example", "examples", "default", "enum"):
            continue
        if name == "properties" and child.is_mapping:
            for _, each in child.items():  # noqa: PERF102 - a Node is no dict
                yield from _hints(each, PROPERTY_KEYS, "a property")
        elif name == "paths":
            yield from _path_hints(child)
        else:
            yield from _hints(child, SCHEMA_KEYS, "a schema")
    for each in node.elements():
        yield from _hints(each, SCHEMA_KEYS, "a schema")


def _path_hints(paths: Node) -> Iterator[tuple[Node, tuple[str, ...], str]]:
    for path, item in paths.items():
        if path.startswith("x-"):
            continue
        found = item.get(KEY)
        if found is not None:
            yield found, OPERATION_KEYS, "a path"
        for method, operation in item.items():
            if method.lower() in METHODS:
                yield from _hints(operation, OPERATION_KEYS, "an operation")
            elif method != KEY:
                yield from _hints(operation, SCHEMA_KEYS, "a schema")


def _check(node: Node, keys: tuple[str, ...], where: str) -> None:
    if not node.is_mapping:
        raise SpecError(f"{KEY} is not a mapping", at=node.span, hint=f"On {where} it takes {', '.join(keys)}.")
    for key, value in node.items():
        if key not in keys:
            raise SpecError(
                f'unknown key "{key}" in {KEY} of {where}', at=node.key_span(key), hint=suggestion(key, keys)
            )
        if key in _WORDS and value.text not in _WORDS[key]:
            raise SpecError(
                f'"{value.text}" is no value of "{key}"', at=value.span, hint=suggestion(value.text, _WORDS[key])
            )
        if key in _FLAGS and not isinstance(value.scalar, bool):
            raise SpecError(f'"{key}" is neither true nor false', at=value.span)
