"""One function for each verb: all that the command line and the other faces call.

A verb is imported when it is first asked for, so that nobody waits for what the others need.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from colonnade.api.design_verb import design
    from colonnade.api.diff_verb import diff
    from colonnade.api.prove_verb import prove
    from colonnade.api.results import DesignResult, DiffResult, ProveResult

__all__ = ["DesignResult", "DiffResult", "ProveResult", "design", "diff", "prove"]

_HOMES = {
    "DesignResult": "results",
    "DiffResult": "results",
    "ProveResult": "results",
    "design": "design_verb",
    "diff": "diff_verb",
    "prove": "prove_verb",
}


def __getattr__(name: str) -> object:
    """Import a verb or a result."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
