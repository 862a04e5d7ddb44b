-- before
CREATE TABLE users (id serial PRIMARY KEY);
CREATE TABLE tasks (id bigint PRIMARY KEY, user_id integer NOT NULL REFERENCES users ON DELETE CASCADE);
INSERT INTO users SELECT g FROM generate_series(1, 50) g;
INSERT INTO tasks SELECT g, g FROM generate_series(1, 50) g;

-- after
CREATE TABLE users (id bigserial PRIMARY KEY);
CREATE TABLE tasks (id bigint PRIMARY KEY, user_id integer NOT NULL REFERENCES users ON DELETE CASCADE);
