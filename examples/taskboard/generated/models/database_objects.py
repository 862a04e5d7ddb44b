"""What SQLAlchemy's tables cannot say, in SQL.

`create_all` runs these statements: some before it creates tables, some after them, and
those of a table when it has created that table.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from .base import Model

BEFORE_TABLES: list[str] = [
    """\
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'taskboard_app')
        THEN
        BEGIN
            CREATE ROLE taskboard_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
                -- another session was faster
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'taskboard_app' AND
        (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION USING MESSAGE =
            'role "taskboard_app" bypasses row-level security';
    END IF;
END
$$""",
    """\
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'taskboard_job')
        THEN
        BEGIN
            CREATE ROLE taskboard_job NOLOGIN NOSUPERUSER NOBYPASSRLS;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
                -- another session was faster
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'taskboard_job' AND
        (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION USING MESSAGE =
            'role "taskboard_job" bypasses row-level security';
    END IF;
END
$$""",
    """\
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname =
        'taskboard_service') THEN
        BEGIN
            CREATE ROLE taskboard_service NOLOGIN NOSUPERUSER NOBYPASSRLS;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
                -- another session was faster
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'taskboard_service'
        AND (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION USING MESSAGE =
            'role "taskboard_service" bypasses row-level security';
    END IF;
END
$$""",
    """\
CREATE OR REPLACE FUNCTION raise_version() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$""",
    """\
CREATE OR REPLACE FUNCTION set_updated_at() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$""",
    (
        "CREATE OR REPLACE FUNCTION tasks_parent_id_own() RETURNS trigger\n"
        "    LANGUAGE plpgsql\n"
        "AS $$\n"
        "BEGIN\n"
        "    IF NEW.parent_id IS NOT NULL AND NOT EXISTS (SELECT FROM public.tasks AS "
        "target WHERE target.id = NEW.parent_id) THEN\n"
        '        RAISE EXCEPTION \'"%" refers to a row of "%" that is not the '
        "caller''s',\n"
        "            TG_TABLE_NAME, 'tasks'\n"
        "            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = "
        "TG_NAME,\n"
        "                TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;\n"
        "    END IF;\n"
        "    RETURN NULL;\n"
        "END\n"
        "$$"
    ),
]
OF_TABLES: dict[str, list[str]] = {
    "comments": [
        """\
CREATE TRIGGER comments_set_updated_at
    BEFORE UPDATE ON comments
    FOR EACH ROW EXECUTE FUNCTION set_updated_at()""",
        "ALTER TABLE comments ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE comments FORCE ROW LEVEL SECURITY",
        """\
CREATE POLICY comments_isolation ON comments
    FOR ALL TO taskboard_app
    USING (user_id = (SELECT nullif(current_setting('colonnade.user_id', true),
        '')::uuid))
    WITH CHECK (user_id = (SELECT nullif(current_setting('colonnade.user_id', true),
        '')::uuid)
        AND EXISTS (SELECT 1 FROM tasks WHERE tasks.id = comments.task_id AND
            tasks.user_id = (SELECT nullif(current_setting('colonnade.user_id',
            true), '')::uuid)))""",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON comments TO taskboard_app",
    ],
    "profiles": [
        """\
CREATE TRIGGER profiles_set_updated_at
    BEFORE UPDATE ON profiles
    FOR EACH ROW EXECUTE FUNCTION set_updated_at()""",
        "ALTER TABLE profiles ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE profiles FORCE ROW LEVEL SECURITY",
        """\
CREATE POLICY profiles_isolation ON profiles
    FOR ALL TO taskboard_app
    USING (user_id = (SELECT nullif(current_setting('colonnade.user_id', true),
        '')::uuid))
    WITH CHECK (user_id = (SELECT nullif(current_setting('colonnade.user_id', true),
        '')::uuid))""",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON profiles TO taskboard_app",
    ],
    "sessions": [
        """\
CREATE TRIGGER sessions_set_updated_at
    BEFORE UPDATE ON sessions
    FOR EACH ROW EXECUTE FUNCTION set_updated_at()""",
        "ALTER TABLE sessions ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE sessions FORCE ROW LEVEL SECURITY",
        """\
CREATE POLICY sessions_isolation ON sessions
    FOR ALL TO taskboard_app
    USING (user_id = (SELECT nullif(current_setting('colonnade.user_id', true),
        '')::uuid))
    WITH CHECK (user_id = (SELECT nullif(current_setting('colonnade.user_id', true),
        '')::uuid))""",
        """\
CREATE POLICY sessions_job ON sessions
    FOR SELECT TO taskboard_job
    USING (true)""",
        """\
CREATE POLICY sessions_service ON sessions
    FOR SELECT TO taskboard_service
    USING (true)""",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO taskboard_app",
        "GRANT SELECT ON sessions TO taskboard_job",
        "GRANT SELECT ON sessions TO taskboard_service",
    ],
    "tags": [
        """\
CREATE TRIGGER tags_set_updated_at
    BEFORE UPDATE ON tags
    FOR EACH ROW EXECUTE FUNCTION set_updated_at()""",
        "ALTER TABLE tags ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE tags FORCE ROW LEVEL SECURITY",
        """\
CREATE POLICY tags_isolation ON tags
    FOR ALL TO taskboard_app
    USING (user_id = (SELECT nullif(current_setting('colonnade.user_id', true),
        '')::uuid))
    WITH CHECK (user_id = (SELECT nullif(current_setting('colonnade.user_id', true),
        '')::uuid))""",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON tags TO taskboard_app",
    ],
    "task_tags": [
        "ALTER TABLE task_tags ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE task_tags FORCE ROW LEVEL SECURITY",
        """\
CREATE POLICY task_tags_isolation ON task_tags
    FOR ALL TO taskboard_app
    USING (EXISTS (SELECT 1 FROM tasks WHERE tasks.id = task_tags.task_id AND
        tasks.user_id = (SELECT nullif(current_setting('colonnade.user_id', true),
        '')::uuid)))
    WITH CHECK (EXISTS (SELECT 1 FROM tasks WHERE tasks.id = task_tags.task_id AND
        tasks.user_id = (SELECT nullif(current_setting('colonnade.user_id', true),
        '')::uuid))
        AND EXISTS (SELECT 1 FROM tags WHERE tags.id = task_tags.tag_id AND
            tags.user_id = (SELECT nullif(current_setting('colonnade.user_id',
            true), '')::uuid)))""",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON task_tags TO taskboard_app",
    ],
    "tasks": [
        """\
CREATE TRIGGER tasks_parent_id_own
    AFTER INSERT OR UPDATE OF parent_id ON tasks
    FOR EACH ROW EXECUTE FUNCTION tasks_parent_id_own()""",
        """\
CREATE TRIGGER tasks_raise_version
    BEFORE UPDATE ON tasks
    FOR EACH ROW EXECUTE FUNCTION raise_version()""",
        """\
CREATE TRIGGER tasks_set_updated_at
    BEFORE UPDATE ON tasks
    FOR EACH ROW EXECUTE FUNCTION set_updated_at()""",
        "ALTER TABLE tasks ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE tasks FORCE ROW LEVEL SECURITY",
        """\
CREATE POLICY tasks_isolation ON tasks
    FOR ALL TO taskboard_app
    USING (user_id = (SELECT nullif(current_setting('colonnade.user_id', true),
        '')::uuid))
    WITH CHECK (user_id = (SELECT nullif(current_setting('colonnade.user_id', true),
        '')::uuid))""",
        """\
CREATE POLICY tasks_job ON tasks
    FOR SELECT TO taskboard_job
    USING (true)""",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON tasks TO taskboard_app",
        "GRANT SELECT ON tasks TO taskboard_job",
    ],
    "users": [
        """\
CREATE TRIGGER users_set_updated_at
    BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION set_updated_at()""",
        "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE users FORCE ROW LEVEL SECURITY",
        """\
CREATE POLICY users_isolation ON users
    FOR ALL TO taskboard_app
    USING (id = (SELECT nullif(current_setting('colonnade.user_id', true),
        '')::uuid))
    WITH CHECK (id = (SELECT nullif(current_setting('colonnade.user_id', true),
        '')::uuid))""",
        """\
CREATE POLICY users_service ON users
    FOR SELECT TO taskboard_service
    USING (true)""",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON users TO taskboard_app",
        "GRANT SELECT ON users TO taskboard_service",
    ],
}
AFTER_TABLES: list[str] = [
    "GRANT USAGE ON SCHEMA public TO taskboard_app",
    "GRANT USAGE ON SCHEMA public TO taskboard_job",
    "GRANT USAGE ON SCHEMA public TO taskboard_service",
    (
        "COMMENT ON FUNCTION raise_version() IS 'Counts the updates of a row, for "
        "optimistic locking.'"
    ),
    (
        "COMMENT ON FUNCTION set_updated_at() IS 'Keeps updated_at at the time of the "
        "last update.'"
    ),
    (
        "COMMENT ON FUNCTION tasks_parent_id_own() IS 'Lets parent_id refer only to "
        "rows that the writer may see.'"
    ),
]


@event.listens_for(Model.metadata, "before_create")
def _before_create(_: sa.MetaData, connection: sa.Connection, **__: Any) -> None:
    """Create what tables need."""
    _run(connection, BEFORE_TABLES)


@event.listens_for(Model.metadata, "after_create")
def _after_create(
    _: sa.MetaData, connection: sa.Connection, tables: Iterable[sa.Table], **__: Any
) -> None:
    """Create what belongs to the new tables, then what needs all of them."""
    for table in tables:
        _run(connection, OF_TABLES.get(table.key, []))
    _run(connection, AFTER_TABLES)


def _run(connection: sa.Connection, statements: list[str]) -> None:
    """Run the statements as they stand; without parameters a `%` is just a `%`."""
    for statement in statements:
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
