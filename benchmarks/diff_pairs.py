"""Pairs of schemas that SQLAlchemy can express, each a small change that applications make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

Tables = Callable[[sa.MetaData], None]


def table(*parts: Any, name: str = "t", **options: Any) -> Tables:
    """Return what makes one table with a key."""

    def make(metadata: sa.MetaData) -> None:
        sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), *(part() for part in parts), **options)

    return make


def keyed(*key: str) -> Tables:
    """Return what makes a table with this primary key over its two columns."""

    def make(metadata: sa.MetaData) -> None:
        columns = (sa.Column(name, sa.Integer, nullable=False) for name in ("a", "b"))
        sa.Table("p", metadata, *columns, sa.PrimaryKeyConstraint(*key, name="p_pkey"))

    return make


def both(*makers: Tables) -> Tables:
    """Return what makes several tables."""

    def make(metadata: sa.MetaData) -> None:
        for maker in makers:
            maker(metadata)

    return make


def column(name: str, kind: Any, *parts: Callable[[], Any], **options: Any) -> Callable[[], sa.Column[Any]]:
    """Return what makes a column, of which each table needs its own."""
    return lambda: sa.Column(name, kind, *(part() for part in parts), **options)


def part(kind: Callable[..., Any], *arguments: Any, **options: Any) -> Callable[[], Any]:
    """Return what makes a constraint or an index."""
    return lambda: kind(*arguments, **options)


def enum(*values: str) -> sa.Enum:
    """Return a native enum type."""
    return sa.Enum(*values, name="mood")


A, B = column("a", sa.Integer), column("b", sa.Text)
USERS = table(column("email", sa.Text), name="users")

PAIRS: Mapping[str, tuple[Tables, Tables]] = {
    "table added": (table(A), both(table(A), USERS)),
    "column added": (table(A), table(A, B)),
    "NOT NULL column with default added": (
        table(A),
        table(A, column("n", sa.Integer, nullable=False, server_default="0")),
    ),
    "column becomes NOT NULL": (table(A), table(column("a", sa.Integer, nullable=False))),
    "default changes": (
        table(column("a", sa.Integer, server_default="1")),
        table(column("a", sa.Integer, server_default="2")),
    ),
    "default goes": (table(column("a", sa.Integer, server_default="1")), table(A)),
    "default by function": (
        table(column("a", sa.DateTime(timezone=True))),
        table(column("a", sa.DateTime(timezone=True), server_default=sa.text("now()"))),
    ),
    "integer becomes bigint": (table(A), table(column("a", sa.BigInteger))),
    "text becomes integer": (table(column("a", sa.Text)), table(A)),
    "length changes": (table(column("a", sa.String(10))), table(column("a", sa.String(20)))),
    "numeric scale changes": (table(column("a", sa.Numeric(10, 2))), table(column("a", sa.Numeric(12, 4)))),
    "timestamp gets a zone": (table(column("a", sa.DateTime())), table(column("a", sa.DateTime(timezone=True)))),
    "json becomes jsonb": (table(column("a", sa.JSON)), table(column("a", pg.JSONB))),
    "array of another type": (table(column("a", pg.ARRAY(sa.Text))), table(column("a", pg.ARRAY(sa.String(9))))),
    "collation changes": (table(column("a", sa.Text)), table(column("a", sa.Text(collation="C")))),
    "comment on a column": (table(A), table(column("a", sa.Integer, comment="what it is"))),
    "comment on a table": (table(A), table(A, comment="what it is")),
    "identity": (
        table(column("n", sa.Integer, nullable=False)),
        table(column("n", sa.Integer, lambda: sa.Identity(always=True))),
    ),
    "identity of another kind": (
        table(column("n", sa.Integer, lambda: sa.Identity(always=True))),
        table(column("n", sa.Integer, lambda: sa.Identity(always=False))),
    ),
    "generated column added": (
        table(A),
        table(A, column("g", sa.Integer, lambda: sa.Computed("a + 1", persisted=True))),
    ),
    "generated column changes": (
        table(A, column("g", sa.Integer, lambda: sa.Computed("a + 1", persisted=True))),
        table(A, column("g", sa.Integer, lambda: sa.Computed("a + 2", persisted=True))),
    ),
    "unique added": (table(A), table(A, part(sa.UniqueConstraint, "a", name="u"))),
    "unique over other columns": (
        table(A, B, part(sa.UniqueConstraint, "a", name="u")),
        table(A, B, part(sa.UniqueConstraint, "a", "b", name="u")),
    ),
    "unique, NULLs not distinct": (
        table(A, part(sa.UniqueConstraint, "a", name="u")),
        table(A, part(sa.UniqueConstraint, "a", name="u", postgresql_nulls_not_distinct=True)),
    ),
    "unique becomes deferrable": (
        table(A, part(sa.UniqueConstraint, "a", name="u")),
        table(A, part(sa.UniqueConstraint, "a", name="u", deferrable=True)),
    ),
    "check added": (table(A), table(A, part(sa.CheckConstraint, "a > 0", name="c"))),
    "check changes": (
        table(A, part(sa.CheckConstraint, "a > 0", name="c")),
        table(A, part(sa.CheckConstraint, "a > 1", name="c")),
    ),
    "check goes": (table(A, part(sa.CheckConstraint, "a > 0", name="c")), table(A)),
    "exclusion added": (
        table(column("d", pg.DATERANGE)),
        table(column("d", pg.DATERANGE), part(pg.ExcludeConstraint, (sa.column("d"), "&&"), name="x", using="gist")),
    ),
    "foreign key added": (
        both(USERS, table(A)),
        both(USERS, table(A, part(sa.ForeignKeyConstraint, ["a"], ["users.id"], name="f"))),
    ),
    "foreign key deletes differently": (
        both(USERS, table(A, part(sa.ForeignKeyConstraint, ["a"], ["users.id"], name="f"))),
        both(USERS, table(A, part(sa.ForeignKeyConstraint, ["a"], ["users.id"], name="f", ondelete="CASCADE"))),
    ),
    "foreign key becomes deferrable": (
        both(USERS, table(A, part(sa.ForeignKeyConstraint, ["a"], ["users.id"], name="f"))),
        both(
            USERS,
            table(
                A, part(sa.ForeignKeyConstraint, ["a"], ["users.id"], name="f", deferrable=True, initially="DEFERRED")
            ),
        ),
    ),
    "index added": (table(A), table(A, part(sa.Index, "i", "a"))),
    "index becomes unique": (table(A, part(sa.Index, "i", "a")), table(A, part(sa.Index, "i", "a", unique=True))),
    "index gets a predicate": (
        table(A, part(sa.Index, "i", "a")),
        table(A, part(sa.Index, "i", "a", postgresql_where=sa.text("a > 0"))),
    ),
    "index with another predicate": (
        table(A, part(sa.Index, "i", "a", postgresql_where=sa.text("a > 0"))),
        table(A, part(sa.Index, "i", "a", postgresql_where=sa.text("a > 1"))),
    ),
    "index gets INCLUDE": (
        table(A, B, part(sa.Index, "i", "a")),
        table(A, B, part(sa.Index, "i", "a", postgresql_include=["b"])),
    ),
    "index by another method": (
        table(A, part(sa.Index, "i", "a")),
        table(A, part(sa.Index, "i", "a", postgresql_using="hash")),
    ),
    "index in another order": (
        table(A, part(sa.Index, "i", "a")),
        table(A, part(sa.Index, "i", sa.text("a DESC"))),
    ),
    "index over an expression": (table(B), table(B, part(sa.Index, "i", sa.text("lower(b)")))),
    "index with an operator class": (
        table(B, part(sa.Index, "i", "b")),
        table(B, part(sa.Index, "i", "b", postgresql_ops={"b": "text_pattern_ops"})),
    ),
    "enum column added": (table(A), table(A, column("m", enum("sad", "ok")))),
    "enum gains a value at its end": (
        table(column("m", enum("sad", "ok"))),
        table(column("m", enum("sad", "ok", "happy"))),
    ),
    "enum gains a value in between": (
        table(column("m", enum("sad", "ok"))),
        table(column("m", enum("sad", "so-so", "ok"))),
    ),
    "enum loses a value": (table(column("m", enum("sad", "ok", "old"))), table(column("m", enum("sad", "ok")))),
    "enum column goes with its type": (table(A, column("m", enum("sad", "ok"))), table(A)),
    "text becomes enum": (table(column("m", sa.Text)), table(column("m", enum("sad", "ok")))),
    "primary key over other columns": (keyed("a"), keyed("a", "b")),
}
