"""SQL expressions over names that are not columns yet: which names stand in them, and renaming those."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from itertools import pairwise

from colonnade.sql.identifier import RESERVED, quote
from colonnade.sql.tokens import Token, tokens

# Reserved words that start an operand or are one. Any other reserved word where an operand is expected can only
# be a name, because no expression could be read otherwise (`order > 0`, `end < start`).
_STARTING_WORDS = """
    all any array both case cast collate current_catalog current_date current_role current_schema current_time
    current_timestamp current_user distinct exists false leading localtime localtimestamp not null select
    session_user some system_user trailing true variadic with
"""
_STARTING = frozenset(_STARTING_WORDS.split())
_NOT_BEFORE_OPERANDS = frozenset({"distinct", "end", "false", "null", "similar", "true"})
_CLOCK_WORDS = """
    age clock_timestamp current_date current_time current_timestamp localtime localtimestamp now
    statement_timestamp timeofday transaction_timestamp
"""
_CLOCK = frozenset(_CLOCK_WORDS.split())
_SESSION = frozenset(
    {"current_role", "current_schema", "current_setting", "current_user", "session_user", "system_user"}
)
_CHANCE = frozenset({"gen_random_uuid", "nextval", "random", "random_normal", "txid_current", "uuidv4", "uuidv7"})
_STABLE = frozenset({"concat", "concat_ws", "format", "row_to_json", "to_char", "to_date", "to_json", "to_jsonb"})
_NO_FUNCTIONS = RESERVED - {"left", "right"}
_RELATIVE = frozenset({"'now'", "'today'", "'tomorrow'", "'yesterday'"})
_NOTHING = Token(kind="symbol", text="", start=-1)


def compact(expression: str) -> str:
    """Return the expression without comments and with single spaces outside of strings and quoted names."""
    parts = [" " if token.kind in ("space", "comment") else token.text for token in tokens(expression)]
    return "".join(part for before, part in pairwise(["", *parts]) if (before, part) != (" ", " ")).strip()


def rename(expression: str, columns: Mapping[str, str]) -> str:
    """Return the compact expression with each name of a value replaced by its column, quoted as needed.

    `columns` maps names as the author wrote them to column names. Strings, function names, type names,
    keywords and what belongs to a dotted name stay as they are.
    """
    return substitute(expression, {name: quote(column) for name, column in columns.items()})


def substitute(expression: str, texts: Mapping[str, str]) -> str:
    """Return the compact expression with each name of a value replaced by its SQL text, as `rename` does."""
    return "".join(
        texts[token.name] if is_value and token.name in texts else token.text
        for token, is_value in _marked(compact(expression), texts)
    )


def value_names(expression: str, known: Container[str]) -> tuple[str, ...]:
    """Return which of the known names stand for a value in the expression, in order of appearance, each once."""
    marked = _marked(compact(expression), known)
    return tuple(dict.fromkeys(token.name for token, is_value in marked if is_value and token.name in known))


def dotted_names(expression: str) -> tuple[str, ...]:
    """Return the names that are followed by a dot and a further name: values of other tables."""
    visible = _visible(expression)
    return tuple(
        f"{first.name}.{last.name}"
        for first, dot, last in zip(visible, visible[1:], visible[2:], strict=False)
        if first.name and dot.text == "." and last.name
    )


def functions(expression: str) -> frozenset[str]:
    """Return the names of the functions that the expression calls."""
    return frozenset(
        token.name
        for token, after in pairwise([*_visible(expression), _NOTHING])
        if token.name and after.text == "(" and not (token.kind == "word" and token.name in _NO_FUNCTIONS)
    )


def has_subquery(expression: str) -> bool:
    """Tell whether the expression reads other rows."""
    return any(token.is_word("select") for token in _visible(expression))


def variation(expression: str) -> str:
    """Return what changes the value while the row stays (the clock, the session, chance), or the empty text."""
    called = functions(expression)
    visible = _visible(expression)
    for token in visible:
        name = token.name if token.kind == "word" and (token.name in called or token.name in RESERVED) else ""
        if token.text.lower() in _RELATIVE or (name in _CLOCK and not _is_difference(token, visible)):
            return f"the clock ({token.text})"
        if name in _SESSION:
            return f"the session ({name})"
        if name in _CHANCE:
            return f"chance ({name})"
    return ""


def unstable_function(expression: str) -> str:
    """Return a called function whose result depends on the session's settings, or the empty text.

    Postgres calls these stable, so it refuses them in generated columns and indexes.
    """
    return min(functions(expression) & _STABLE, default="")


def _visible(expression: str) -> list[Token]:
    return [token for token in tokens(expression) if token.kind not in ("space", "comment")]


def _marked(expression: str, known: Container[str]) -> Iterator[tuple[Token, bool]]:
    """Yield every token of a compact expression with whether it is a name in value position."""
    before: tuple[Token, Token] = (_NOTHING, _NOTHING)
    every = list(tokens(expression))
    for index, token in enumerate(every):
        if token.kind == "space":
            yield token, False
            continue
        after = next((each for each in every[index + 1 : index + 3] if each.kind != "space"), _NOTHING)
        yield token, _is_value(token, before, after, known)
        before = (before[1], token)


def _is_value(token: Token, before: tuple[Token, Token], after: Token, known: Container[str]) -> bool:
    """Tell whether the token is a name that stands for a value, by the two tokens before it and the one after."""
    second, first = before
    if not token.name or first.text in (".", "::") or after.text in (".", "("):
        return False
    if first.is_word("as") or first.is_word("collate"):
        return False
    if token.kind == "quoted":
        return True
    if token.name in RESERVED:
        return token.name in known and token.name not in _STARTING and _expects_operand(first)
    is_zone = first.is_word("at") or (second.is_word("at") and token.is_word("zone"))
    is_part = second.is_word("extract") and after.is_word("from")
    is_type = after.kind == "string"
    return not (is_zone or is_part or is_type)


def _expects_operand(before: Token) -> bool:
    """Tell whether an operand must follow: at the start, after an operator, or after a word such as AND."""
    if before.kind == "symbol":
        return before.text not in (")", "]")
    return before.kind == "word" and before.name in RESERVED and before.name not in _NOT_BEFORE_OPERANDS


def _is_difference(token: Token, visible: list[Token]) -> bool:
    """Tell whether this is `age(a, b)`, which is the difference of its arguments and reads no clock."""
    depth = 0
    for each in visible[visible.index(token) + 1 :] if token.name == "age" else ():
        depth += {"(": 1, ")": -1}.get(each.text, 0)
        if depth == 1 and each.text == ",":
            return True
        if depth == 0:
            break
    return False
