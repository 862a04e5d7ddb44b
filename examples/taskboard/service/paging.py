"""Cursors: where a page ended, as text that means nothing to whoever carries it."""

from __future__ import annotations

import base64
import binascii
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from service.problems import ProblemError

Place = TypeVar("Place")


def written(place: TypeAdapter[Place], value: Place) -> str:
    """Return the cursor for a place."""
    return base64.urlsafe_b64encode(place.dump_json(value)).decode().rstrip("=")


def read(place: TypeAdapter[Place], cursor: str) -> Place:
    """Return the place of a cursor; a cursor that is none of ours, or of another order, is refused."""
    try:
        return place.validate_json(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, ValidationError) as problem:
        raise ProblemError(422, "invalid-cursor", "The cursor does not belong to this list.") from problem
