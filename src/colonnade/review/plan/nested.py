"""Commands that run inside functions and blocks: a scratch database says which, and what they do is read as acts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from colonnade.errors import StatementError
from colonnade.postgres import Notice, Session
from colonnade.review.plan.acts import Act
from colonnade.review.plan.reading import acts_of
from colonnade.span import Span

_MARK = "colonnade nested command"
# The context of an event trigger holds the command that fired it, when a function or a block runs it.
_NOTE = f"""
CREATE OR REPLACE FUNCTION pg_temp.colonnade_note() RETURNS event_trigger LANGUAGE plpgsql AS $note$
DECLARE
    stack text;
BEGIN
    GET DIAGNOSTICS stack = PG_CONTEXT;
    IF stack LIKE E'%\\nSQL statement "%' THEN
        RAISE NOTICE '{_MARK} %', stack;
    END IF;
END
$note$
"""
_FIRE = "CREATE EVENT TRIGGER colonnade_note ON ddl_command_start EXECUTE FUNCTION pg_temp.colonnade_note()"
_STOP = "DROP EVENT TRIGGER IF EXISTS colonnade_note"
_COMMAND = re.compile(r'^SQL statement "(.*?)"\nPL/pgSQL function ', re.MULTILINE | re.DOTALL)
_NOWHERE = Span(path="")


@contextmanager
def nested_commands_noted(session: Session) -> Iterator[bool]:
    """Let the server note the commands that functions and blocks run; tell whether it does, which takes a superuser."""
    if session.value("SELECT current_setting('is_superuser')") != "on":
        yield False
        return
    session.execute(_NOTE)
    session.execute(_FIRE)
    yield True
    if not session.closed and not session.in_transaction:
        session.execute(_STOP)


def nested_acts(notices: Iterable[Notice], *, besides: tuple[Act, ...]) -> tuple[Act, ...]:
    """Return what the noted commands do, without what is known already: at the beginning of their statement."""
    known = {replace(act, offset=0, part=0) for act in besides}
    found: dict[Act, None] = {}
    for notice in notices:
        if notice.message.startswith(_MARK) and (command := _COMMAND.search(notice.message)):
            for act in _acts(command[1]):
                if (plain := replace(act, offset=0, part=0)) not in known:
                    found[plain] = None
    return tuple(found)


def _acts(command: str) -> tuple[Act, ...]:
    try:
        return acts_of(command, at=_NOWHERE)
    except StatementError:
        return ()  # a context that is cut off
