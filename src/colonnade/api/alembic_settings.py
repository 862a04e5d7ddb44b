"""The addresses that an alembic.ini gives to SQLAlchemy, as connections that rules can judge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from colonnade.api.texts import read_text, shown_path
from colonnade.errors import InputError
from colonnade.review import Evidence
from colonnade.review.connection import ReviewedConnection
from colonnade.span import Span

_SETTING = re.compile(r"(?P<key>sqlalchemy\.url\s*[=:]\s*)(?P<value>postgres\S*)\s*", re.IGNORECASE)
_UNSEEN = ((Evidence.live, "nothing connects to the address in alembic.ini: colonnade doctor does"),)


def configured_connections(path: Path) -> Iterator[ReviewedConnection]:
    """Yield the connection of each section that has an address of a Postgres server.

    One that is put together from other settings, or that nobody can connect to, such as the one of Alembic's template,
    is none. Raises InputError for a file that is no text.
    """
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        found = _SETTING.fullmatch(line)
        if found is None or "%(" in found["value"]:
            continue
        place = Span(path=shown_path(str(path)), line=number, column=found.start("value") + 1)
        try:
            connection = ReviewedConnection.configured(found["value"], place=place)
        except InputError:
            continue
        yield replace(connection, unseen=_UNSEEN)
