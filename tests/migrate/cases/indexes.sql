-- before
CREATE TABLE t (id int PRIMARY KEY, a text, b int, j jsonb);
CREATE INDEX renamed_from ON t (a, b DESC);
CREATE UNIQUE INDEX changed ON t (a) WHERE b > 1;
CREATE INDEX stored ON t (b) WITH (fillfactor = 70);
COMMENT ON INDEX stored IS 'x';
INSERT INTO t VALUES (1, 'a', 2, '{}');

-- after
CREATE TABLE t (id int PRIMARY KEY, a text, b int, j jsonb);
CREATE INDEX renamed_to ON t (a, b DESC);
CREATE UNIQUE INDEX changed ON t (lower(a) text_pattern_ops) INCLUDE (b) NULLS NOT DISTINCT WHERE b > 2;
CREATE INDEX stored ON t (b) WITH (deduplicate_items = off);
CREATE INDEX j ON t USING gin (j jsonb_path_ops);
CREATE STATISTICS st (ndistinct) ON a, b FROM t;
