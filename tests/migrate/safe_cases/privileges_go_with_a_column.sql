-- before
CREATE TABLE t (id bigint PRIMARY KEY, a int, b int);
GRANT SELECT (a, b), UPDATE (b) ON t TO PUBLIC;
-- after
CREATE TABLE t (id bigint PRIMARY KEY, a int);
GRANT SELECT (a) ON t TO PUBLIC;
