"""The catalog of any source: built in a scratch database and read back, so that all sources are compared alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from colonnade.api.branch_providers import resolved
from colonnade.api.design_document import read_design
from colonnade.api.given import build_models, build_script, is_database, no_source, roles_made
from colonnade.api.scripts import refuse_server_wide
from colonnade.api.snapshots import begin_reading
from colonnade.api.sources import roles_of
from colonnade.api.texts import read_text
from colonnade.design import Design
from colonnade.design.designer import design
from colonnade.dsn import Dsn
from colonnade.emit import ddl
from colonnade.errors import StatementError, UnsupportedError
from colonnade.models import ModelsProcess
from colonnade.postgres import Server, Session, read_catalog
from colonnade.schema import Schema
from colonnade.schema.dependencies import Catalog
from colonnade.schema.difference import differences
from colonnade.schema.unsaid import surviving
from colonnade.spec.read import read
from colonnade.sql.identifier import quote

EMPTY = "empty"
"""The source that holds nothing."""

_SPECS = frozenset({".yaml", ".yml", ".json"})
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A source that stands in a scratch database, in which it may be changed.

    `external` are the tables that other products own, by namespace and name; `roles` those that its privileges and
    policies are for or that its script creates. `described` tells that the source describes tables, and need not speak
    of everything else in a database. `original` is the schema that this is a copy of, without what no schema can say.
    """

    session: Session
    external: frozenset[tuple[str, str]] = frozenset()
    roles: frozenset[str] = frozenset()
    described: bool = False
    original: Schema | None = None

    def catalog(self, *, external: Collection[tuple[str, str]] = ()) -> Catalog:
        """Return what stands there now; `external` are further tables that are not ours."""
        found = read_catalog(self.session)
        schema = found.schema.with_external(self.external.union(external))
        if self.original is not None:
            schema = replace(schema, unsaid=surviving(self.original, schema))
        return replace(found, schema=schema)


@contextmanager
def standing(
    source: str, *, server: Server, seconds: float, besides: Collection[str] = (), made: Collection[str] = ()
) -> Iterator[Standing]:
    """Build a source in a scratch database and lend it.

    `besides` are further roles that statements run there will name, `made` those that they will create. `seconds`
    bounds each thing asked of models. Raises InputError for what is no source, UnsupportedError for what a schema
    cannot say, ModelError, DatabaseError.
    """
    source = resolved(source)
    build = _builder(source, seconds)
    with server.temporary_roles(made_again=True) as roles, server.scratch_database() as session:
        roles.update(besides)
        built = build(_Site(session=session, server=server, roles=roles))
        for role in sorted(roles):
            create_role(session, role)
        roles.update(made)
        schema = read_catalog(session).schema
        roles.update(roles_of(schema))
        yield Standing(
            session=session,
            external=schema.external_names.union(built.external),
            roles=frozenset(roles),
            described=_is_models(source, Path(source)),
            original=built.original,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    """Where a source is built; whoever builds adds the roles that it makes or needs."""

    session: Session
    server: Server
    roles: set[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Built:
    """What is known of a source once it stands: the tables that other products own, and what it is a copy of."""

    external: frozenset[tuple[str, str]] = frozenset()
    original: Schema | None = None


_Build = Callable[[_Site], _Built]
"""Builds a source in an empty database."""


def _builder(source: str, seconds: float) -> _Build:
    """Return what builds a source; raises InputError for what is none."""
    path = Path(source)
    if source == EMPTY and not path.exists():
        return lambda _: _Built()
    if is_database(source):
        return _copier(Dsn.parse(source))
    if (path / "design.json").is_file():
        return _designed(read_design(path / "design.json"), path / "schema.sql")
    if path.is_file() and path.suffix == ".sql":
        return _written(path)
    if path.is_file() and path.suffix in _SPECS:
        return _designed(design(read([path])), None)
    if _is_models(source, path):
        return _modelled(path, seconds)
    raise no_source(source)


def _is_models(source: str, path: Path) -> bool:
    """Tell whether the source is a package or file of models."""
    if is_database(source) or (path / "design.json").is_file():
        return False
    return path.is_dir() or (path.is_file() and path.suffix == ".py")


def create_role(session: Session, role: str) -> None:
    """Create a role that somebody's privileges are for, unless it is there."""
    if not session.value("SELECT count(*) FROM pg_roles WHERE rolname = %s", (role,)):
        session.execute(f"CREATE ROLE {quote(role)} NOLOGIN")


def _written(path: Path) -> _Build:
    text = read_text(path)

    def build(site: _Site) -> _Built:
        refuse_server_wide(text, path=str(path), owned=site.server.owned)
        site.roles.update(roles_made(text))
        build_script(site.session, text, path=path, version=site.server.version)
        return _Built()

    return build


def _designed(designed: Design, path: Path | None) -> _Build:
    """Build a design from its script, be it edited, or from what its script would be."""
    own = ddl.script(designed.schema, role=designed.application_role)
    text = own if path is None else read_text(path)

    def build(site: _Site) -> _Built:
        refuse_server_wide(text, path=str(path or designed.name), owned=site.server.owned)
        site.roles.update(roles_made(text))
        build_script(site.session, text, path=path or Path("schema.sql"), version=site.server.version)
        return _Built(external=designed.schema.external_names)

    return build


def _modelled(path: Path, seconds: float) -> _Build:
    def build(site: _Site) -> _Built:
        with ModelsProcess.start(path, timeout_seconds=seconds) as models:
            external = models.external_names
            build_models(site.session, models, version=site.server.version)
        return _Built(external=frozenset(external))

    return build


def _copier(dsn: Dsn) -> _Build:
    """Copy a database's schema, which is only read, without its rows."""

    def build(site: _Site) -> _Built:
        with Session(dsn) as original, original.rolled_back():
            begin_reading(original, dsn)
            schema = read_catalog(original).schema
        new = roles_of(schema)
        for role in sorted(new):
            create_role(site.session, role)
        site.roles.update(new)
        _build_copy(site.session, schema, dsn)
        return _Built(external=schema.external_names, original=schema)

    return build


def _build_copy(session: Session, schema: Schema, dsn: Dsn) -> None:
    try:
        for statement in (*ddl.stubs(schema), *ddl.statements(schema)):
            session.execute(statement)
    except StatementError as problem:
        raise UnsupportedError(
            f'no copy of "{dsn}" can be made on this server',
            detail=f"{problem.message}: {problem.statement.splitlines()[0] if problem.statement else ''}".strip(": "),
            hint="Set COLONNADE_POSTGRES_URL to a server with the same version, extensions and roles.",
            sqlstate=problem.sqlstate,
        ) from problem
    found = differences(replace(schema, unsaid=()), read_catalog(session).schema)
    if found:
        raise UnsupportedError(
            f'a copy of "{dsn}" differs from it',
            detail="; ".join(found[:_SHOWN]) + ".",
            hint="Set COLONNADE_POSTGRES_URL to a server of the same version.",
        )
