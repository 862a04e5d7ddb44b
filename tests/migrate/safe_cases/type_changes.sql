-- before
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL DEFAULT 3, b text, CONSTRAINT c CHECK (a > 0));
CREATE INDEX i ON t (a, id) WHERE a > 5;
INSERT INTO t SELECT g, g, 'x' || g FROM generate_series(1, 50) g;

-- after
CREATE TABLE t (id bigint PRIMARY KEY, a bigint NOT NULL DEFAULT 4, b text, CONSTRAINT c CHECK (a > 0));
CREATE INDEX i ON t (a, id) WHERE a > 5;
