"""Where an Alembic history lies: its folder of scripts, and the configuration that names it."""

from __future__ import annotations

import configparser
from dataclasses import dataclass
from pathlib import Path

_CONFIGURATION = "alembic.ini"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySite:
    """`scripts` holds env.py; `configuration` is the alembic.ini, None where there is none."""

    scripts: Path
    configuration: Path | None

    @property
    def folder(self) -> Path:
        """Where Alembic is run from."""
        return self.configuration.parent if self.configuration else self.scripts.parent


def history_site(path: Path) -> HistorySite | None:
    """Return the history that a path is part of: alembic.ini, project, folder of scripts, revision; or None."""
    path = path.resolve()
    if path.is_file() and path.suffix == ".ini":
        return _configured(path)
    folder = path if path.is_dir() else path.parent
    if path.is_dir() and (path / _CONFIGURATION).is_file() and (site := _configured(path / _CONFIGURATION)):
        return site
    scripts = next((each for each in (folder, *folder.parents) if (each / "env.py").is_file()), None)
    if scripts is None:
        return None
    for above in (scripts, *scripts.parents):
        site = _configured(above / _CONFIGURATION) if (above / _CONFIGURATION).is_file() else None
        if site is not None and site.scripts == scripts:
            return site
    return HistorySite(scripts=scripts, configuration=None)


def _configured(path: Path) -> HistorySite | None:
    """Return the site that an alembic.ini names."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return None
    named = parser.get("alembic", "script_location", fallback="").replace("%(here)s", str(path.parent))
    scripts = (path.parent / named).resolve()
    return HistorySite(scripts=scripts, configuration=path) if named and scripts.is_dir() else None
