"""Scripts for psql, as they run without it: what is for the server, and what of that is passed over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from colonnade.errors import StatementError
from colonnade.span import Span
from colonnade.sql.script import ScriptStatement, split_script

# These concern what psql shows, or who may speak to it.
_IDLE_COMMANDS = frozenset(
    ("echo", "encoding", "pset", "qecho", "restrict", "set", "timing", "unrestrict", "unset", "warn", "x")
)
_QUESTION = re.compile(r"SELECT coalesce\(.*, false\) AS done", re.DOTALL)
_GUARD = ("\\gset", "\\if :done", "\\else")
_COPY_STDIN = re.compile(r"copy\b.*\bfrom\s+stdin\b", re.IGNORECASE | re.DOTALL)
_SYNTAX_ERROR = "42601"
_INSTEAD = "Write what it stands for into the script."


def server_statements(text: str, *, path: str) -> tuple[ScriptStatement, ...]:
    r"""Return the statements of a script that are for the server.

    What stands between `SELECT coalesce(…, false) AS done \gset`, `\if :done`, `\else` and `\endif`, as in the files
    that we write, is run `unless` the query says yes. Raises StatementError, with its line, for all else that only psql
    can do.
    """
    return tuple(_for_the_server(split_script(text), path))


class Guarded(Protocol):
    """What may be passed over."""

    @property
    def unless(self) -> ScriptStatement | None:
        """The query that says so."""


def is_asked(statements: Iterable[Guarded]) -> bool:
    """Tell whether they are from a file that asks what is done, and so says itself what commits when."""
    return any(each.unless is not None for each in statements)


def place_in(statement: ScriptStatement, *, path: str, position: int = 1) -> Span:
    """Return where a character of a statement, counted from 1, stands in its script."""
    return Span(path=path, line=statement.line_of(position), quote=statement.text.splitlines()[0][:80])


class Passing:
    """Which statements are passed over when a script is run: each query is asked once, where what it guards begins."""

    def __init__(self, ask: Callable[[str], object]) -> None:
        """Take what asks the database."""
        self._ask = ask
        self._asked: ScriptStatement | None = None
        self._said = False

    def over(self, unless: ScriptStatement | None) -> bool:
        """Tell whether the next statement, which stands under this query, is passed over."""
        if unless is not self._asked:
            self._said = unless is not None and bool(self._ask(unless.text))
            self._asked = unless
        return self._said


def _for_the_server(statements: Sequence[ScriptStatement], path: str) -> Iterator[ScriptStatement]:
    unless: ScriptStatement | None = None
    rest = iter(enumerate(statements))
    for number, each in rest:
        if each.is_command:
            if unless is not None and each.text == "\\endif":
                unless = None
            elif _name(each) not in _IDLE_COMMANDS:
                raise _refusal(each, path, f'"\\{_name(each)}" is a command to psql, not SQL', _INSTEAD)
        elif _COPY_STDIN.match(each.text):
            hint = "Leave them out; pg_dump does with --schema-only."
            raise _refusal(each, path, "the script holds rows for COPY", hint)
        elif unless is None and _is_question(statements[number : number + 1 + len(_GUARD)]):
            unless = each
            for _ in _GUARD:
                next(rest)
        else:
            yield replace(each, unless=unless)
    if unless is not None:
        raise _refusal(unless, path, "what is asked here has no \\endif", "End it where what it guards ends.")


def _is_question(statements: Sequence[ScriptStatement]) -> bool:
    query, *commands = statements
    return tuple(each.text for each in commands) == _GUARD and _QUESTION.fullmatch(query.text) is not None


def _name(command: ScriptStatement) -> str:
    return re.split(r"[^\w!]", command.text[1:], maxsplit=1)[0]


def _refusal(statement: ScriptStatement, path: str, problem: str, hint: str) -> StatementError:
    return StatementError(
        problem, sqlstate=_SYNTAX_ERROR, statement=statement.text, hint=hint, at=place_in(statement, path=path)
    )
