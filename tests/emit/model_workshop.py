"""Two databases for the law of the emitted models: the models fill one, schema.sql the other."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from colonnade.design import Design
from colonnade.dsn import Dsn
from colonnade.emit import ddl
from colonnade.emit.models import package
from colonnade.models.messages import MappedModel, Request
from colonnade.postgres import Server, Session
from colonnade.prove.builds import make_stubs, read_back
from colonnade.schema import Schema
from colonnade.sql.identifier import quote
from forking import ForkingProcess, write

_CASES_PER_DATABASE = 100  # what was dropped stays in the catalogs, and makes everything slower


class ModelWorkshop:
    """Builds one design after the other, each in databases as empty as new ones."""

    def __init__(self, server: Server, folder: Path) -> None:
        """Write the packages into the folder."""
        self._server = server
        self._folder = folder
        self._process = ForkingProcess()
        self._cases = 0
        self._lent = ExitStack()
        self._open()

    def close(self) -> None:
        """End the process and drop the databases."""
        self._process.close()
        self._lent.close()

    def by_script(self, designed: Design) -> Schema:
        """Return what schema.sql creates."""
        with self._scripted.rolled_back():
            self._scripted.script(ddl.script(designed.schema, role=designed.application_role))
            return read_back(designed.schema, self._scripted)

    def by_models(self, designed: Design) -> tuple[Schema, tuple[MappedModel, ...]]:
        """Return what the models create once they are imported, and what they map."""
        self._cases += 1
        if self._cases % _CASES_PER_DATABASE == 0:
            self._lent.close()
            self._open()
        folder = write(package(designed), self._folder / f"case_{self._cases}")
        make_stubs(designed.schema, self._created)
        try:
            url = Dsn.parse(self._created.url).sqlalchemy_url()
            loaded, created = self._process.answers(
                Request(command="load", path=str(folder / "models")), Request(command="create", url=url)
            )
            assert loaded.failure is None, loaded.failure
            assert created.failure is None, created.failure
            return read_back(designed.schema, self._created), loaded.models
        finally:
            _empty(self._created, designed.schema)

    def _open(self) -> None:
        self._created, self._scripted = (self._lent.enter_context(self._server.scratch_database()) for _ in range(2))


def _empty(session: Session, schema: Schema) -> None:
    """Drop everything that a schema has put into a database."""
    namespaces = sorted({table.namespace for table in schema.tables} | {"public"})
    dropped = "".join(f"DROP SCHEMA IF EXISTS {quote(name)} CASCADE;" for name in namespaces)
    session.execute(f"{dropped} CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC")
