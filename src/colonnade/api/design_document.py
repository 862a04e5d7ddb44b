"""A design as a document, which is read back."""

from __future__ import annotations

import functools
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from colonnade.design import Design
from colonnade.errors import InputError


@functools.cache
def _adapter() -> TypeAdapter[Design]:
    """Return what reads and writes the value as JSON; building it takes longer than most runs use it."""
    return TypeAdapter(Design)


def design_json(design: Design) -> str:
    """Return the text of a design.json."""
    # What a schema cannot say is found in databases only: a design has none of it.
    return _adapter().dump_json(design, indent=1, exclude={"schema": {"unsaid"}}).decode() + "\n"


def read_design(path: Path) -> Design:
    """Read a design.json; raises InputError when it is not one."""
    try:
        return _adapter().validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f'cannot read "{path}"', detail=str(error.strerror), hint="Make it with design.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f'"{path}" is not a design', detail=f"{place or 'JSON'}: {first['msg']}.", hint="Make it anew with design."
        ) from error
