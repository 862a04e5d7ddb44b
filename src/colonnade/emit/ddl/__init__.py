"""Plain DDL: what a careful administrator would write by hand for the same schema."""

from colonnade.emit.ddl.constraints import constraint_body, constraint_clause
from colonnade.emit.ddl.objects import create_enum, create_extension, create_role
from colonnade.emit.ddl.privileges import grants_on_namespace, grants_on_table
from colonnade.emit.ddl.programs import (
    create_function,
    create_policy,
    create_trigger,
    row_security,
)
from colonnade.emit.ddl.roles import created_roles
from colonnade.emit.ddl.script import script, stand_in, statements, stubs
from colonnade.emit.ddl.tables import create_index, create_table

__all__ = [
    "constraint_body",
    "constraint_clause",
    "create_enum",
    "create_extension",
    "create_function",
    "create_index",
    "create_policy",
    "create_role",
    "create_table",
    "create_trigger",
    "created_roles",
    "grants_on_namespace",
    "grants_on_table",
    "row_security",
    "script",
    "stand_in",
    "statements",
    "stubs",
]
