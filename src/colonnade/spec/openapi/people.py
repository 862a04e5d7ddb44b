"""The thing that stands for the accounts, and things that turn out to be the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from colonnade.spec.english import word_set
from colonnade.spec.openapi.directory import Directory
from colonnade.spec.openapi.resources import Exchange, Resource, payload_stems, stem_of_parameter
from colonnade.spec.openapi.shape import Shape
from colonnade.spec.openapi.stems import starts_with
from colonnade.spec.openapi.vocabulary import (
    CURRENT_USER_SEGMENTS,
    LOGIN_SEGMENTS,
    REGISTER_SEGMENTS,
    USER_NOUNS,
)
from colonnade.sql.identifier import pascal, snake

_CREDENTIALS = word_set(
    """
    email username login email_address user_name
    """
)
_VIEWER = word_set(
    """
    following followed is_following blocked muted is_followed follows_you
    """
)


def find_user(directory: Directory, exchanges: Sequence[Exchange]) -> None:
    """Find the thing that stands for the accounts: the one that registers, logs in or asks for itself."""
    scores = [(_user_score(each), each) for each in directory.resources]
    best = max(scores, key=lambda each: each[0], default=(0, None))
    if best[1] is not None and best[0] > 0:
        directory.user = best[1]
        return
    for exchange in exchanges:
        name = exchange.last.name.lower()
        about = directory.of_payload(exchange.answer, directory.spots[exchange.key])
        if about is not None and name in CURRENT_USER_SEGMENTS:
            directory.user = about
            return
    directory.user = _who_logs_in(directory, exchanges)


def _who_logs_in(directory: Directory, exchanges: Sequence[Exchange]) -> Resource | None:
    """Return the accounts of which the contract shows only how people register or log in.

    Somebody's name and password are compared, so both are kept. A password alone is the service's own.
    """
    for segments in (REGISTER_SEGMENTS, LOGIN_SEGMENTS):
        for exchange in exchanges:
            name = exchange.last.name.lower().replace("_", "-")
            sent = _fields((exchange.body.shape,))
            is_asked = exchange.call.method == "POST" and not any(each.parameters for each in exchange.call.steps)
            if name in segments and is_asked and "password" in sent and sent & _CREDENTIALS:
                return directory.exact(("user",)) or directory.add(_account(directory, exchange))
    return None


def _account(directory: Directory, exchange: Exchange) -> Resource:
    """Return the accounts, called as the request that registers them, or users."""
    spot = directory.spots[exchange.key]
    about = next((each for each in payload_stems(exchange.body, spot) if each[-1] in USER_NOUNS), ("user",))
    registers = exchange.last.name.lower().replace("_", "-") in REGISTER_SEGMENTS
    return Resource(
        name=pascal("_".join(about)), stem=about, stems={about}, home=spot, spots=[spot] if registers else []
    )


def join_same(directory: Directory) -> None:
    """Let a thing that shows only what another one keeps stand for that one."""
    user = directory.user
    for resource in list(directory.resources):
        if user is not None and resource is not user and _is_view_of_user(resource, user):
            directory.remove(resource, into=user)
            continue
        whole = _whole(directory, resource)
        if whole is not None:
            whole.views.extend(resource.spots)
            directory.remove(resource, into=whole)


def _user_score(resource: Resource) -> int:
    names = _names(resource)
    shown = {spot.name.lower().replace("_", "-") for spot in resource.spots}
    is_person = bool(resource.words) and resource.words[-1] in USER_NOUNS
    if shown <= LOGIN_SEGMENTS and not is_person:
        return 0  # a session is what a login makes, not who logs in
    score = 0
    if shown & CURRENT_USER_SEGMENTS or shown & REGISTER_SEGMENTS:
        score += 4
    if "password" in names and names & _CREDENTIALS:
        score += 3
    if resource.words[-1:] in (("user",), ("account",)) and names & _CREDENTIALS:
        score += 2
    return score + (1 if is_person else 0) if score else 0


def _is_view_of_user(resource: Resource, user: Resource) -> bool:
    """Tell whether a thing is the user under another name: not made on its own, showing only the user's fields."""
    if any(spot.creates for spot in resource.spots):
        return False
    shown = _read_names(resource) - _VIEWER
    keys = {
        "_".join(stem_of_parameter(parameter))
        for spot in resource.spots
        for each in spot.exchanges
        for parameter in each.last.parameters
    }
    return bool(shown) and shown <= _names(user) and "id" not in shown and bool(keys & _names(user))


def _whole(directory: Directory, resource: Resource) -> Resource | None:
    """Return the thing of which this one is only a list with more figures: `ProductDashboard` of `Product`."""
    writes = [each for spot in resource.spots for each in spot.exchanges if each.call.method != "GET" or each.arity]
    shown = _read_names(resource)
    if writes or not shown:
        return None
    for other in directory.resources:
        if other is resource or len(other.words) >= len(resource.words):
            continue
        kept = _read_names(other)
        if starts_with(resource.words, other.words) and kept and kept <= shown:
            return other
    return None


def _names(resource: Resource) -> set[str]:
    return _fields(
        shape for spot in resource.spots for each in spot.exchanges for shape in (each.answer.shape, each.body.shape)
    )


def _read_names(resource: Resource) -> set[str]:
    return _fields(each.answer.shape for spot in resource.spots for each in spot.exchanges if each.call.method == "GET")


def _fields(shapes: Iterable[Shape | None]) -> set[str]:
    return {snake(name) for shape in shapes if shape is not None for name in shape.properties}
