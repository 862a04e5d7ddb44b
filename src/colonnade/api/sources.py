"""What can be proved: a folder made by `design`, a script, models, a database; each read into a design."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from colonnade.api.files import read_design, read_text
from colonnade.api.scripts import refuse_server_wide
from colonnade.api.servers import PendingServer
from colonnade.design import Design
from colonnade.design.matching import Match, design_of, match
from colonnade.dsn import Dsn
from colonnade.emit import ddl
from colonnade.errors import InputError, ModelError, StatementError, UnsupportedError
from colonnade.models import ModelsProcess
from colonnade.postgres import OLDEST_VERSION, Session, introspect, own_namespaces, type_definitions, unsupported
from colonnade.prove.building import run_script
from colonnade.prove.isolation import role_evidence
from colonnade.prove.source import Source
from colonnade.prove.versions import newer_hint
from colonnade.schema import TABLE_OWNER, Schema
from colonnade.spec import Spec

_POSTGRES = re.compile(r"postgres(?:ql)?(?:\+\w+)?://|\w+\s*=")
_OTHER_URL = re.compile(r"([a-z][a-z0-9+.-]*)://")
_MODELS_HINT = "Let the models create what they need, in an event of their metadata: an extension, a type, a role."
_NEW_ROLE = re.compile(r'\bcreate\s+(?:role|user|group)\s+(?:if\s+not\s+exists\s+)?("(?:[^"]|"")+"|\w+)', re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is proved: a design, where it comes from, the DDL that builds it, and its models, if there are any.

    `source` is None for a design as it was made.
    """

    design: Design
    script: str = ""
    source: Source | None = None
    models: ModelsProcess | None = None


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


@contextmanager
def subject(source: str, spec: Spec | None, *, pending: PendingServer, seconds: float) -> Iterator[Subject]:
    """Read a source and lend what is proved of it; the models' process ends with the block.

    `spec` says what the schema should serve. `seconds` bounds each thing asked of the models. Raises InputError for
    what is no source, ModelError for models that cannot be imported, DatabaseError for a server that cannot be used.
    """
    path = Path(source)
    if is_database(source):
        yield _of_database(Dsn.parse(source), spec)
    elif (path / "design.json").is_file():
        with ModelsProcess.start(_folder_of_models(path), timeout_seconds=seconds) as models:
            yield _of_folder(path, spec, models)
    elif path.is_file() and path.suffix == ".sql":
        yield _of_script(path, spec, pending)
    elif path.is_dir() or (path.is_file() and path.suffix == ".py"):
        with ModelsProcess.start(path, timeout_seconds=seconds) as models:
            yield _of_models(path, spec, pending, models)
    elif not path.exists():
        raise InputError(f'there is no "{source}"', hint="Check the spelling and the current folder.")
    else:
        raise InputError(
            f'"{source}" is no source of a schema',
            detail="It is neither a folder made by design, nor a .sql file, nor models, nor a postgresql:// URL.",
            hint="Prove a design with: colonnade design SPEC --out DIR, then: colonnade prove DIR.",
        )


def _of_folder(folder: Path, spec: Spec | None, models: ModelsProcess) -> Subject:
    design = read_design(folder / "design.json")
    script = read_text(folder / "schema.sql")
    refuse_server_wide(script, path=str(folder / "schema.sql"), owned=False)
    if spec is None:
        return Subject(design=design, script=script, models=models)
    found = match(design.schema, spec, name=design.name)
    matched = replace(found.design, application_role=design.application_role, wide_roles=design.wide_roles)
    return Subject(design=matched, script=script, source=Source(match=found), models=models)


def _folder_of_models(folder: Path) -> Path:
    if not (folder / "models").is_dir():
        raise InputError(f'"{folder}" has no models', hint="Make them anew with design --force, or prove schema.sql.")
    return folder / "models"


def _of_script(path: Path, spec: Spec | None, pending: PendingServer) -> Subject:
    text = read_text(path)
    server = pending.ready()
    refuse_server_wide(text, path=str(path), owned=server.owned)
    made = {_unquoted(name) for name in _NEW_ROLE.findall(text)}
    with server.temporary_roles(names=made) as roles, server.scratch_database() as session:
        try:
            run_script(session, text, path=str(path))
        except StatementError as problem:
            raise InputError(
                problem.message,
                at=problem.at,
                detail=problem.detail,
                hint=newer_hint(problem, server.version) or problem.hint or _script_hint(problem),
                sqlstate=problem.sqlstate,
            ) from problem
        schema, notes = _read(session)
        roles.update(_roles(schema))
    design, found = _design(schema, spec, path.stem, str(path))
    roles_needed = tuple(sorted(made | _roles(schema)))
    source = Source(kind="script", name=path.name, unmodelled=notes, roles=roles_needed, match=found)
    return Subject(design=design, script=text, source=source)


def _of_models(path: Path, spec: Spec | None, pending: PendingServer, models: ModelsProcess) -> Subject:
    external = {model.table for model in models.models if model.external}
    server = pending.ready()
    with server.temporary_roles() as roles, server.scratch_database() as session:
        try:
            models.create_all(session.url, stand_ins=True)
        except ModelError as problem:
            problem.hint = newer_hint(problem, server.version) or problem.hint or _MODELS_HINT
            raise
        schema, notes = _read(session)
        roles.update(_roles(schema))
    schema = replace(
        schema,
        tables=tuple(
            replace(table, external=table.external or _key(table.namespace, table.name) in external)
            for table in schema.tables
        ),
    )
    design, found = _design(schema, spec, path.stem, str(path))
    source = Source(kind="models", name=path.name, unmodelled=notes, roles=tuple(sorted(_roles(schema))), match=found)
    return Subject(design=design, source=source, models=models)


def _of_database(dsn: Dsn, spec: Spec | None) -> Subject:
    with Session(dsn) as session, session.rolled_back():
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if session.server_version < OLDEST_VERSION:
            raise UnsupportedError(
                f"Postgres {session.server_version // 10000} is too old",
                detail=f'The server at "{dsn}" has version {session.server_version}.',
                hint="Read it from a copy on Postgres 14 or newer.",
            )
        database = str(session.value("SELECT current_database()"))
        schema, notes = _read(session)
        types = type_definitions(session, namespaces=own_namespaces(session))
        design, found = _design(schema, spec, database, str(dsn))
        seen = role_evidence(session, design)
    source = Source(
        kind="database",
        name=f'the database "{database}"',
        unmodelled=notes,
        roles=tuple(sorted(_roles(schema))),
        types=types,
        seen=seen,
        match=found,
    )
    return Subject(design=design, script=ddl.script(schema), source=source)


def _read(session: Session) -> tuple[Schema, tuple[str, ...]]:
    """Return what stands in every namespace, and what of it a schema cannot say."""
    namespaces = own_namespaces(session)
    notes = unsupported(session, namespaces=namespaces)
    return introspect(session, namespaces=namespaces, allow_unsupported=True), notes


def _design(schema: Schema, spec: Spec | None, name: str, place: str) -> tuple[Design, Match | None]:
    """Return the schema as a design, and how it corresponds to the spec, if there is one."""
    if not schema.owned_tables:
        raise InputError(f'"{place}" has no table', hint="Name a source that creates one.")
    if spec is None:
        return design_of(schema, name=name), None
    found = match(schema, spec, name=name)
    return found.design, found


def _roles(schema: Schema) -> set[str]:
    """Return the roles that policies and privileges are for."""
    named = {role for table in schema.tables for policy in table.policies for role in policy.roles}
    named |= {grant.role for table in schema.tables for grant in table.grants}
    return named - {"public", TABLE_OWNER}


def _key(namespace: str, name: str) -> str:
    """Return what SQLAlchemy calls a table."""
    return name if namespace == "public" else f"{namespace}.{name}"


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
