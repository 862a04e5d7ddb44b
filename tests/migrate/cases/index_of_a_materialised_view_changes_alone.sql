-- before
CREATE TABLE t (id int PRIMARY KEY, a int, b text);
INSERT INTO t VALUES (1, 2, 'x'), (2, 3, 'y');
CREATE MATERIALIZED VIEW m AS SELECT id, a, b FROM t;
CREATE INDEX m_a ON m (a);
CREATE INDEX m_b ON m (b) WITH (fillfactor = 70);
CREATE INDEX m_name ON m (id, a);
CREATE INDEX m_gone ON m (lower(b));

-- after
CREATE TABLE t (id int PRIMARY KEY, a int, b text);
INSERT INTO t VALUES (1, 2, 'x'), (2, 3, 'y');
CREATE MATERIALIZED VIEW m AS SELECT id, a, b FROM t;
CREATE UNIQUE INDEX m_a ON m (a);
CREATE INDEX m_b ON m (b) WITH (fillfactor = 80);
CREATE INDEX m_another_name ON m (id, a);
CREATE INDEX m_new ON m USING gin (to_tsvector('simple', b));
