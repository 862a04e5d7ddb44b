"""What a script may not hold when it is only tried: statements that reach beyond the database it runs in."""

from __future__ import annotations

import re

from colonnade.errors import InputError
from colonnade.span import Span
from colonnade.sql.script import ScriptStatement, split_script
from colonnade.sql.tokens import tokens

# By their first words. A scratch database keeps none of this to itself.
_SERVER_WIDE = frozenset(
    (verb, kind)
    for verb in ("create", "alter", "drop")
    for kind in ("database", "tablespace", "subscription", "system")
)
# These would change roles that others use; on a server of our own there are no others.
_OF_OTHERS = frozenset(
    [(verb, kind) for verb in ("alter", "drop") for kind in ("role", "user", "group")]
    + [("drop", "owned"), ("reassign", "owned")]
)


# What reaches the machine that the server runs on, with the rights of the server's account: a program, wherever it is
# spelled out, because a trigger may run it later; a file or another server, in what runs at once.
_PROGRAM = re.compile(r"\bcopy\b[^;]*?\b(?:to|from)\s+program\b", re.IGNORECASE)
_OUTSIDE = re.compile(
    r"\bcopy\b[^;]*?\b(?:to|from)\s+'"
    r"|\b(?:pg_read_file|pg_read_binary_file|pg_ls_dir|pg_stat_file|pg_file_write|lo_import|lo_export"
    r"|dblink|dblink_connect|dblink_exec)\s*\(|\balter\s+system\b",
    re.IGNORECASE,
)
_PROGRAMS = frozenset(("function", "procedure", "or"))  # CREATE OR REPLACE
_TEXT_ONLY = frozenset(("comment", "insert", "security"))


def refuse_server_wide(text: str, *, path: str, owned: bool) -> None:
    """Raise InputError, with its line, for a statement that would reach beyond a scratch database.

    `owned` says that the server is one of ours, on which there are no roles of others. What a DO block or a function
    spells out is looked into; what it puts together from parts is not, because a script is a program.
    """
    for statement in split_script(text):
        words = _first_words(statement)
        if words in _SERVER_WIDE or (words in _OF_OTHERS and not owned):
            only_of_others = words not in _SERVER_WIDE
            raise _refusal(
                statement,
                path,
                f"{' '.join(words).upper()} would change more than the database that is tried",
                "Leave it out of the script"
                + (", or leave COLONNADE_POSTGRES_URL out to use a server of its own." if only_of_others else "."),
            )
        if found := _outside(statement, words):
            said = " ".join(found.split()).rstrip("(' ")
            raise _refusal(
                statement,
                path,
                f"{said} would reach the machine that the server runs on",
                "Leave it out of the script: it is only tried, in a database that is dropped.",
            )


def _refusal(statement: ScriptStatement, path: str, message: str, hint: str) -> InputError:
    place = Span(path=path, line=statement.line, quote=statement.text.splitlines()[0][:80])
    return InputError(message, at=place, detail="Nothing was run.", hint=hint)


def _outside(statement: ScriptStatement, words: tuple[str, ...]) -> str:
    """Return what of a statement reaches out of the database; empty when nothing does."""
    if words and words[0] in _TEXT_ONLY:
        return ""
    text = "".join(" " if token.kind == "comment" else token.text for token in tokens(statement.text))
    defines = words[:1] == ("create",) and bool(_PROGRAMS & set(words[1:]))
    found = _PROGRAM.search(text) or (None if defines else _OUTSIDE.search(text))
    return found[0] if found else ""


def _first_words(statement: ScriptStatement) -> tuple[str, ...]:
    """Return the first two words of a statement, in lower case."""
    found: list[str] = []
    for token in tokens(statement.text):
        if token.kind in {"space", "comment"}:
            continue
        if token.kind != "word" or len(found) == 2:
            break
        found.append(token.text.lower())
    return tuple(found)
