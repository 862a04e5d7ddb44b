"""Roles as statements name them."""

from __future__ import annotations

from colonnade.schema import TABLE_OWNER, Schema
from colonnade.sql.identifier import quote


def created_roles(schema: Schema, role: str) -> tuple[str, ...]:
    """Return the application role and the others that privileges are for; none when there is no application role."""
    if not role:
        return ()
    granted = {each.role for table in schema.owned_tables for each in table.grants}
    return (role, *sorted(granted - {role, "public"}))


def role_name(role: str) -> str:
    """Return the role as an identifier, `PUBLIC` for everybody, a keyword for the table's owner, who creates it."""
    return "PUBLIC" if role == "public" else role if role == TABLE_OWNER else quote(role)
