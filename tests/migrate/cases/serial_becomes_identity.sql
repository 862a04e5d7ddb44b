-- before
CREATE TABLE t (id serial PRIMARY KEY, name text);
INSERT INTO t (name) VALUES ('a'), ('b');

-- after
CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);
