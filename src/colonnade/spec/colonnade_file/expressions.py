"""SQL conditions over names of the spec, read by Postgres's own parser."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator

from colonnade.errors import SpecError
from colonnade.spec.colonnade_file.cursor import Cursor
from colonnade.spec.nearest import suggestion
from colonnade.sql.expression import rename
from colonnade.sql.identifier import quote
from colonnade.sql.tokens import Token, tokens

_NOTHING = Token(kind="symbol", text="", start=0)
_BEFORE, _AFTER = "SELECT (", "\n)"
_SPLIT_HINT = "In a list in brackets a comma ends the text; put the whole text in quotes."


def read_expression(
    cursor: Cursor, *, names: Iterable[str], path: Callable[[str], bool] | None = None, what: str = "condition"
) -> str:
    """Return the SQL expression that the cursor holds, without outer space.

    `names` are the names that may stand for a value; reserved words among them need no quotes. `path` tells
    whether a dotted name is known; without it there must be none. Raises SpecError at the first word that
    Postgres cannot read or nobody declared.
    """
    cursor.skip_space()
    text = cursor.rest.rstrip()
    if not text:
        raise cursor.error(f"the {what} is missing")
    _check(_Mapped(cursor, text, frozenset(names)), path, what)
    return text


def check_statement(cursor: Cursor) -> str:
    """Return the SQL query that the cursor holds. Raises SpecError where Postgres cannot read it."""
    import postgast  # slow to import, and only files with expressions need it

    text = cursor.rest
    try:
        parsed = postgast.parse(text)
    except postgast.PgQueryError as error:
        at = cursor.position + max(0, error.cursorpos - 1)
        raise cursor.error(f"not SQL: {error.message}", start=min(at, cursor.limit - 1)) from error
    if len(parsed.stmts) != 1 or parsed.stmts[0].stmt.WhichOneof("node") != "select_stmt":
        raise cursor.error("expected one SELECT", hint="A pattern reads; give writes their own pattern.")
    return text.strip()


class _Mapped:
    """An expression with its reserved names quoted, and the way back to the places of the original."""

    def __init__(self, cursor: Cursor, text: str, names: frozenset[str]) -> None:
        self.cursor = cursor
        self.names = names
        self.sql = _quote_dotted(rename(text, {name: name for name in names}))
        self._start = cursor.position
        self._written = _visible(text)
        self._parsed = _visible(self.sql)
        self._starts = [len(self.sql[: token.start].encode()) for token in self._parsed]

    def token(self, byte: int) -> tuple[int, int]:
        """Return start and end, in the cursor's text, of the token at a byte of the parsed text."""
        index = max(0, min(bisect_right(self._starts, byte) - 1, len(self._written) - 1))
        token = self._written[index]
        return self._start + token.start, self._start + token.end

    def check_parentheses(self, what: str) -> None:
        """Refuse a parenthesis that closes nothing or is not closed, which what stands around could hide."""
        depth = 0
        for token in self._parsed:
            depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "symbol" else 0
            if depth < 0:
                raise self.error(f"the {what} is not SQL: unexpected )", len(self.sql[: token.start].encode()), "")
        if depth:
            raise self.error(
                f"the {what} ends too early: a parenthesis is not closed", len(self.sql.encode()), _SPLIT_HINT
            )

    def error(self, message: str, byte: int, hint: str) -> SpecError:
        """Return an error at a byte of the parsed text."""
        start, end = self.token(byte)
        return self.cursor.error(message, start=start, end=end, hint=hint)


def _quote_dotted(sql: str) -> str:
    """Return the expression with reserved words quoted where a dot makes names of them."""
    every = [_NOTHING, *tokens(sql), _NOTHING]
    return "".join(
        quote(token.name) if token.kind == "word" and "." in (before.text, after.text) else token.text
        for before, token, after in zip(every, every[1:], every[2:], strict=False)
    )


def _visible(text: str) -> list[Token]:
    return [token for token in tokens(text) if token.kind not in ("space", "comment")]


def _check(mapped: _Mapped, path: Callable[[str], bool] | None, what: str) -> None:
    import postgast  # slow to import, and only files with expressions need it

    mapped.check_parentheses(what)
    try:
        parsed = postgast.parse(_BEFORE + mapped.sql + _AFTER)
    except postgast.PgQueryError as error:
        character = max(0, error.cursorpos - 1 - len(_BEFORE))
        said = f"is not SQL: {error.message}" if character < len(mapped.sql) else "ends too early"
        raise mapped.error(f"the {what} {said}", len(mapped.sql[:character].encode()), "") from error
    statement = parsed.stmts[0].stmt.select_stmt if len(parsed.stmts) == 1 else None
    if statement is None or len(statement.target_list) != 1 or statement.from_clause:
        raise mapped.error(f"the {what} is not one SQL expression", 0, "")
    nodes = postgast.pg_query_pb2
    for link in postgast.find_nodes(parsed, nodes.SubLink):
        hint = "Say it as limit, no_overlap or unique, or as a rule that the application keeps."
        raise mapped.error(f"a {what} reads one row; this reads others", link.location - len(_BEFORE), hint)
    for parameter in postgast.find_nodes(parsed, nodes.ParamRef):
        raise mapped.error(f"a {what} has no parameters", parameter.location - len(_BEFORE), "Write the value out.")
    for byte, name in _references(postgast.find_nodes(parsed, nodes.ColumnRef)):
        _check_name(mapped, byte, name, path)


def _references(found: Iterable[object]) -> Iterator[tuple[int, str]]:
    """Yield the byte and the dotted name of each value."""
    for reference in found:
        parts = [field.string.sval if field.HasField("string") else "*" for field in reference.fields]  # type: ignore[attr-defined] # protobuf
        yield reference.location - len(_BEFORE), ".".join(parts)  # type: ignore[attr-defined] # protobuf


def _check_name(mapped: _Mapped, byte: int, name: str, path: Callable[[str], bool] | None) -> None:
    if name in mapped.names or (path is not None and path(name)):
        return
    if "." in name and path is None:
        raise mapped.error(
            f'"{name}" is of another entity', byte, "Name attributes and relationships of this one only."
        )
    raise mapped.error(f'unknown attribute "{name}"', byte, suggestion(name, mapped.names))
