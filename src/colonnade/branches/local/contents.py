"""What stands in a branch: its databases, and the roles that all branches share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from colonnade.branches.branch import Branch, BranchError
from colonnade.branches.local.catalog import StoredDatabase, read_databases
from colonnade.branches.local.copying import drop
from colonnade.branches.local.naming import find_database, stored_name
from colonnade.errors import InputError
from colonnade.postgres import Session
from colonnade.sql.identifier import quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role that somebody may connect as."""

    name: str
    password: str
    created_at: datetime


def roles(session: Session) -> tuple[Role, ...]:
    """Return the roles, oldest first."""
    return tuple(
        Role(**row) for row in session.rows("SELECT name, password, created_at FROM branch_role ORDER BY 3, 1")
    )


def find_role(session: Session, name: str) -> Role:
    """Return a role; raises InputError."""
    for role in roles(session):
        if role.name == name:
            return role
    raise InputError(f'there is no role "{name}"')


def drop_role(session: Session, name: str) -> Role:
    """Drop a role that owns no database."""
    role = find_role(session, name)
    owned = session.value("SELECT string_agg(DISTINCT name, ', ') FROM branch_database WHERE owner = %s", (name,))
    if owned:
        raise BranchError(f'role "{name}" cannot be dropped', detail=f"It owns {owned}.")
    session.execute(f"DROP ROLE {quote(name)}")
    session.execute("DELETE FROM branch_role WHERE name = %s", (name,))
    return role


def add_database(session: Session, branch: Branch, name: str, owner: str) -> StoredDatabase:
    """Make an empty database in a branch."""
    find_role(session, owner)
    if not name or any(each.name == name for each in read_databases(session, branch.id)):
        raise BranchError(f'the database name "{name}" is taken')
    stored = stored_name(name, branch.name, branch.id)
    session.execute(f"CREATE DATABASE {quote(stored)} OWNER {quote(owner)} TEMPLATE template0")
    session.execute(
        "INSERT INTO branch_database (branch_id, name, owner, stored_as) VALUES (%s, %s, %s, %s)",
        (branch.id, name, owner, stored),
    )
    return find_database(read_databases(session, branch.id), name)


def remove_database(session: Session, branch: Branch, name: str) -> StoredDatabase:
    """Drop a database of a branch, whoever is connected."""
    database = find_database(read_databases(session, branch.id), name)
    drop(session, database.stored_as)
    session.execute("DELETE FROM branch_database WHERE stored_as = %s", (database.stored_as,))
    return database


def common_name(session: Session, name: str) -> str:
    """Return what a database is called in every branch, given that or its name on the server."""
    return str(session.value("SELECT name FROM branch_database WHERE stored_as = %s", (name,)) or name)


def has_endpoint(session: Session, branch: Branch) -> bool:
    """Whether the branch has an endpoint in the eyes of Neon's clients; its URL works anyway."""
    return bool(session.value("SELECT has_endpoint FROM branch WHERE id = %s", (branch.id,)))


def set_endpoint(session: Session, branch: Branch, *, there: bool) -> None:
    """Give a branch an endpoint, or take it."""
    session.execute("UPDATE branch SET has_endpoint = %s WHERE id = %s", (there, branch.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What only Neon's clients ask of a branch: how long it was to live, and the notes that they made."""

    life_seconds: int | None = None
    annotation: Mapping[str, str] = field(default_factory=dict)


def extras(session: Session) -> dict[str, Extras]:
    """Return the extras of every branch by its id."""
    return {row.pop("id"): Extras(**row) for row in session.rows("SELECT id, life_seconds, annotation FROM branch")}


def note(session: Session, branch: Branch, value: Mapping[str, str]) -> None:
    """Note something about a branch."""
    session.execute("UPDATE branch SET annotation = %s WHERE id = %s", (json.dumps(dict(value)), branch.id))
