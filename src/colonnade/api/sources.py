"""What can be proved: a folder made by `design`, a script, models, a database; each read into a design."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from colonnade.api.branch_providers import resolved
from colonnade.api.design_document import read_design
from colonnade.api.given import build_models, build_script, is_database, no_source, roles_made
from colonnade.api.scripts import refuse_server_wide
from colonnade.api.servers import PendingServer
from colonnade.api.snapshots import begin_reading
from colonnade.api.texts import read_text
from colonnade.design import Design
from colonnade.design.matching import Match, design_of, match
from colonnade.dsn import Dsn
from colonnade.emit import ddl
from colonnade.errors import InputError
from colonnade.models import ModelsProcess
from colonnade.postgres import Session, introspect, own_namespaces, unsupported
from colonnade.prove.isolation import role_evidence
from colonnade.prove.source import Source
from colonnade.schema import Schema
from colonnade.schema.diff_privileges import granted_objects, named_roles
from colonnade.spec import Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is proved: a design, where it comes from, the DDL that builds it, and its models, if there are any.

    `source` is None for a design as it was made.
    """

    design: Design
    script: str = ""
    source: Source | None = None
    models: ModelsProcess | None = None


@contextmanager
def subject(source: str, spec: Spec | None, *, pending: PendingServer, seconds: float) -> Iterator[Subject]:
    """Read a source and lend what is proved of it; the models' process ends with the block.

    `spec` says what the schema should serve. `seconds` bounds each thing asked of the models. Raises InputError for
    what is no source, ModelError for models that cannot be imported, DatabaseError for a server that cannot be used.
    """
    source = resolved(source)
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
    else:
        raise no_source(source)


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
    made = roles_made(text)
    with server.temporary_roles(names=made, made_again=True) as roles, server.scratch_database() as session:
        build_script(session, text, path=path, version=server.version)
        schema, notes = _read(session)
        roles.update(roles_of(schema))
    design, found = _design(schema, spec, path.stem, str(path))
    roles_needed = tuple(sorted(made | roles_of(schema)))
    source = Source(kind="script", name=path.name, unmodelled=notes, roles=roles_needed, match=found)
    return Subject(design=design, script=text, source=source)


def _of_models(path: Path, spec: Spec | None, pending: PendingServer, models: ModelsProcess) -> Subject:
    external = models.external_names
    server = pending.ready()
    with server.temporary_roles(made_again=True) as roles, server.scratch_database() as session:
        build_models(session, models, version=server.version)
        schema, notes = _read(session)
        roles.update(roles_of(schema))
    schema = schema.with_external(external)
    design, found = _design(schema, spec, path.stem, str(path))
    source = Source(kind="models", name=path.name, unmodelled=notes, roles=tuple(sorted(roles_of(schema))), match=found)
    return Subject(design=design, source=source, models=models)


def _of_database(dsn: Dsn, spec: Spec | None) -> Subject:
    with Session(dsn) as session, session.rolled_back():
        begin_reading(session, dsn)
        database = str(session.value("SELECT current_database()"))
        schema, notes = _read(session)
        design, found = _design(schema, spec, database, str(dsn))
        seen = role_evidence(session, design)
    source = Source(
        kind="database",
        name=f'the database "{database}"',
        unmodelled=notes,
        roles=tuple(sorted(roles_of(schema))),
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


def roles_of(schema: Schema) -> set[str]:
    """Return the roles that policies and privileges are for, and that own something."""
    return named_roles(schema) | {value.owner for value in granted_objects(schema) if value.owner}
