"""`prove`: what a design, a script, models or a database claims, tried on a server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from colonnade.api.files import read_design
from colonnade.api.results import ProveResult
from colonnade.api.servers import PendingServer, pending_server
from colonnade.design import Design
from colonnade.design.matching import design_of
from colonnade.dsn import Dsn
from colonnade.emit import ddl
from colonnade.errors import InputError
from colonnade.models import ModelsProcess
from colonnade.postgres import Server, Session, introspect
from colonnade.prove.run import prove as try_claims
from colonnade.spec import Spec
from colonnade.spec.read import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is proved: a design, the DDL that builds it, and its models, if there are any."""

    design: Design
    script: str
    models: Path | None = None


def prove(
    source: str,
    *,
    patterns: Sequence[Path] = (),
    answers: Path | None = None,
    rows: int | None = None,
    postgres_url: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> ProveResult:
    """Prove a folder made by `design`, a `.sql` file, a package or file of models, or a database.

    A database is only read; what it claims is tried on a copy of its schema without its data. `patterns` are specs
    whose access patterns, rules and operations the source should serve; for a folder they replace the spec it was
    designed from. Raises InputError for a source that is none of these.
    """
    started = time.perf_counter()
    spec = read(patterns, answers=answers) if patterns else None
    with pending_server(postgres_url) as pending:
        progress(f"reading {_shown(source)}")
        subject = _subject(source, spec, pending)
        with _models(subject.models) as models:
            proof = try_claims(
                subject.design,
                server=pending.ready,
                script=subject.script,
                models=models,
                rows=rows,
                progress=progress,
            )
    return ProveResult(
        design=subject.design,
        proof=proof,
        source=_shown(source),
        elapsed_ms=(time.perf_counter() - started) * 1000,
    )


@contextmanager
def _models(path: Path | None) -> Iterator[ModelsProcess | None]:
    if path is None:
        yield None
        return
    with ModelsProcess.start(path) as process:
        yield process


def _shown(source: str) -> str:
    return str(Dsn.parse(source)) if _is_url(source) else source


def _is_url(source: str) -> bool:
    return source.startswith(("postgresql://", "postgres://"))


def _subject(source: str, spec: Spec | None, pending: PendingServer) -> Subject:
    path = Path(source)
    if _is_url(source):
        return _of_database(source, spec)
    if (path / "design.json").is_file():
        return _of_folder(path, spec)
    if path.suffix == ".sql" and path.is_file():
        return _of_script(path, spec, pending.ready())
    if path.is_dir() or (path.suffix == ".py" and path.is_file()):
        return _of_models(path, spec, pending.ready())
    raise InputError(
        f'"{source}" is no source of a schema',
        detail="It is neither a folder made by design, nor a .sql file, nor models, nor a postgresql:// URL.",
        hint="Check the path, or make one with: colonnade design SPEC --out DIR.",
    )


def _of_folder(folder: Path, spec: Spec | None) -> Subject:
    design = read_design(folder / "design.json")
    if spec is not None:
        design = design_of(design.schema, spec, name=design.name)
    script = (folder / "schema.sql").read_text(encoding="utf-8")
    return Subject(design=design, script=script, models=folder / "models")


def _of_script(path: Path, spec: Spec | None, server: Server) -> Subject:
    text = path.read_text(encoding="utf-8")
    with _scratch(server) as session:
        session.script(text, path=str(path))
        schema = introspect(session)
    return Subject(design=design_of(schema, spec or Spec(name=path.stem), name=path.stem), script=text)


def _of_models(path: Path, spec: Spec | None, server: Server) -> Subject:
    with _scratch(server) as session, ModelsProcess.start(path) as models:
        models.create_all(session.url)
        schema = introspect(session)
    design = design_of(schema, spec or Spec(name=path.stem), name=path.stem)
    return Subject(design=design, script=ddl.script(schema, role=design.application_role), models=path)


def _of_database(url: str, spec: Spec | None) -> Subject:
    dsn = Dsn.parse(url)
    with Session(dsn) as session, session.rolled_back():
        session.execute("SET TRANSACTION READ ONLY")
        schema = introspect(session)
    design = design_of(schema, spec or Spec(name=dsn.database), name=dsn.database)
    return Subject(design=design, script=ddl.script(schema, role=design.application_role))


@contextmanager
def _scratch(server: Server) -> Iterator[Session]:
    """Lend a database whose roles go with it."""
    with server.temporary_roles(), server.scratch_database() as session:
        yield session
