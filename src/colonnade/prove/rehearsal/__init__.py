"""A migration tried before anybody needs it: there, back and there again, stopped everywhere, with rows."""

from colonnade.prove.rehearsal.on_branch import on_branch
from colonnade.prove.rehearsal.result import Rehearsal, RehearsedRevision, TimedStatement
from colonnade.prove.rehearsal.trial import RehearsalOptions, RehearsedHistory, Runner, rehearse

__all__ = [
    "Rehearsal",
    "RehearsalOptions",
    "RehearsedHistory",
    "RehearsedRevision",
    "Runner",
    "TimedStatement",
    "on_branch",
    "rehearse",
]
