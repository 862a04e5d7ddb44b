"""Styles of interface that are not about resources, refused with the way out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from colonnade.errors import SpecError
from colonnade.spec.english import word_set
from colonnade.spec.openapi.calls import Call
from colonnade.sql.identifier import words

_VERBS = word_set(
    """
    list get create update delete add remove set find search read fetch write upsert insert archive unarchive open close
    info post invite join leave rename enable disable cancel start stop send run
    """
)
_METHOD = re.compile(r"[\w-]+(?:\.[\w-]+)+")


def refuse_foreign(calls: Sequence[Call]) -> None:
    """Raise SpecError when most operations are procedure calls: everything posted, the verb in the path."""
    procedures = [each for each in calls if is_procedure(each)]
    if procedures and len(procedures) * 2 > len(calls):
        raise SpecError(
            "the contract is in RPC style, which is not read",
            at=procedures[0].at,
            detail=f"{len(procedures)} of {len(calls)} operations name a procedure, such as {procedures[0].label}.",
            hint="Describe the things it keeps in a spec file (colonnade: 1); paths like /tasks/{id} can be read.",
        )


def is_procedure(call: Call) -> bool:
    """Tell whether an operation names a procedure: `POST /things.list`, `POST /listThings`."""
    if call.method != "POST" or any(each.parameters for each in call.steps) or not call.steps:
        return False
    last = call.steps[-1].name
    if _METHOD.fullmatch(last) and words(last)[-1] in _VERBS | {words(last.rsplit(".", 1)[-1])[0]}:
        return True
    parts = words(last)
    return len(parts) > 1 and parts[0] in _VERBS and last != last.lower()
