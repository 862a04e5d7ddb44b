"""Schemas as people write them by hand, for proving what exists already; and what of a proof is looked at."""

from __future__ import annotations

from pathlib import Path

from colonnade.api import ProveResult
from colonnade.postgres import Server
from colonnade.prove import Evidence

SHOP_SCRIPT = """\
-- A shop, as people write it.
\\set ON_ERROR_STOP on
BEGIN;
CREATE TYPE order_status AS ENUM ('new', 'paid', 'shipped');
CREATE TABLE users (
    id serial PRIMARY KEY,
    email varchar(255) NOT NULL UNIQUE,
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE products (
    id bigserial PRIMARY KEY,
    name text NOT NULL CHECK (length(name) > 0),
    price numeric(10,2) NOT NULL CHECK (price >= 0)
);
CREATE TABLE orders (
    id serial PRIMARY KEY,
    user_id int NOT NULL REFERENCES users ON DELETE CASCADE,
    product_id bigint REFERENCES products,
    status order_status NOT NULL DEFAULT 'new',
    note text
);
CREATE INDEX ON orders (user_id);
CREATE INDEX orders_note ON orders (note);
CREATE VIEW open_orders AS SELECT * FROM orders WHERE status = 'new';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END $$;
CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE ROLE shop_app;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_orders ON orders TO shop_app USING (user_id = current_setting('app.user_id')::int);
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO shop_app;
COMMENT ON TABLE orders IS 'What customers ordered';
COMMIT;
INSERT INTO users (email) VALUES ('ada@example.com');
SELECT set_config('search_path', '', false);
"""

HEROES = """\
from typing import List, Optional
from sqlmodel import Field, Relationship, SQLModel

class Team(SQLModel, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    name: str = Field(index=True)
    heroes: List["Hero"] = Relationship(back_populates="team")

class Hero(SQLModel, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    name: str
    team_id: Optional[int] = Field(default=None, foreign_key="team.id")
    team: Optional[Team] = Relationship(back_populates="heroes")
"""

TICKETS = """\
import enum
from sqlalchemy import CheckConstraint, Enum, ForeignKey, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

class Base(DeclarativeBase):
    metadata = MetaData(schema="app")

class Status(enum.Enum):
    open = "open"
    done = "done"

class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(200), unique=True)
    tickets: Mapped[list["Ticket"]] = relationship(back_populates="reporter")

class Ticket(Base):
    __tablename__ = "ticket"
    __table_args__ = (CheckConstraint("length(title) > 0"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    status: Mapped[Status] = mapped_column(Enum(Status, name="status"), server_default="open")
    reporter_id: Mapped[int] = mapped_column(ForeignKey("app.account.id"))
    reporter: Mapped[Account] = relationship(back_populates="tickets")
"""


def written(folder: Path, name: str, text: str) -> str:
    """Write a file and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def evidence(result: ProveResult, claim: str) -> Evidence:
    """Return the evidence on the claim with this id."""
    found = [each for each in result.proof.evidence if each.claim.id == claim]
    assert len(found) == 1, sorted(each.claim.id for each in result.proof.evidence)
    return found[0]


def verdict(result: ProveResult, claim: str) -> str:
    """Return the verdict on the claim with this id."""
    return evidence(result, claim).verdict


def refuted(result: ProveResult) -> set[str]:
    """Return the ids of the refuted claims."""
    return {each.claim.id for each in result.proof.refuted}


def left_behind(server: Server) -> set[str]:
    """Return the scratch databases and the roles that are not Postgres's own."""
    with server.session() as session:
        databases = session.execute("SELECT datname FROM pg_database WHERE datname LIKE 'colonnade%'")
        roles = session.execute("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' AND oid >= 16384")
    return {name for (name,) in [*databases, *roles]}
