-- before
CREATE TABLE days (id integer PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (0) TO (100);
CREATE TABLE notes (day_id integer REFERENCES days, first_id integer REFERENCES days_1);
CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL UNIQUE);
CREATE TABLE tasks (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id integer NOT NULL CONSTRAINT fk_tasks_user REFERENCES users ON DELETE CASCADE,
    parent_id integer REFERENCES tasks ON DELETE SET NULL (parent_id) DEFERRABLE,
    title text NOT NULL,
    UNIQUE NULLS NOT DISTINCT (parent_id, title) INCLUDE (user_id)
);
CREATE INDEX ix_tasks_user_id ON tasks (user_id, id DESC);
CREATE TABLE labels (user_id integer REFERENCES users, task_id integer REFERENCES tasks, PRIMARY KEY (user_id, task_id));
CREATE VIEW owners AS SELECT DISTINCT user_id FROM tasks;
ALTER TABLE labels ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON labels USING (user_id = current_setting('app.user_id')::int);
COMMENT ON CONSTRAINT users_pkey ON users IS 'a key';
COMMENT ON CONSTRAINT fk_tasks_user ON tasks IS 'whose it is';
INSERT INTO days SELECT generate_series(1, 9);
INSERT INTO notes SELECT g, g FROM generate_series(1, 9) g;
INSERT INTO users (email) SELECT g || '@example.com' FROM generate_series(1, 50) g;
INSERT INTO tasks (user_id, parent_id, title) SELECT g, nullif(g / 2, 0), 'x' || g FROM generate_series(1, 50) g;
INSERT INTO labels SELECT g, 51 - g FROM generate_series(1, 50) g;

-- after
CREATE TABLE days (id integer PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (0) TO (100);
CREATE TABLE notes (day_id bigint REFERENCES days, first_id bigint REFERENCES days_1);
CREATE TABLE users (id bigserial PRIMARY KEY, email text NOT NULL UNIQUE);
CREATE TABLE tasks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL CONSTRAINT fk_tasks_user REFERENCES users ON DELETE CASCADE,
    parent_id bigint REFERENCES tasks ON DELETE SET NULL (parent_id) DEFERRABLE,
    title text NOT NULL,
    UNIQUE NULLS NOT DISTINCT (parent_id, title) INCLUDE (user_id)
);
CREATE INDEX ix_tasks_user_id ON tasks (user_id, id DESC);
CREATE TABLE labels (user_id bigint REFERENCES users, task_id bigint REFERENCES tasks, PRIMARY KEY (user_id, task_id));
CREATE VIEW owners AS SELECT DISTINCT user_id FROM tasks;
ALTER TABLE labels ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON labels USING (user_id = current_setting('app.user_id')::int);
COMMENT ON CONSTRAINT users_pkey ON users IS 'a key';
COMMENT ON CONSTRAINT fk_tasks_user ON tasks IS 'whose it is';
