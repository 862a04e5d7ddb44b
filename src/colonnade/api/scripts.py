"""What a script may not hold when it is only tried: statements that reach beyond the database it runs in."""

from __future__ import annotations

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


def refuse_server_wide(text: str, *, path: str, owned: bool) -> None:
    """Raise InputError, with its line, for a statement that would change more than a scratch database.

    `owned` says that the server is one of ours, on which there are no roles of others. What a function or a DO block
    would run is not looked into.
    """
    for statement in split_script(text):
        words = _first_words(statement)
        if words in _SERVER_WIDE or (words in _OF_OTHERS and not owned):
            raise InputError(
                f"{' '.join(words).upper()} would change more than the database that is tried",
                at=Span(path=path, line=statement.line, quote=statement.text.splitlines()[0][:80]),
                detail="Nothing was run.",
                hint="Leave it out of the script"
                + (
                    "."
                    if words in _SERVER_WIDE
                    else ", or leave COLONNADE_POSTGRES_URL out to use a server of its own."
                ),
            )


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
