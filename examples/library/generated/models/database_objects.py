"""What SQLAlchemy's tables cannot say, in SQL.

`create_all` runs these statements: some before it creates tables, some after them, and
those of a table when it has created that table.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from .base import Model

BEFORE_TABLES: list[str] = [
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    """\
CREATE OR REPLACE FUNCTION set_updated_at() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$""",
]
OF_TABLES: dict[str, list[str]] = {
    "authors": [
        """\
CREATE TRIGGER authors_set_updated_at
    BEFORE UPDATE ON authors
    FOR EACH ROW EXECUTE FUNCTION set_updated_at()""",
    ],
    "books": [
        """\
CREATE TRIGGER books_set_updated_at
    BEFORE UPDATE ON books
    FOR EACH ROW EXECUTE FUNCTION set_updated_at()""",
    ],
    "branches": [
        """\
CREATE TRIGGER branches_set_updated_at
    BEFORE UPDATE ON branches
    FOR EACH ROW EXECUTE FUNCTION set_updated_at()""",
    ],
    "copies": [
        """\
CREATE TRIGGER copies_set_updated_at
    BEFORE UPDATE ON copies
    FOR EACH ROW EXECUTE FUNCTION set_updated_at()""",
    ],
    "fines": [
        """\
CREATE TRIGGER fines_set_updated_at
    BEFORE UPDATE ON fines
    FOR EACH ROW EXECUTE FUNCTION set_updated_at()""",
    ],
    "loans": [
        """\
CREATE TRIGGER loans_set_updated_at
    BEFORE UPDATE ON loans
    FOR EACH ROW EXECUTE FUNCTION set_updated_at()""",
    ],
    "members": [
        """\
CREATE TRIGGER members_set_updated_at
    BEFORE UPDATE ON members
    FOR EACH ROW EXECUTE FUNCTION set_updated_at()""",
    ],
    "publishers": [
        """\
CREATE TRIGGER publishers_set_updated_at
    BEFORE UPDATE ON publishers
    FOR EACH ROW EXECUTE FUNCTION set_updated_at()""",
    ],
    "reservations": [
        """\
CREATE TRIGGER reservations_set_updated_at
    BEFORE UPDATE ON reservations
    FOR EACH ROW EXECUTE FUNCTION set_updated_at()""",
    ],
    "reviews": [
        """\
CREATE TRIGGER reviews_set_updated_at
    BEFORE UPDATE ON reviews
    FOR EACH ROW EXECUTE FUNCTION set_updated_at()""",
    ],
    "subjects": [
        """\
CREATE TRIGGER subjects_set_updated_at
    BEFORE UPDATE ON subjects
    FOR EACH ROW EXECUTE FUNCTION set_updated_at()""",
    ],
}
AFTER_TABLES: list[str] = [
    (
        "COMMENT ON FUNCTION set_updated_at() IS 'Keeps updated_at at the time of the "
        "last update.'"
    ),
]


@event.listens_for(Model.metadata, "before_create")
def _before_create(_: sa.MetaData, connection: sa.Connection, **__: Any) -> None:
    """Create what tables need."""
    _run(connection, BEFORE_TABLES)


@event.listens_for(Model.metadata, "after_create")
def _after_create(
    _: sa.MetaData, connection: sa.Connection, tables: Iterable[sa.Table], **__: Any
) -> None:
    """Create what belongs to the new tables, then what needs all of them."""
    for table in tables:
        _run(connection, OF_TABLES.get(table.key, []))
    _run(connection, AFTER_TABLES)


def _run(connection: sa.Connection, statements: list[str]) -> None:
    """Run the statements as they stand; without parameters a `%` is just a `%`."""
    for statement in statements:
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
