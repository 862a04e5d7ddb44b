"""Schemas that people give us, built in a database: scripts and models, each with what is to be said when it fails."""

from __future__ import annotations

import re
from pathlib import Path

from colonnade.dsn import Dsn
from colonnade.errors import InputError, ModelError, StatementError
from colonnade.models import ModelsProcess
from colonnade.postgres import Session
from colonnade.prove.building import run_script
from colonnade.prove.versions import newer_hint

_POSTGRES = re.compile(r"postgres(?:ql)?(?:\+\w+)?://|\w+\s*=")
_OTHER_URL = re.compile(r"([a-z][a-z0-9+.-]*)://")
_MODELS_HINT = "Let the models create what they need, in an event of their metadata: an extension, a type, a role."
_NEW_ROLE = re.compile(r'\bcreate\s+(?:role|user|group)\s+(?:if\s+not\s+exists\s+)?("(?:[^"]|"")+"|\w+)', re.IGNORECASE)


def is_database(source: str) -> bool:
    """Tell whether the text is a connection string; raises InputError for that of another product."""
    if Path(source).exists():
        return False
    if other := None if _POSTGRES.match(source) else _OTHER_URL.match(source):
        raise InputError(
            f'"{other[1]}" is no Postgres', hint="Write postgresql://user:password@host:5432/database, or a path."
        )
    return _POSTGRES.match(source) is not None


def shown(source: str) -> str:
    """Return how a source is called in texts: never with a password."""
    return str(Dsn.parse(source)) if is_database(source) else source


def roles_made(script: str) -> set[str]:
    """Return the roles that a script spells out to be created."""
    return {_unquoted(name) for name in _NEW_ROLE.findall(script)}


def build_script(session: Session, text: str, *, path: Path, version: int) -> None:
    """Run a script in an empty database; raises InputError with the place of what the server refuses."""
    try:
        run_script(session, text, path=str(path))
    except StatementError as problem:
        raise InputError(
            problem.message,
            at=problem.at,
            detail=problem.detail,
            hint=newer_hint(problem, version) or problem.hint or _script_hint(problem),
            sqlstate=problem.sqlstate,
        ) from problem


def build_models(session: Session, models: ModelsProcess, *, version: int) -> None:
    """Create the models' tables in an empty database; raises ModelError."""
    try:
        models.create_all(session.url, stand_ins=True)
    except ModelError as problem:
        problem.hint = newer_hint(problem, version) or problem.hint or _MODELS_HINT
        raise


def no_source(source: str) -> InputError:
    """Return the error for what holds no schema."""
    if not Path(source).exists():
        return InputError(f'there is no "{source}"', hint="Check the spelling and the current folder.")
    return InputError(
        f'"{source}" is no source of a schema',
        detail="It is neither a folder made by design, nor a .sql file, nor models, nor a URL or branch:NAME.",
        hint="Prove a design with: colonnade design SPEC --out DIR, then: colonnade prove DIR.",
    )


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()


def _script_hint(problem: StatementError) -> str:
    """Return the way out of what often keeps a script from running by itself."""
    match problem.sqlstate:
        case "42704" if "role" in problem.message:
            return "Create the role in the script, or dump with pg_dump --no-owner --no-privileges."
        case "25001":
            return "Leave out what makes or changes databases: the script runs in an empty one."
        case "42501":
            return "Let COLONNADE_POSTGRES_URL name a role that may do this, or leave it out."
        case "0A000" | "58P01" | "22023":
            return "Prove it on a server that has this: set COLONNADE_POSTGRES_URL."
        case _:
            return "The script must run by itself in an empty database, as with psql -f."
