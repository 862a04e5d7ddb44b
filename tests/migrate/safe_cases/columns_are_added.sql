-- before
CREATE TABLE t (id bigint PRIMARY KEY);
INSERT INTO t SELECT g FROM generate_series(1, 50) g;

-- after
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE t (id bigint PRIMARY KEY, a uuid NOT NULL DEFAULT gen_random_uuid(), b int NOT NULL DEFAULT 5, m mood);
CREATE TABLE v (id bigint PRIMARY KEY, t_id bigint NOT NULL REFERENCES t);
CREATE INDEX i ON v (t_id);
ALTER TABLE v ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON v USING (t_id > 0);
