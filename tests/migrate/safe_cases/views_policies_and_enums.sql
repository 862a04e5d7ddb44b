-- before
CREATE TYPE mood AS ENUM ('sad');
CREATE TABLE t (id bigint PRIMARY KEY, a varchar(10), m mood DEFAULT 'sad');
CREATE VIEW v AS SELECT a, m FROM t;
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (a <> '');
INSERT INTO t VALUES (1, 'x', 'sad');

-- after
CREATE TYPE mood AS ENUM ('bad', 'sad', 'glad');
CREATE TABLE t (id bigint PRIMARY KEY, a text, m mood DEFAULT 'glad');
CREATE VIEW v AS SELECT a, m, id FROM t;
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (a <> 'x');
