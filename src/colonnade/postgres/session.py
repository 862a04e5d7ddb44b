"""One connection to one database: statements in, rows and errors of our own out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from traceback import clear_frames
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg.rows import dict_row

from colonnade.dsn import Dsn
from colonnade.errors import StatementError
from colonnade.postgres.attempts import Attempt, batch_outcomes, batch_script
from colonnade.postgres.refusal import connection_error, database_error
from colonnade.sql.identifier import quote
from colonnade.sql.psql import Passing, place_in, server_statements
from colonnade.sql.script import ScriptStatement

Parameters = Sequence[Any] | Mapping[str, Any]
Around = Callable[[ScriptStatement], AbstractContextManager[object]]
"""Takes a statement of a script and returns what it is run within."""

_NOTICES_KEPT = 1000
# How long a server that says nothing is waited for, unless the connection string says otherwise.
_PATIENCE: Mapping[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a server said beside its answer."""

    severity: str
    sqlstate: str
    message: str


class Session:
    """A connection in autocommit mode.

    Every failure is a `DatabaseError`: a `StatementError` when the server refused the statement,
    the plain one when the connection is lost.
    """

    def __init__(self, dsn: Dsn) -> None:
        """Connect; raises DatabaseError when that fails."""
        self.dsn = dsn
        self._notices: deque[Notice] = deque(maxlen=_NOTICES_KEPT)
        self._connection = self._connect()

    def __enter__(self) -> Self:
        """Return the session itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self.close()

    def __repr__(self) -> str:
        """Return where it is connected to, without the password."""
        return f"Session({self.dsn})"

    @property
    def url(self) -> str:
        """The URL for another process to connect to the same database, password included."""
        return self.dsn.url

    @property
    def server_version(self) -> int:
        """The server's version as a number, 180006 for 18.6."""
        return self._connection.info.server_version

    @property
    def backend_pid(self) -> int:
        """The process id of the connection's backend."""
        return self._connection.info.backend_pid

    @property
    def closed(self) -> bool:
        """Whether the connection is closed or lost."""
        return self._connection.closed

    @property
    def encrypted(self) -> bool:
        """Whether the connection runs over TLS."""
        return self._connection.pgconn.ssl_in_use

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open, be it a failed one."""
        status = self._connection.info.transaction_status
        return status != psycopg.pq.TransactionStatus.IDLE

    @property
    def notices(self) -> tuple[Notice, ...]:
        """The latest notices, oldest first."""
        return tuple(self._notices)

    def clear_notices(self) -> None:
        """Forget the notices so far."""
        self._notices.clear()

    def close(self) -> None:
        """Close the connection; idempotent."""
        self._connection.close()

    def reconnect(self) -> None:
        """Start a new backend on the same database: nothing it has cached remains."""
        self._connection.close()
        self._connection = self._connect()

    @property
    def descriptor(self) -> int:
        """The file descriptor of the connection."""
        return self._connection.fileno()

    def execute(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows; none for a statement without a result.

        Without parameters a `%` in the statement stands for itself.
        """
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(sql.encode(), parameters or None)
                return cursor.fetchall() if cursor.description else []
        except psycopg.Error as problem:
            raise database_error(problem, statement=sql) from problem

    @contextmanager
    def pipeline(self) -> Iterator[None]:
        """Send the statements of the block without waiting for the answers to those before them."""
        try:
            with self._connection.pipeline():
                yield
        except psycopg.Error as problem:
            raise database_error(problem) from problem

    def send(self, sql: str, parameters: Parameters = ()) -> Callable[[], list[tuple[Any, ...]]]:
        """Send a query, within `pipeline`, and return what waits for its rows, and for whatever else was sent."""
        cursor = self._connection.cursor()

        def rows() -> list[tuple[Any, ...]]:
            try:
                with cursor:
                    return cursor.fetchall()
            except psycopg.Error as problem:
                raise database_error(problem, statement=sql) from problem

        try:
            cursor.execute(sql.encode(), parameters or None)
        except psycopg.Error as problem:
            raise database_error(problem, statement=sql) from problem
        return rows

    def execute_all(self, statements: Sequence[str]) -> list[list[tuple[Any, ...]]]:
        """Run several statements in one round trip, all or none of them, and return the rows of each."""
        if not statements:
            return []
        script = ";\n".join(statements)
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(script.encode())
                found = [cursor.fetchall() if cursor.description else []]
                while cursor.nextset():
                    found.append(cursor.fetchall() if cursor.description else [])
                return found
        except psycopg.Error as problem:
            raise database_error(problem, statement=script) from problem

    def rows(self, sql: str, parameters: Parameters = ()) -> list[dict[str, Any]]:
        """Run one statement and return its rows as dictionaries by column name."""
        try:
            with self._connection.cursor(row_factory=dict_row) as cursor:
                cursor.execute(sql.encode(), parameters or None)
                return cursor.fetchall() if cursor.description else []
        except psycopg.Error as problem:
            raise database_error(problem, statement=sql) from problem

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """Run one statement and return the first column of its first row, `None` without a row."""
        found = self.execute(sql, parameters)
        return found[0][0] if found else None

    def inlined(self, sql: str, parameters: Parameters) -> str:
        """Return the statement with its parameters as literals, as a person would write it."""
        try:
            return psycopg.ClientCursor(self._connection).mogrify(sql.encode(), parameters or None)
        except psycopg.Error as problem:
            raise database_error(problem, statement=sql) from problem

    def execute_many(self, sql: str, parameter_rows: Sequence[Parameters]) -> None:
        """Run one statement for each row of parameters, in one batch."""
        try:
            with self._connection.cursor() as cursor:
                cursor.executemany(sql.encode(), parameter_rows)
        except psycopg.Error as problem:
            raise database_error(problem, statement=sql) from problem

    def script(self, text: str, *, path: str = "<script>", atomic: bool = True) -> None:
        """Run the statements of a script; a refused one is reported with its line in the script.

        What only psql can do is refused before anything runs; the files for psql that we write need none of that.
        `atomic` runs the whole of it in one transaction; without it each statement commits alone, as
        `CREATE INDEX CONCURRENTLY` needs.
        """
        statements = server_statements(text, path=path)
        if not atomic:
            self.run_all(statements, path=path)
            return
        with self.transaction():
            self.run_all(statements, path=path)

    def run_all(self, statements: Sequence[ScriptStatement], *, path: str, around: Around = nullcontext) -> int:
        """Run statements of a script one after the other, but for those passed over; return how many were run.

        Each is run within what `around` returns for it.
        """
        passing = Passing(self.value)
        count = 0
        for statement in statements:
            try:
                passed_over = passing.over(statement.unless)
            except StatementError as problem:
                problem.at = place_in(statement.unless or statement, path=path)
                raise
            if passed_over:
                continue
            try:
                with around(statement):
                    self._connection.execute(statement.text.encode())
            except psycopg.Error as problem:
                place = place_in(statement, path=path, position=int(problem.diag.statement_position or 1))
                raise database_error(problem, statement=statement.text, at=place) from problem
            count += 1
        return count

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what the block did, or nothing of it when it raises; a savepoint when nested."""
        with self._block(force_rollback=False):
            yield

    @contextmanager
    def rolled_back(self) -> Iterator[None]:
        """Undo what the block did; a savepoint when nested."""
        with self._block(force_rollback=True):
            yield

    def attempt(self, sql: str, parameters: Parameters = ()) -> Attempt:
        """Try one statement, its deferred constraints included, and undo it."""
        try:
            with (
                self._connection.transaction(force_rollback=True),
                self._connection.cursor() as cursor,
            ):
                cursor.execute(sql.encode(), parameters or None)
                rows = tuple(cursor.fetchall()) if cursor.description else ()
                row_count = max(0, cursor.rowcount)
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except psycopg.Error as problem:
            error = database_error(problem, statement=sql)
            if not isinstance(error, StatementError):
                raise error from problem
            return Attempt(
                ok=False,
                sqlstate=error.sqlstate,
                message=error.message,
                constraint=error.constraint,
                table=problem.diag.table_name or "",
                column=problem.diag.column_name or "",
            )
        return Attempt(ok=True, row_count=row_count, rows=rows)

    def attempt_all(self, statements: Sequence[str]) -> tuple[Attempt, ...]:
        """Try each statement by itself and undo it, all in one round trip.

        A statement may be a short script; its last part counts the rows. Statements that cannot run
        in a function (`VACUUM`, `CREATE INDEX CONCURRENTLY`) are refused.
        """
        if not statements:
            return ()
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(batch_script(statements).encode())
                cursor.nextset()
                row = cursor.fetchone()
        except psycopg.Error as problem:
            raise database_error(problem) from problem
        return batch_outcomes(row[0] if row else ())

    def set_role(self, role: str | None) -> None:
        """Act as this role from now on (until the transaction is rolled back); `None` as ourselves."""
        self.execute(f"SET ROLE {quote(role)}" if role is not None else "RESET ROLE")

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Open the connection."""
        try:
            # Statements here are planned once or differ each time: preparing them only costs.
            connection = psycopg.connect(
                self.dsn.url,
                autocommit=True,
                prepare_threshold=None,
                application_name="colonnade",
                **{name: value for name, value in _PATIENCE.items() if name not in dict(self.dsn.options)},
            )
        except psycopg.Error as problem:
            raise connection_error(problem, server=str(self.dsn)) from None
        except BaseException as interruption:
            # The frames hold a connection that is half made. Its backend would wait for us, and for that backend
            # every DROP DATABASE, the one by which we clean up included.
            clear_frames(interruption.__traceback__)
            raise
        connection.add_notice_handler(self._keep_notice)
        return connection

    @contextmanager
    def _block(self, *, force_rollback: bool) -> Iterator[None]:
        """Open a transaction or savepoint; failures of BEGIN and COMMIT become ours."""
        try:
            with self._connection.transaction(force_rollback=force_rollback):
                yield
        except psycopg.Error as problem:
            raise database_error(problem) from problem

    def _keep_notice(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        """Take one notice from the server."""
        self._notices.append(
            Notice(
                severity=diagnostic.severity_nonlocalized or diagnostic.severity or "",
                sqlstate=diagnostic.sqlstate or "",
                message=diagnostic.message_primary or "",
            )
        )
