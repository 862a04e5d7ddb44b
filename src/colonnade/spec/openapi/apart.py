"""Things that would have one name are told apart by where they are found."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.spec.english import singular_words
from colonnade.spec.openapi.resources import Resource
from colonnade.sql.identifier import pascal


def tell_apart(resources: list[Resource], *, stated: frozenset[Resource]) -> None:
    """Give each thing a name of its own: what stands nearest to the root keeps the plain one.

    Names in `stated` are the author's and stay as they are, even when they are the same.
    """
    taken = {each.name for each in stated}
    for resource in sorted(resources, key=_depth):
        if resource in stated:
            continue
        resource.name = next(name for name in _names(resource) if name not in taken)
        taken.add(resource.name)


def _depth(resource: Resource) -> int:
    return len(resource.home.key) if resource.home is not None else 0


def _names(resource: Resource) -> Iterator[str]:
    """Yield the name, then longer ones with the path before it, then with what its schema is called, then numbers."""
    yield resource.name
    called = resource.words
    home = resource.home
    for segment in reversed(home.key[:-1] if home is not None else ()):
        noun = singular_words(segment)
        if noun and noun != called[: len(noun)]:
            called = (*noun, *called)
            yield pascal("_".join(called))
    if resource.stem and resource.stem != resource.words:
        yield pascal("_".join(resource.stem))
    number = 2
    while True:
        yield f"{resource.name}{number}"
        number += 1
