"""Whether row-level security holds for whoever is connected: nobody is served when it does not."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Engine, MetaData, text
from sqlalchemy.engine import Connection

from colonnade.errors import IsolationError
from colonnade.runtime.voided import VOIDED

_CHECKED = "colonnade_isolation_checked"
_ROLE = text(f"""
SELECT r.rolname::text, r.rolsuper, r.rolbypassrls,
       ARRAY(SELECT c.oid::regclass::text FROM pg_class c
             WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND pg_has_role(r.oid, c.relowner, 'USAGE')
             ORDER BY 1),
       {VOIDED}
FROM pg_roles r WHERE r.rolname = current_user
""")  # noqa: S608 - our own text
_TABLES = text("""
SELECT n.nspname || '.' || c.relname, c.relrowsecurity, c.relforcerowsecurity
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')
""")
_HINT = "Connect as a role made by SQL with NOBYPASSRLS that owns nothing, and is a member of the application's role."


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleFacts:
    """Who a connection is, as far as row-level security is concerned; `voided` are tables of which it sees all rows."""

    name: str
    superuser: bool
    bypasses: bool
    owned: tuple[str, ...]
    voided: tuple[str, ...]


def role_facts(connection: Connection) -> RoleFacts:
    """Return who a connection acts as."""
    name, superuser, bypasses, owned, voided = connection.execute(_ROLE).one()
    return RoleFacts(name=name, superuser=superuser, bypasses=bypasses, owned=tuple(owned), voided=tuple(voided))


def require_isolation(connection: Connection, role: str = "") -> None:
    """Raise IsolationError when policies do not hold for the role; asked once on each connection of the pool."""
    checked: set[str] = connection.info.setdefault(_CHECKED, set())
    if role in checked:
        return
    _require_role(role_facts(connection))
    checked.add(role)


def check_isolation(
    engine: Engine, metadata: MetaData | None = None, *, role: str = "", tables: Collection[str] = ()
) -> None:
    """Raise IsolationError unless row-level security holds: for the role, and in each table that declares it.

    Tables declare it with `info={"row_security": "forced"}`, as generated models do; `tables` adds others by name. Call
    it when a service starts.
    """
    wanted = {*_qualified(tables), *_declared(metadata)}
    with engine.connect() as connection, connection.begin() as transaction:
        if role:
            connection.execute(text("SELECT set_config('role', :role, true)"), {"role": role})
        _require_role(role_facts(connection))
        found = {name: (enabled, forced) for name, enabled, forced in connection.execute(_TABLES)}
        transaction.rollback()
    absent = sorted(wanted - found.keys())
    open_ = sorted(name for name in wanted & found.keys() if found[name] != (True, True))
    if absent or open_:
        raise IsolationError(
            "row-level security is not forced where the models declare it",
            detail=f"Tables: {', '.join([*open_, *(f'{name} (does not exist)' for name in absent)])}.",
            hint="ALTER TABLE … ENABLE ROW LEVEL SECURITY, then … FORCE ROW LEVEL SECURITY; run the migrations.",
        )


def _require_role(role: RoleFacts) -> None:
    if role.superuser or role.bypasses:
        raise IsolationError(
            f'role "{role.name}" bypasses row-level security',
            detail="It is a superuser."
            if role.superuser
            else "It has BYPASSRLS, as every role made by Neon's console.",
            hint=_HINT,
        )
    if role.owned:
        raise IsolationError(
            f'role "{role.name}" owns isolated tables',
            detail=f"An owner can switch their row-level security off: {', '.join(role.owned[:5])}.",
            hint=_HINT,
        )
    if role.voided:
        raise IsolationError(
            f'role "{role.name}" sees every row of isolated tables',
            detail=f"Beside the policy that isolates, one that shows all holds for it: {', '.join(role.voided[:5])}.",
            hint="Policies add up, those of inherited roles too: let jobs have logins of their own.",
        )


def _declared(metadata: MetaData | None) -> Iterable[str]:
    tables = metadata.tables.values() if metadata is not None else ()
    return (
        f"{table.schema or 'public'}.{table.name}" for table in tables if table.info.get("row_security") == "forced"
    )


def _qualified(names: Iterable[str]) -> Iterable[str]:
    return (name if "." in name else f"public.{name}" for name in names)
