"""What a project says about itself in pyproject.toml: `[tool.colonnade]`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from colonnade.api.texts import read_text
from colonnade.errors import InputError
from colonnade.span import Span

_FILE = "pyproject.toml"
_KNOWN = ("models", "migrations")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSettings:
    """Where the models and the migrations are, as paths from the current folder; empty where that is not said.

    `environments` are the tables of the databases by their names, as they are written, `path` the file.
    """

    models: str = ""
    migrations: str = ""
    environments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    path: str = ""


def project_settings(folder: Path) -> ProjectSettings:
    """Return what the nearest pyproject.toml says; raises InputError for what nobody understands."""
    path = next((each / _FILE for each in (folder, *folder.parents) if (each / _FILE).is_file()), None)
    if path is None:
        return ProjectSettings()
    try:
        document = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as problem:
        raise InputError(f'"{path}" is no TOML', at=Span(path=str(path)), detail=f"{problem}.") from problem
    table = document.get("tool", {}).get("colonnade", {})
    values = {name: table.get(name, "") for name in _KNOWN}
    for name, value in values.items():
        if not isinstance(value, str):
            raise InputError(
                f'"{name}" in [tool.colonnade] is no text', at=Span(path=str(path)), hint=f'Write {name} = "path".'
            )
    places = {name: str(path.parent / value) if value else "" for name, value in values.items()}
    environments = table.get("environments", {})
    if not isinstance(environments, dict) or not all(isinstance(each, dict) for each in environments.values()):
        raise InputError(
            '"environments" in [tool.colonnade] is no table of tables',
            at=Span(path=str(path)),
            hint="Write [tool.colonnade.environments.production].",
        )
    return ProjectSettings(**places, environments=environments, path=str(path))
