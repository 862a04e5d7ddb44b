-- before
CREATE TABLE t (id bigint PRIMARY KEY, a text, b text);
CREATE INDEX i ON t (a);
INSERT INTO t SELECT g, g::text, NULL FROM generate_series(1, 50) g;

-- after
CREATE TABLE t (id bigint PRIMARY KEY, a text, b text);
CREATE INDEX i ON t (a, b);
COMMENT ON INDEX i IS 'the new one';
