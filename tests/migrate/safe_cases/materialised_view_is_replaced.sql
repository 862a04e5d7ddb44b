-- before
CREATE TABLE t (id bigint PRIMARY KEY, a text, b text);
INSERT INTO t SELECT g, g::text, NULL FROM generate_series(1, 50) g;
CREATE MATERIALIZED VIEW m AS SELECT id, a FROM t;
CREATE UNIQUE INDEX i ON m (id);
CREATE INDEX j ON m (a);
CREATE VIEW becomes_materialised AS SELECT id FROM t;
GRANT SELECT ON becomes_materialised TO PUBLIC;
CREATE MATERIALIZED VIEW is_read AS SELECT id, a FROM t;
CREATE UNIQUE INDEX k ON is_read (id);
CREATE VIEW reads AS SELECT a FROM is_read;

-- after
CREATE TABLE t (id bigint PRIMARY KEY, a text, b text);
CREATE MATERIALIZED VIEW m AS SELECT id, a, b FROM t;
CREATE UNIQUE INDEX i ON m (id);
CREATE INDEX j ON m (a, b);
COMMENT ON MATERIALIZED VIEW m IS 'x';
COMMENT ON INDEX j IS 'x';
GRANT SELECT ON m TO PUBLIC;
CREATE MATERIALIZED VIEW becomes_materialised AS SELECT id FROM t;
CREATE INDEX l ON becomes_materialised (id);
CREATE MATERIALIZED VIEW is_read AS SELECT id, a, b FROM t;
CREATE UNIQUE INDEX k ON is_read (id);
CREATE VIEW reads AS SELECT a FROM is_read;
CREATE VIEW also_reads AS SELECT b FROM m;
