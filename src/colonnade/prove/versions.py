"""What a script asks of a server that an older Postgres does not have."""

from __future__ import annotations

from colonnade.errors import ColonnadeError, StatementError
from colonnade.sql.tokens import tokens

# Consecutive words, as they stand in a script, and the first version that knows them.
# Source: the release notes of each version, postgresql.org/docs/release
_SINCE: tuple[tuple[tuple[str, ...], int], ...] = (
    (("uuidv7",), 18),
    (("uuidv4",), 18),
    (("virtual",), 18),
    (("without", "overlaps"), 18),
    (("not", "enforced"), 18),
    (("any_value",), 16),
    (("security_invoker",), 15),
    (("nulls", "not", "distinct"), 15),
)
_CAUSES = ("42", "0A000")


def newer_hint(problem: ColonnadeError, server_version: int) -> str:
    """Return that a newer server is needed, where that may be why this one refused a statement; else nothing.

    `server_version` is a number such as 150020.
    """
    if not problem.sqlstate.startswith(_CAUSES):
        return ""
    version = server_version // 10000
    statement = problem.statement if isinstance(problem, StatementError) else ""
    text = f"{problem.message} {problem.detail} {statement}"
    words = [token.text.lower() for token in tokens(text) if token.kind == "word"]
    for phrase, since in _SINCE:
        if since > version and _holds(words, phrase):
            said = " ".join(phrase)
            return f"This server is Postgres {version}, and {said} needs {since}: use a newer one, or do without."
    return ""


def _holds(words: list[str], phrase: tuple[str, ...]) -> bool:
    size = len(phrase)
    return any(tuple(words[start : start + size]) == phrase for start in range(len(words) - size + 1))
