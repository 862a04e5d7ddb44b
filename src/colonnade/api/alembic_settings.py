"""The addresses that an alembic.ini gives to SQLAlchemy, as connections that rules can judge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from colonnade.api.texts import read_text, shown_path
from colonnade.dsn import Dsn
from colonnade.errors import InputError
from colonnade.review import Evidence
from colonnade.review.connection import ReviewedConnection
from colonnade.span import Span

_SETTING = re.compile(r"sqlalchemy\.url\s*[=:]\s*(?P<value>postgres\S*)\s*", re.IGNORECASE)
_UNSEEN = ((Evidence.live, "nothing connects to the address in alembic.ini: colonnade doctor does"),)


def configured_connections(path: Path) -> Iterator[ReviewedConnection]:
    """Yield the connection of each section that has an address of a Postgres server, which Alembic's template has not.

    One that cannot be read, or not before it is put together, is one of which nothing is seen. Raises InputError for a
    file that is no text.
    """
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        found = _SETTING.fullmatch(line)
        if found is None:
            continue
        place = Span(path=shown_path(str(path)), line=number, column=found.start("value") + 1)
        yield _connection(found["value"], place)


def _connection(setting: str, place: Span) -> ReviewedConnection:
    if "%(" in setting:
        return _unread(place, "the address in alembic.ini is put together from other settings")
    try:
        return replace(ReviewedConnection.configured(setting, place=place), unseen=_UNSEEN)
    except InputError as problem:
        return _unread(place, f"the address in alembic.ini cannot be read: {problem.message}")


def _unread(place: Span, reason: str) -> ReviewedConnection:
    return ReviewedConnection(dsn=Dsn(), place=place, unseen=(*_UNSEEN, (Evidence.source, reason)))
