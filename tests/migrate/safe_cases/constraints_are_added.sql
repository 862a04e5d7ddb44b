-- before
CREATE TABLE u (id bigint PRIMARY KEY);
CREATE TABLE t (id bigint PRIMARY KEY, a text, u_id bigint);
INSERT INTO u VALUES (1);
INSERT INTO t SELECT g, g::text, 1 FROM generate_series(1, 50) g;

-- after
CREATE TABLE u (id bigint PRIMARY KEY);
CREATE TABLE t (id bigint PRIMARY KEY, a text NOT NULL, u_id bigint REFERENCES u ON DELETE CASCADE, CHECK (a <> ''));
CREATE INDEX i ON t (u_id);
