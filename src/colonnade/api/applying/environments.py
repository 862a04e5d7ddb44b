"""What a project demands of changes to each of its databases: `[tool.colonnade.environments.NAME]`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from colonnade.api.project import ProjectSettings
from colonnade.dsn import Dsn
from colonnade.errors import InputError
from colonnade.span import Span

Destructive = Literal["allow", "approve", "refuse"]
_KEYS = ("destructive", "rehearsal-max-age-hours", "require-rehearsal", "url")
_STRICT = frozenset({"production", "prod", "live"})
_VARIABLE = re.compile(r"\$?([A-Za-z_]\w*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What is demanded of a change.

    `url_variable` names the environment variable with the connection string. A rehearsal may be so many hours old, any
    number where that is None. What loses content is allowed when asked for, allowed with a name as well, or refused.
    """

    name: str = ""
    url_variable: str = ""
    require_rehearsal: bool = False
    rehearsal_max_age_hours: float | None = None
    destructive: Destructive = "allow"


def environment(name: str, settings: ProjectSettings) -> Environment:
    """Return what a project says of one of its databases; one that is called production is strict by itself.

    Raises InputError for one that it does not know, and for what nobody understands.
    """
    if not name:
        return Environment()
    if name not in settings.environments:
        known = ", ".join(settings.environments) or "none"
        raise InputError(
            f'there is no environment "{name}"',
            detail=f"pyproject.toml knows these: {known}.",
            hint=f"Write [tool.colonnade.environments.{name}].",
        )
    table, at = settings.environments[name], Span(path=settings.path)
    _refuse_unknown(table, name, at)
    strict = name in _STRICT
    return Environment(
        name=name,
        url_variable=_variable(table.get("url", ""), at),
        require_rehearsal=_flag(table.get("require-rehearsal", strict), at),
        rehearsal_max_age_hours=_hours(table.get("rehearsal-max-age-hours", 24 if strict else None), at),
        destructive=_destructive(table.get("destructive", "approve" if strict else "allow"), at),
    )


def destination(url: str, wanted: Environment, variables: Mapping[str, str]) -> Dsn:
    """Return the database that was named, else that of the environment; raises InputError where there is none."""
    if url:
        return Dsn.parse(url)
    if not wanted.url_variable:
        raise InputError("no database is named", hint="Name it with --url, or with --environment one that has a url.")
    if not variables.get(wanted.url_variable):
        raise InputError(
            f"{wanted.url_variable} is not set",
            detail=f'The environment "{wanted.name}" takes its connection string from there.',
            hint="Set it, or name the database with --url.",
        )
    return Dsn.parse(variables[wanted.url_variable])


def _refuse_unknown(table: Mapping[str, Any], name: str, at: Span) -> None:
    for key in table:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            raise InputError(
                f'"{key}" means nothing in [tool.colonnade.environments.{name}]',
                at=at,
                hint=f"Did you mean {near[0]}?" if near else f"It may have {', '.join(_KEYS)}.",
            )


def _variable(value: object, at: Span) -> str:
    """Return the name of the variable; the text is not quoted back, since it may hold a password."""
    found = _VARIABLE.fullmatch(value) if isinstance(value, str) else None
    if found is None and value != "":
        raise InputError(
            '"url" of an environment names no variable',
            at=at,
            hint='Write the name of the environment variable with the connection string: url = "DATABASE_URL".',
        )
    return found[1] if found else ""


def _flag(value: object, at: Span) -> bool:
    if not isinstance(value, bool):
        raise InputError('"require-rehearsal" is neither true nor false', at=at)
    return value


def _hours(value: object, at: Span) -> float | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or value <= 0):
        raise InputError('"rehearsal-max-age-hours" is no number of hours', at=at)
    return None if value is None else float(value)


def _destructive(value: object, at: Span) -> Destructive:
    match value:
        case "allow" | "approve" | "refuse":
            return value
        case _:
            raise InputError('"destructive" is neither "allow", "approve" nor "refuse"', at=at)
