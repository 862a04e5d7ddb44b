"""A statement that ran."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.span import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedStatement:
    """A statement as the server got it, without the values that it was given: `$n` stands for each.

    But for booleans, which stand in the text. `at` is the line of the application that led to it; `unit` the request,
    job or test, empty where none was named. `transaction` is the same for all statements of one, empty where a
    statement was one by itself; `kept` is false where that, or a savepoint in it, was rolled back.
    """

    sql: str
    at: Span
    unit: str = ""
    transaction: str = ""
    kept: bool = True
