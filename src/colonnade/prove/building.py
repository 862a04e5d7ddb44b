"""How the databases in which a schema is proved get it: from its script, its models, or our own DDL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from colonnade.design import Design
from colonnade.emit import ddl
from colonnade.errors import DatabaseError, ModelError, StatementError, UnsupportedError
from colonnade.models import ModelsProcess
from colonnade.postgres import Server, Session, own_namespaces
from colonnade.prove.builds import compare_copy, make_stubs, prove_models, prove_script
from colonnade.prove.claim import Claim, Evidence
from colonnade.prove.source import Source
from colonnade.schema import ObjectName, Schema
from colonnade.sql.identifier import qualified, quote
from colonnade.sql.script import split_script


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """Builds the schema in empty databases.

    `script` is DDL, `models` a process that has begun to load the models, None where there are none. `obstacle` says
    why the application role cannot be had on the server; everything is then built without it.
    """

    design: Design
    source: Source
    script: str
    models: ModelsProcess | None = None
    obstacle: str = ""

    @property
    def builds_once(self) -> bool:
        """Whether it can be built only once on a server, because it may make roles besides; others are copies."""
        return self.source.kind in {"script", "models"}

    def prove(self, session: Session, *, server: Server) -> tuple[Evidence, ...]:
        """Build it in the session's database and return the evidence; what was built stays.

        Raises UnsupportedError when no copy can be made.
        """
        if self.obstacle:
            self.build(session)
            return tuple(self._not_run(f"{self.source.name}/{aspect}", said) for aspect, said in _OF_SCRIPT.items())
        match self.source.kind:
            case "design":
                return self._prove_design(session, server)
            case "database":
                self._copy(session)
                return (compare_copy(self.design.schema, session, name=self.source.name),)
            case "script":
                return (self._proved(f"{self.source.name}/runs", self._script_said(session)),)
            case "models":
                return (self._proved("models/create_all", self._models_said(session)),)

    def prove_models(self, *, built: Session, created: Session) -> tuple[Evidence, ...]:
        """Create the models' tables in an empty database, and compare them with those built before.

        There is nothing to do where the models are what was built.
        """
        assert self.models is not None  # noqa: S101 - only asked where there are models
        if self.source.kind == "models":
            return ()
        if self.obstacle:
            self.build(created)
            return tuple(self._not_run(f"models/{aspect}", said) for aspect, said in _OF_MODELS.items())
        make_stubs(self.design.schema, created)
        try:
            self.models.create_all(created.url)
        except ModelError as error:
            return (replace(self._not_run("models/create_all", _CREATES), verdict="refuted", observed=str(error)),)
        made = self._proved("models/create_all", f"{len(self.models.models)} mapped classes")
        return (made, *prove_models(self.design, script_session=built, models_session=created))

    def build(self, session: Session) -> None:
        """Build the schema in an empty database; raises DatabaseError or ModelError."""
        if self.obstacle:
            session.script(ddl.script(without_roles(self.design.schema)))
            return
        match self.source.kind:
            case "design":
                session.script(self.script)
            case "database":
                self._copy(session)
            case "script":
                run_script(session, self.script, path=self.source.name)
            case "models":
                assert self.models is not None  # noqa: S101 - they are the source
                self.models.create_all(session.url, stand_ins=True)

    def _prove_design(self, session: Session, server: Server) -> tuple[Evidence, ...]:
        own = ddl.script(self.design.schema, role=self.design.application_role)
        if self.script == own:
            return prove_script(self.design, self.script, session)
        with server.scratch_database() as designed:
            designed.script(own)
            return prove_script(self.design, self.script, session, designed=designed)

    def _copy(self, session: Session) -> None:
        for role in self.source.roles:
            if not session.value("SELECT count(*) FROM pg_roles WHERE rolname = %s", (role,)):
                session.execute(f"CREATE ROLE {quote(role)} NOLOGIN")
        try:
            own = (each.text for each in split_script(self.script))
            run_in_any_order(session, (*ddl.stubs(self.design.schema), *own))
        except StatementError as problem:
            raise UnsupportedError(
                f"no copy of {self.source.name} can be made on this server",
                detail=f"{problem.message}: {problem.statement.splitlines()[0] if problem.statement else ''}".strip(
                    ": "
                ),
                hint="Set COLONNADE_POSTGRES_URL to a server with the same version, extensions and roles.",
                sqlstate=problem.sqlstate,
            ) from problem

    def _script_said(self, session: Session) -> str:
        rows = run_script(session, self.script, path=self.source.name)
        left_out = f"; the rows that it puts into {', '.join(rows)} were left out" if rows else ""
        return f"{len(split_script(self.script))} statements ran{left_out}"

    def _models_said(self, session: Session) -> str:
        self.build(session)
        assert self.models is not None  # noqa: S101 - they are the source
        return f"{len(self.models.models)} mapped classes, {len(self.design.schema.owned_tables)} tables"

    def _claim(self, name: str, sentence: str) -> Claim:
        return Claim(
            id=f"builds/{name}",
            kind="builds",
            sentence=sentence,
            object=ObjectName(kind="schema", name=self.design.name),
        )

    def _proved(self, name: str, observed: str) -> Evidence:
        sentence = _CREATES if name.startswith("models/") else f"{self.source.name} runs in an empty database"
        return Evidence(claim=self._claim(name, sentence), verdict="proved", observed=observed)

    def _not_run(self, name: str, sentence: str) -> Evidence:
        return Evidence(claim=self._claim(name, sentence), verdict="not_run", observed=self.obstacle)


# What a statement names and is not there: an object or type, a table, a function, a namespace.
_NOT_THERE = frozenset(("42704", "42P01", "42883", "3F000"))
_CREATES = "the models import without a database, and create_all creates their tables"
_OF_SCRIPT = {
    "runs": "schema.sql runs, as one transaction, in an empty database",
    "catalog": "the catalog that schema.sql leaves equals the designed schema",
}
_OF_MODELS = {
    "create_all": _CREATES,
    "catalog": "create_all of the models gives the same catalog as schema.sql",
}


def run_script(session: Session, text: str, *, path: str) -> tuple[str, ...]:
    """Run somebody's script as psql would, and return the tables that it put rows into, which are emptied.

    Nothing that it sets for its session outlives it. Raises DatabaseError, with the line, for what cannot run.
    """
    session.script(text, path=path, atomic=False)
    if session.in_transaction:
        raise DatabaseError(f'"{path}" leaves a transaction open', hint="End it with COMMIT.")
    session.execute("DISCARD ALL")
    filled = session.execute(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind = 'r' AND n.nspname = ANY(%s) AND pg_relation_size(c.oid) > 0 ORDER BY 1, 2",
        (list(own_namespaces(session)),),
    )
    names = [qualified(*each) for each in filled]
    if names:
        session.execute(f"TRUNCATE {', '.join(names)} RESTART IDENTITY CASCADE")
    return tuple(names)


def run_in_any_order(session: Session, statements: Sequence[str]) -> None:
    """Run statements, all or none; one that names what is not there yet is run after those that make it.

    Our own script is in an order in which it can run, but for what a `Schema` does not know of: types that others
    made, and columns of a table's row type. Raises DatabaseError for one that cannot run at all.
    """
    waiting = list(statements)
    with session.transaction():
        while waiting:
            refused: list[tuple[str, StatementError]] = []
            for statement in waiting:
                try:
                    with session.transaction():
                        session.execute(statement)
                except StatementError as problem:
                    if problem.sqlstate not in _NOT_THERE:
                        raise
                    refused.append((statement, problem))
            if len(refused) == len(waiting):
                raise refused[0][1]
            waiting = [statement for statement, _ in refused]


def without_roles(schema: Schema) -> Schema:
    """Return the schema without what names a role: policies and privileges."""
    tables = (
        replace(table, policies=(), grants=(), row_security=False, force_row_security=False) for table in schema.tables
    )
    namespaces = (replace(each, grants=()) for each in schema.namespaces if each.name != "public")
    return replace(schema, namespaces=tuple(namespaces), tables=tuple(tables))
