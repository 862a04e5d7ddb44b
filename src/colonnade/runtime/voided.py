"""Isolation that a role does not have, because another policy shows it every row."""

from __future__ import annotations

_HOLDS = """(0 = ANY ({policy}.polroles) OR EXISTS (
                  SELECT FROM unnest({policy}.polroles) AS granted (role)
                  WHERE role <> 0 AND pg_has_role(r.oid, role, 'USAGE')))"""
VOIDED = f"""ARRAY(SELECT DISTINCT every.polrelid::regclass::text
             FROM pg_policy every
             JOIN pg_policy own ON own.polrelid = every.polrelid
             JOIN pg_class c ON c.oid = every.polrelid AND c.relrowsecurity
             WHERE every.polpermissive AND every.polcmd IN ('*', 'r')
               AND pg_get_expr(every.polqual, every.polrelid) = 'true'
               AND own.polpermissive AND own.polcmd IN ('*', 'r')
               AND pg_get_expr(own.polqual, own.polrelid) <> 'true'
               AND {_HOLDS.format(policy="every")}
               AND {_HOLDS.format(policy="own")}
             ORDER BY 1)"""  # noqa: S608 - our own text
"""SQL for the isolated tables of which the role `r`, a row of pg_roles, sees all rows: permissive policies add up."""
