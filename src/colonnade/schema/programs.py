"""What acts by itself or decides who may act: policies, triggers, functions, grants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TABLE_OWNER = "CURRENT_USER"
"""Stands in a policy's roles for whoever owns the table, which is who creates it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Privileges of one role on one object; the owner's own are not listed.

    `columns` is empty for the whole table; privileges and columns are sorted. `role` is `public` for everybody.
    `grantable` are those of the privileges that the role may grant to others.
    """

    role: str
    privileges: tuple[str, ...]
    columns: tuple[str, ...] = ()
    grantable: tuple[str, ...] = ()


EXECUTE_FOR_ALL = (Grant(role="public", privileges=("EXECUTE",)),)
"""What Postgres grants on a function by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A row-level security policy. `roles` is `("public",)` for everybody; `TABLE_OWNER` is the table's owner."""

    name: str
    command: Literal["ALL", "SELECT", "INSERT", "UPDATE", "DELETE"] = "ALL"
    permissive: bool = True
    roles: tuple[str, ...] = ("public",)
    using: str | None = None
    with_check: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A trigger of a table or a view, of which the latter alone has `INSTEAD OF`.

    `events` come in the order INSERT, UPDATE, DELETE, TRUNCATE.

    `function` is its name as SQL text: quoted where it must be, qualified unless it is in `public`. `firing` says in
    which sessions it does: all but those of a replication, none, only those, or all. `old_table` and `new_table` are
    what the function may call the rows before and after the statement.
    """

    name: str
    timing: Literal["BEFORE", "AFTER", "INSTEAD OF"]
    events: tuple[Literal["INSERT", "UPDATE", "DELETE", "TRUNCATE"], ...]
    function: str
    arguments: tuple[str, ...] = ()
    update_columns: tuple[str, ...] = ()
    level: Literal["ROW", "STATEMENT"] = "ROW"
    condition: str | None = None
    constraint: bool = False
    deferrable: bool = False
    initially_deferred: bool = False
    old_table: str = ""
    new_table: str = ""
    firing: Literal["ORIGIN", "DISABLED", "REPLICA", "ALWAYS"] = "ORIGIN"
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function or procedure; `arguments` and `returns` as `pg_get_function_arguments` prints them.

    A procedure returns nothing, the empty text. `cost` and `rows` are what the planner expects, None for the usual.

    `configuration` holds the `SET` clauses as sorted pairs. `body` is the text between the dollar quotes,
    or, for an SQL-standard one, the `RETURN …` or `BEGIN ATOMIC … END` itself.
    """

    name: str
    arguments: str
    returns: str
    language: str
    body: str
    namespace: str = "public"
    volatility: Literal["IMMUTABLE", "STABLE", "VOLATILE"] = "VOLATILE"
    strict: bool = False
    security_definer: bool = False
    leakproof: bool = False
    parallel: Literal["SAFE", "RESTRICTED", "UNSAFE"] = "UNSAFE"
    kind: Literal["function", "procedure"] = "function"
    cost: float | None = None
    rows: float | None = None
    configuration: tuple[tuple[str, str], ...] = ()
    owner: str = ""
    grants: tuple[Grant, ...] = EXECUTE_FOR_ALL
    comment: str | None = None
