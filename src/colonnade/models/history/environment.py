"""An Alembic environment for a project that has none."""

from __future__ import annotations

from collections.abc import Mapping

_CONFIGURATION = """\
[alembic]
script_location = %(here)s/migrations
prepend_sys_path = .
path_separator = os
file_template = %%(year)d%%(month).2d%%(day).2d_%%(rev)s_%%(slug)s
"""
_ENVIRONMENT = """\
\"\"\"Where migrations run: the database that DATABASE_URL names.\"\"\"

import os

from alembic import context
from sqlalchemy import create_engine, make_url, pool


def url():
    given = make_url(os.environ.get("DATABASE_URL") or context.config.get_main_option("sqlalchemy.url"))
    plain = given.drivername in ("postgres", "postgresql")
    return given.set(drivername="postgresql+psycopg") if plain else given


if context.is_offline_mode():
    context.configure(dialect_name="postgresql", literal_binds=True, dialect_opts={"paramstyle": "named"})
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(url(), poolclass=pool.NullPool).connect() as connection:
        context.configure(connection=connection, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()
"""
_TEMPLATE = """\
\"\"\"${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}
\"\"\"

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
"""

ENVIRONMENT_FILES: Mapping[str, str] = {
    "alembic.ini": _CONFIGURATION,
    "migrations/env.py": _ENVIRONMENT,
    "migrations/script.py.mako": _TEMPLATE,
}
"""The files of the environment, by their paths in the project; DATABASE_URL says where it runs."""
