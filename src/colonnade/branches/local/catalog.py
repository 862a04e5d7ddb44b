"""What is known of each branch: a database of its own on the server that holds them."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from colonnade.branches.branch import Branch, BranchError
from colonnade.branches.local.home import Home
from colonnade.errors import DatabaseError, StatementError
from colonnade.postgres import Session
from colonnade.sql.identifier import quote

CATALOG = "colonnade_branches"
_UNFINISHED = "colonnade_branches_new"
MAIN, OWNER, DATABASE = "main", "neondb_owner", "neondb"
"""What a project begins with: the same branch, role and database as on Neon."""

_SETUP_LOCK = 0x636F6C01
_DUPLICATE = "42P04", "23505"

# A branch that is being made, replaced or dropped holds the advisory lock of its number for as long. So a row in such
# a state whose lock is free belongs to a command that died.
_TABLES = """
CREATE TABLE branch (
  number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  id text PRIMARY KEY,
  name text NOT NULL CONSTRAINT branch_name_key UNIQUE,
  parent_id text REFERENCES branch ON DELETE SET NULL,
  state text NOT NULL CHECK (state IN ('creating', 'ready', 'replacing', 'swapping', 'dropping')),
  content text NOT NULL,
  is_default boolean NOT NULL DEFAULT false,
  is_protected boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  last_reset_at timestamptz,
  expires_at timestamptz,
  life_seconds integer,
  has_endpoint boolean NOT NULL DEFAULT true,
  annotation jsonb NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX branch_default_key ON branch (is_default) WHERE is_default;
CREATE TABLE branch_database (
  branch_id text NOT NULL REFERENCES branch ON DELETE CASCADE,
  name text NOT NULL,
  owner text NOT NULL,
  stored_as text NOT NULL UNIQUE,
  replacement text UNIQUE,
  kept_as text UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now(),
  number bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (branch_id, name)
);
CREATE TABLE branch_role (
  name text PRIMARY KEY,
  password text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDatabase:
    """One database of a branch, and the database of the server that holds it.

    A `replacement` may be in work; what it replaces is kept under another name or dropped.
    """

    name: str
    owner: str
    stored_as: str
    replacement: str | None = None
    kept_as: str | None = None
    number: int = 0


@contextlib.contextmanager
def catalog(home: Home) -> Iterator[Session]:
    """Lend a session on the catalog; the first time, it is made together with the default branch."""
    with _found(home) or _made(home) as session:
        yield session


def _found(home: Home) -> Session | None:
    """Connect to the catalog, if the server runs and has one."""
    try:
        return home.connected(CATALOG)
    except DatabaseError:
        return None


def _made(home: Home) -> Session:
    """Start the server and make the catalog, as far as that is still to be done, and connect to it."""
    with home.connect() as session:
        session.execute("SELECT pg_advisory_lock(%s)", (_SETUP_LOCK,))
        if not session.value("SELECT 1 FROM pg_database WHERE datname = %s", (CATALOG,)):
            _set_up(home, session)
    return home.connect(CATALOG)


def _set_up(home: Home, session: Session) -> None:
    """Make the catalog under another name first: it appears whole or not at all."""
    session.execute(f"DROP DATABASE IF EXISTS {_UNFINISHED}")
    session.execute(f"CREATE DATABASE {_UNFINISHED}")
    session.execute(f"REVOKE CONNECT, TEMPORARY ON DATABASE {_UNFINISHED} FROM PUBLIC")
    with home.connect(_UNFINISHED) as inside:
        inside.script(_TABLES)
        make_role(inside, OWNER)
        _make_main(inside)
    session.execute(f"ALTER DATABASE {_UNFINISHED} RENAME TO {CATALOG}")


def _make_main(session: Session) -> None:
    """Make the branch that others are made of; its database is found again if an earlier try has left it."""
    identity = new_id("br")
    try:
        session.execute(f"CREATE DATABASE {DATABASE} OWNER {quote(OWNER)} TEMPLATE template0")
    except StatementError as problem:
        if problem.sqlstate not in _DUPLICATE:
            raise
    session.execute(
        "INSERT INTO branch (id, name, state, content, is_default, created_at, updated_at)"
        " VALUES (%s, %s, 'ready', 'parent-data', true, now(), now())",
        (identity, MAIN),
    )
    session.execute(
        "INSERT INTO branch_database (branch_id, name, owner, stored_as) VALUES (%s, %s, %s, %s)",
        (identity, DATABASE, OWNER, DATABASE),
    )


def make_role(session: Session, name: str) -> None:
    """Make a role that may do what one made by Neon may; raises BranchError when there is one of the name."""
    password = secrets.token_urlsafe(18)
    if not session.value("SELECT 1 FROM pg_roles WHERE rolname = 'neon_superuser'"):
        session.execute("CREATE ROLE neon_superuser NOLOGIN CREATEDB CREATEROLE BYPASSRLS")
        session.execute("GRANT pg_read_all_data, pg_write_all_data, pg_monitor, pg_signal_backend TO neon_superuser")
    taken = session.value("SELECT 1 FROM branch_role WHERE name = %s", (name,))
    if taken or name.startswith("pg_") or name in ("postgres", "neon_superuser"):
        raise BranchError(f'the role name "{name}" is taken')
    verb = "ALTER" if session.value("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)) else "CREATE"
    statement = f"{verb} ROLE {quote(name)} LOGIN CREATEDB CREATEROLE BYPASSRLS PASSWORD %s"
    session.execute(session.inlined(statement, (password,)))
    session.execute(f"GRANT neon_superuser TO {quote(name)}")
    session.execute("INSERT INTO branch_role (name, password) VALUES (%s, %s)", (name, password))


def set_password(session: Session, role: str) -> str:
    """Give a role a new password, and return it."""
    password = secrets.token_urlsafe(18)
    with session.transaction():
        session.execute(session.inlined(f"ALTER ROLE {quote(role)} PASSWORD %s", (password,)))
        session.execute("UPDATE branch_role SET password = %s WHERE name = %s", (password, role))
    return password


def read_branches(session: Session) -> tuple[Branch, ...]:
    """Return the branches that stand, in the order of their names; one that is being made is not there yet."""
    rows = session.rows(
        "SELECT b.id, b.name, b.parent_id, p.name AS parent, b.state, b.is_default AS default,"
        " b.is_protected AS protected, b.content, b.created_at, b.updated_at, b.expires_at, b.last_reset_at,"
        " (SELECT sum(pg_database_size(d.oid))::bigint FROM branch_database s JOIN pg_database d"
        "  ON d.datname = s.stored_as WHERE s.branch_id = b.id) AS size_bytes,"
        " ARRAY(SELECT s.name FROM branch_database s WHERE s.branch_id = b.id ORDER BY s.number) AS databases"
        " FROM branch b LEFT JOIN branch p ON p.id = b.parent_id WHERE b.state IN ('ready', 'replacing', 'swapping')"
        " ORDER BY b.name"
    )
    return tuple(Branch(**{**row, "databases": tuple(row["databases"])}) for row in rows)


def read_databases(session: Session, branch_id: str) -> tuple[StoredDatabase, ...]:
    """Return the databases of a branch, oldest first."""
    rows = session.rows(
        "SELECT name, owner, stored_as, replacement, kept_as, number FROM branch_database"
        " WHERE branch_id = %s ORDER BY number",
        (branch_id,),
    )
    return tuple(StoredDatabase(**row) for row in rows)


def new_id(kind: str) -> str:
    """Return an id as Neon's clients expect one: three groups, so that they tell it from a name."""
    return f"{kind}-{secrets.choice(_FIRST)}-{secrets.choice(_SECOND)}-{secrets.token_hex(4)}"


_FIRST = (
    "calm",
    "cool",
    "dawn",
    "dry",
    "fair",
    "fresh",
    "gold",
    "late",
    "long",
    "mild",
    "plain",
    "still",
    "warm",
    "wide",
)
_SECOND = (
    "bay",
    "brook",
    "cliff",
    "field",
    "fog",
    "glen",
    "hill",
    "lake",
    "leaf",
    "moss",
    "pine",
    "reed",
    "sea",
    "wood",
)
