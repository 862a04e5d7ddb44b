-- The whole schema, for an empty database. All or nothing:
--   psql -X -v ON_ERROR_STOP=1 --single-transaction -f schema.sql

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'taskboard_app') THEN
        BEGIN
            CREATE ROLE taskboard_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;  -- another session was faster
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'taskboard_app' AND (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION USING MESSAGE = 'role "taskboard_app" bypasses row-level security';
    END IF;
END
$$;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'taskboard_job') THEN
        BEGIN
            CREATE ROLE taskboard_job NOLOGIN NOSUPERUSER NOBYPASSRLS;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;  -- another session was faster
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'taskboard_job' AND (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION USING MESSAGE = 'role "taskboard_job" bypasses row-level security';
    END IF;
END
$$;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'taskboard_service') THEN
        BEGIN
            CREATE ROLE taskboard_service NOLOGIN NOSUPERUSER NOBYPASSRLS;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;  -- another session was faster
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'taskboard_service' AND (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION USING MESSAGE = 'role "taskboard_service" bypasses row-level security';
    END IF;
END
$$;

CREATE TYPE task_priority AS ENUM ('low', 'medium', 'high', 'urgent');

CREATE TABLE users (
    id            uuid                     NOT NULL DEFAULT gen_random_uuid(),
    created_at    timestamp with time zone NOT NULL DEFAULT now(),
    updated_at    timestamp with time zone NOT NULL DEFAULT now(),
    is_active     boolean                  NOT NULL DEFAULT true,
    email         text                     NOT NULL,
    password_hash text                     NOT NULL,
    display_name  text                     NOT NULL,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT ck_users_display_name_length CHECK (char_length(display_name) BETWEEN 1 AND 80),
    CONSTRAINT ck_users_display_name_trimmed CHECK (display_name = btrim(display_name)),
    CONSTRAINT ck_users_email_email CHECK (email ~ '^[^@\s]+@[^@\s]+$'),
    CONSTRAINT ck_users_email_length CHECK (char_length(email) <= 254)
);
CREATE UNIQUE INDEX uq_users_email ON users (lower(email));

CREATE TABLE tasks (
    id           uuid                     NOT NULL DEFAULT gen_random_uuid(),
    version      bigint                   NOT NULL DEFAULT 1,
    created_at   timestamp with time zone NOT NULL DEFAULT now(),
    updated_at   timestamp with time zone NOT NULL DEFAULT now(),
    due_at       timestamp with time zone,
    completed_at timestamp with time zone,
    priority     task_priority            NOT NULL DEFAULT 'medium'::task_priority,
    user_id      uuid                     NOT NULL,
    assignee_id  uuid,
    parent_id    uuid,
    title        text                     NOT NULL,
    status       text                     NOT NULL DEFAULT 'pending',
    description  text,
    CONSTRAINT pk_tasks PRIMARY KEY (id),
    CONSTRAINT ck_tasks_description_length CHECK (char_length(description) <= 10000),
    CONSTRAINT ck_tasks_status_completed_at CHECK ((status = 'done') = (completed_at is not null)),
    CONSTRAINT ck_tasks_status_values CHECK (status IN ('pending', 'in_progress', 'done', 'cancelled')),
    CONSTRAINT ck_tasks_title_length CHECK (char_length(title) BETWEEN 1 AND 200),
    CONSTRAINT ck_tasks_title_trimmed CHECK (title = btrim(title)),
    CONSTRAINT fk_tasks_assignee_id_users
        FOREIGN KEY (assignee_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_tasks_parent_id_tasks FOREIGN KEY (parent_id) REFERENCES tasks (id) ON DELETE SET NULL,
    CONSTRAINT fk_tasks_user_id_users FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_tasks_assignee_id_user_id_created_at
    ON tasks (assignee_id, user_id, created_at DESC, id DESC);
CREATE INDEX ix_tasks_due_at ON tasks (due_at, id) WHERE status <> 'done' AND status <> 'cancelled';
CREATE INDEX ix_tasks_parent_id_user_id_created_at
    ON tasks (parent_id, user_id, created_at DESC, id DESC);
CREATE INDEX ix_tasks_user_id_created_at ON tasks (user_id, created_at DESC, id DESC);
CREATE INDEX ix_tasks_user_id_due_at ON tasks (user_id, due_at, id);
CREATE INDEX ix_tasks_user_id_priority_created_at
    ON tasks (user_id, priority DESC, created_at DESC, id DESC);
CREATE INDEX ix_tasks_user_id_status_created_at ON tasks (user_id, status, created_at DESC, id DESC);

CREATE TABLE comments (
    id         uuid                     NOT NULL DEFAULT gen_random_uuid(),
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    user_id    uuid                     NOT NULL,
    task_id    uuid                     NOT NULL,
    body       text                     NOT NULL,
    CONSTRAINT pk_comments PRIMARY KEY (id),
    CONSTRAINT ck_comments_body_length CHECK (char_length(body) BETWEEN 1 AND 4000),
    CONSTRAINT ck_comments_body_trimmed CHECK (body = btrim(body)),
    CONSTRAINT fk_comments_task_id_tasks FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT fk_comments_user_id_users FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_comments_task_id_user_id_created_at ON comments (task_id, user_id, created_at, id);
CREATE INDEX ix_comments_user_id ON comments (user_id);

CREATE TABLE profiles (
    user_id    uuid                     NOT NULL,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    time_zone  text                     NOT NULL DEFAULT 'UTC',
    bio        text,
    avatar_url text,
    CONSTRAINT pk_profiles PRIMARY KEY (user_id),
    CONSTRAINT ck_profiles_avatar_url_length CHECK (char_length(avatar_url) <= 2048),
    CONSTRAINT ck_profiles_avatar_url_pattern CHECK (avatar_url ~ '^https?://'),
    CONSTRAINT ck_profiles_bio_length CHECK (char_length(bio) <= 2000),
    CONSTRAINT ck_profiles_time_zone_length CHECK (char_length(time_zone) BETWEEN 1 AND 64),
    CONSTRAINT fk_profiles_user_id_users FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE sessions (
    id         uuid                     NOT NULL DEFAULT gen_random_uuid(),
    expires_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    user_id    uuid                     NOT NULL,
    token_hash text                     NOT NULL,
    user_agent text,
    CONSTRAINT pk_sessions PRIMARY KEY (id),
    CONSTRAINT uq_sessions_token_hash UNIQUE (token_hash),
    CONSTRAINT ck_sessions_expires_at_created_at CHECK (expires_at > created_at),
    CONSTRAINT ck_sessions_token_hash_length CHECK (char_length(token_hash) = 64),
    CONSTRAINT ck_sessions_user_agent_length CHECK (char_length(user_agent) <= 400),
    CONSTRAINT fk_sessions_user_id_users FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_sessions_expires_at ON sessions (expires_at, id);
CREATE INDEX ix_sessions_user_id ON sessions (user_id);

CREATE TABLE tags (
    id         uuid                     NOT NULL DEFAULT gen_random_uuid(),
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    user_id    uuid                     NOT NULL,
    name       text                     NOT NULL,
    color      text                     NOT NULL DEFAULT '#3B82F6',
    CONSTRAINT pk_tags PRIMARY KEY (id),
    CONSTRAINT ck_tags_color_pattern CHECK (color ~ '^#[0-9A-Fa-f]{6}$'),
    CONSTRAINT ck_tags_name_length CHECK (char_length(name) BETWEEN 1 AND 50),
    CONSTRAINT ck_tags_name_trimmed CHECK (name = btrim(name)),
    CONSTRAINT fk_tags_user_id_users FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX uq_tags_user_id_name ON tags (user_id, lower(name));

CREATE TABLE task_tags (
    task_id     uuid NOT NULL,
    tag_id      uuid NOT NULL,
    attached_by text NOT NULL DEFAULT 'human',
    CONSTRAINT pk_task_tags PRIMARY KEY (task_id, tag_id),
    CONSTRAINT ck_task_tags_attached_by_values CHECK (attached_by IN ('ai', 'human')),
    CONSTRAINT fk_task_tags_tag_id_tags FOREIGN KEY (tag_id) REFERENCES tags (id) ON DELETE CASCADE,
    CONSTRAINT fk_task_tags_task_id_tasks FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE
);
CREATE INDEX ix_task_tags_tag_id_task_id ON task_tags (tag_id, task_id);

CREATE FUNCTION raise_version() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;

CREATE FUNCTION set_updated_at() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE FUNCTION tasks_parent_id_own() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF NEW.parent_id IS NOT NULL AND NOT EXISTS (SELECT FROM public.tasks AS target WHERE target.id = NEW.parent_id) THEN
        RAISE EXCEPTION '"%" refers to a row of "%" that is not the caller''s',
            TG_TABLE_NAME, 'tasks'
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = TG_NAME,
                TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER users_set_updated_at
    BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TRIGGER tasks_parent_id_own
    AFTER INSERT OR UPDATE OF parent_id ON tasks
    FOR EACH ROW EXECUTE FUNCTION tasks_parent_id_own();
CREATE TRIGGER tasks_raise_version
    BEFORE UPDATE ON tasks
    FOR EACH ROW EXECUTE FUNCTION raise_version();
CREATE TRIGGER tasks_set_updated_at
    BEFORE UPDATE ON tasks
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TRIGGER comments_set_updated_at
    BEFORE UPDATE ON comments
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TRIGGER profiles_set_updated_at
    BEFORE UPDATE ON profiles
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TRIGGER sessions_set_updated_at
    BEFORE UPDATE ON sessions
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TRIGGER tags_set_updated_at
    BEFORE UPDATE ON tags
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- Row-level security

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY users_isolation ON users
    FOR ALL TO taskboard_app
    USING (id = (SELECT nullif(current_setting('colonnade.user_id', true), '')::uuid))
    WITH CHECK (id = (SELECT nullif(current_setting('colonnade.user_id', true), '')::uuid));
CREATE POLICY users_service ON users
    FOR SELECT TO taskboard_service
    USING (true);

ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks FORCE ROW LEVEL SECURITY;
CREATE POLICY tasks_isolation ON tasks
    FOR ALL TO taskboard_app
    USING (user_id = (SELECT nullif(current_setting('colonnade.user_id', true), '')::uuid))
    WITH CHECK (user_id = (SELECT nullif(current_setting('colonnade.user_id', true), '')::uuid));
CREATE POLICY tasks_job ON tasks
    FOR SELECT TO taskboard_job
    USING (true);

ALTER TABLE comments ENABLE ROW LEVEL SECURITY;
ALTER TABLE comments FORCE ROW LEVEL SECURITY;
CREATE POLICY comments_isolation ON comments
    FOR ALL TO taskboard_app
    USING (user_id = (SELECT nullif(current_setting('colonnade.user_id', true), '')::uuid))
    WITH CHECK (user_id = (SELECT nullif(current_setting('colonnade.user_id', true), '')::uuid)
        AND EXISTS (SELECT 1 FROM tasks WHERE tasks.id = comments.task_id AND tasks.user_id = (SELECT nullif(current_setting('colonnade.user_id', true), '')::uuid)));

ALTER TABLE profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE profiles FORCE ROW LEVEL SECURITY;
CREATE POLICY profiles_isolation ON profiles
    FOR ALL TO taskboard_app
    USING (user_id = (SELECT nullif(current_setting('colonnade.user_id', true), '')::uuid))
    WITH CHECK (user_id = (SELECT nullif(current_setting('colonnade.user_id', true), '')::uuid));

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY sessions_isolation ON sessions
    FOR ALL TO taskboard_app
    USING (user_id = (SELECT nullif(current_setting('colonnade.user_id', true), '')::uuid))
    WITH CHECK (user_id = (SELECT nullif(current_setting('colonnade.user_id', true), '')::uuid));
CREATE POLICY sessions_job ON sessions
    FOR SELECT TO taskboard_job
    USING (true);
CREATE POLICY sessions_service ON sessions
    FOR SELECT TO taskboard_service
    USING (true);

ALTER TABLE tags ENABLE ROW LEVEL SECURITY;
ALTER TABLE tags FORCE ROW LEVEL SECURITY;
CREATE POLICY tags_isolation ON tags
    FOR ALL TO taskboard_app
    USING (user_id = (SELECT nullif(current_setting('colonnade.user_id', true), '')::uuid))
    WITH CHECK (user_id = (SELECT nullif(current_setting('colonnade.user_id', true), '')::uuid));

ALTER TABLE task_tags ENABLE ROW LEVEL SECURITY;
ALTER TABLE task_tags FORCE ROW LEVEL SECURITY;
CREATE POLICY task_tags_isolation ON task_tags
    FOR ALL TO taskboard_app
    USING (EXISTS (SELECT 1 FROM tasks WHERE tasks.id = task_tags.task_id AND tasks.user_id = (SELECT nullif(current_setting('colonnade.user_id', true), '')::uuid)))
    WITH CHECK (EXISTS (SELECT 1 FROM tasks WHERE tasks.id = task_tags.task_id AND tasks.user_id = (SELECT nullif(current_setting('colonnade.user_id', true), '')::uuid))
        AND EXISTS (SELECT 1 FROM tags WHERE tags.id = task_tags.tag_id AND tags.user_id = (SELECT nullif(current_setting('colonnade.user_id', true), '')::uuid)));

-- Privileges

GRANT USAGE ON SCHEMA public TO taskboard_app;
GRANT USAGE ON SCHEMA public TO taskboard_job;
GRANT USAGE ON SCHEMA public TO taskboard_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON users TO taskboard_app;
GRANT SELECT ON users TO taskboard_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON tasks TO taskboard_app;
GRANT SELECT ON tasks TO taskboard_job;
GRANT SELECT, INSERT, UPDATE, DELETE ON comments TO taskboard_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON profiles TO taskboard_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO taskboard_app;
GRANT SELECT ON sessions TO taskboard_job;
GRANT SELECT ON sessions TO taskboard_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON tags TO taskboard_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON task_tags TO taskboard_app;

-- Comments

COMMENT ON TABLE comments IS 'A remark on a task.';
COMMENT ON TABLE profiles IS 'What a person tells about themselves.';
COMMENT ON TABLE sessions IS 'A sign-in on one device, swept away once it has expired.';
COMMENT ON COLUMN sessions.token_hash IS 'SHA-256 of the token in hexadecimal; the token itself is stored nowhere';
COMMENT ON TABLE tags IS 'A word of one user''s own to sort tasks by.';
COMMENT ON TABLE tasks IS 'Something to do, alone or as a part of another task.';
COMMENT ON COLUMN tasks.due_at IS 'When it should be done';
COMMENT ON COLUMN tasks.completed_at IS 'When it was done; empty until then';
COMMENT ON TABLE users IS 'A person who signs in; owns everything else.';
COMMENT ON FUNCTION raise_version() IS 'Counts the updates of a row, for optimistic locking.';
COMMENT ON FUNCTION set_updated_at() IS 'Keeps updated_at at the time of the last update.';
COMMENT ON FUNCTION tasks_parent_id_own() IS 'Lets parent_id refer only to rows that the writer may see.';
