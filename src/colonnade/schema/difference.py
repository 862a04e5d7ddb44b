"""Two schemas compared: object by object, attribute by attribute, in words."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from colonnade.schema.programs import Function, Grant
from colonnade.schema.schema import Schema
from colonnade.sql.identifier import qualified, quote

# What each tuple of a schema or table holds, as its members are called in a sentence.
_MEMBERS = {
    "namespaces": "schema",
    "tables": "table",
    "enum_types": "type",
    "domains": "domain",
    "composite_types": "type",
    "range_types": "type",
    "attributes": "attribute",
    "sequences": "sequence",
    "views": "view",
    "functions": "function",
    "extensions": "extension",
    "columns": "column",
    "uniques": "unique constraint",
    "checks": "check constraint",
    "foreign_keys": "foreign key",
    "exclusions": "exclusion constraint",
    "indexes": "index",
    "statistics": "statistics",
    "policies": "policy",
    "triggers": "trigger",
    "partitions": "partition",
    "grants": "grant to",
}


def differences(before: Schema, after: Schema) -> tuple[str, ...]:
    """Return what makes the second schema differ from the first, one line each; none when they are equal.

    A line names the object, then `missing`, `added`, or the attribute with its value in the first and in
    the second schema (`column tasks.title: type: text, now integer`).
    """
    return tuple(_compare("", before, after))


def _compare(place: str, before: Any, after: Any) -> Iterator[str]:
    """Yield the differences of two values of one dataclass."""
    for each in fields(before):
        old, new = getattr(before, each.name), getattr(after, each.name)
        if old == new:
            continue
        if _holds_objects(old) or _holds_objects(new):
            yield from _compare_members(place, _MEMBERS.get(each.name, each.name), old, new)
        elif is_dataclass(old) and is_dataclass(new):
            yield from _compare(f"{place}: {_words(each.name)}", old, new)
        else:
            yield f"{place}: {_words(each.name)}: {_shown(old)}, now {_shown(new)}"


def _compare_members(place: str, kind: str, before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[str]:
    """Yield the differences of two tuples of objects, matched by name."""
    olds, news = _by_key(before), _by_key(after)
    for key in [*olds, *(key for key in news if key not in olds)]:
        label = _label(place, kind, olds.get(key, news.get(key)))
        if key not in news:
            yield f"{label}: missing"
        elif key not in olds:
            yield f"{label}: added"
        else:
            yield from _compare(label, olds[key], news[key])
    if list(olds) != list(news) and set(olds) == set(news):
        yield f"{place}: order of its {kind}s: {_shown(tuple(map(str, olds)))}, now {_shown(tuple(map(str, news)))}"


def _holds_objects(value: object) -> bool:
    """Tell whether the value is a tuple of named objects, not of names, pairs or index keys."""
    return isinstance(value, tuple) and any(hasattr(each, "name") or isinstance(each, Grant) for each in value)


def _by_key(objects: tuple[Any, ...]) -> Mapping[Hashable, Any]:
    return {_key(each): each for each in objects}


def _key(value: Any) -> Hashable:
    """Return what tells an object from its siblings."""
    if isinstance(value, Grant):
        return value.role, value.columns
    if isinstance(value, Function):
        return value.namespace, value.name, value.arguments
    namespace = getattr(value, "namespace", None)
    return value.name if namespace is None else (namespace, value.name)


def _label(place: str, kind: str, value: Any) -> str:
    """Return how the object is called: `table tasks`, `column tasks.title`, `index ix_tasks of table tasks`."""
    if isinstance(value, Grant):
        return f"{kind} {value.role} on {place}"
    if isinstance(value, Function):
        return f"{kind} {qualified(value.namespace, value.name)}({value.arguments})"
    if not place:
        return f"{kind} {qualified(getattr(value, 'namespace', 'public'), value.name)}"
    owner = place.removeprefix("table ")
    return f"{kind} {owner}.{quote(value.name)}" if kind == "column" else f"{kind} {quote(value.name)} of {place}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _shown(value: object) -> str:
    """Return a value as it stands in a sentence."""
    if value is None or value in ("", ()):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "(" + ", ".join(_shown(each) for each in value) + ")"
    if is_dataclass(value):
        said = ((each, getattr(value, each.name)) for each in fields(value))
        return " ".join(f"{_words(each.name)} {_shown(given)}" for each, given in said if given != each.default)
    return str(value)
