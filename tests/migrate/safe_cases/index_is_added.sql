-- before
CREATE TABLE t (id bigint PRIMARY KEY, a text, b text);
INSERT INTO t SELECT g, g::text, NULL FROM generate_series(1, 50) g;

-- after
CREATE TABLE t (id bigint PRIMARY KEY, a text, b text);
CREATE INDEX i ON t (a DESC NULLS LAST) INCLUDE (b) WHERE b IS NOT NULL;
CREATE UNIQUE INDEX u ON t (lower(a));
COMMENT ON INDEX i IS 'found by : and %';
