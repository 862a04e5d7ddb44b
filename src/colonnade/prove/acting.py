"""How we come to act as the role that the policies are for, and as a table's owner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from colonnade.errors import StatementError
from colonnade.postgres import Session
from colonnade.prove.tenancy import TRIAL_ROLE, Tenancy
from colonnade.schema import Schema
from colonnade.sql.identifier import quote


def let_us_act(session: Session, tenancy: Tenancy) -> str:
    """Make the application role if it only stands in, and ourselves a member of it; return why we cannot act as it.

    Both last until the transaction is rolled back.
    """
    if tenancy.role == TRIAL_ROLE:
        refused = _refused(session, tuple(_stand_in(tenancy.schema)))
        if refused:
            return refused
    return let_us_act_as(session, tenancy.role)


def let_us_act_as(session: Session, role: str) -> str:
    """Make ourselves a member of a role, until the transaction is rolled back; return why we cannot act as it."""
    act = f"SET LOCAL ROLE {quote(role)}"
    attempt = session.attempt(act)
    if not attempt.ok and not _refused(session, (f"GRANT {quote(role)} TO CURRENT_USER",)):
        attempt = session.attempt(act)
    return "" if attempt.ok else f'cannot act as "{role}": {attempt.sqlstate} {attempt.message}'


def _stand_in(schema: Schema) -> Iterator[str]:
    """Yield what makes a plain role that may do everything that policies let it do."""
    role = quote(TRIAL_ROLE)
    yield f"CREATE ROLE {role} NOLOGIN"
    for namespace in sorted({table.namespace for table in schema.tables}):
        yield f"GRANT USAGE ON SCHEMA {quote(namespace)} TO {role}"
        yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {quote(namespace)} TO {role}"
        yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {quote(namespace)} TO {role}"


def _refused(session: Session, statements: Sequence[str]) -> str:
    """Run the statements, all or none; return how the server refused, empty when it did not."""
    try:
        with session.transaction():
            for statement in statements:
                session.execute(statement)
    except StatementError as problem:
        return f"{problem.sqlstate} {problem.message}"
    return ""
