-- before
CREATE TABLE t (id int PRIMARY KEY, a text COLLATE "C", b varchar(10), c numeric(10, 4), d timestamp);
CREATE INDEX i ON t (a);
INSERT INTO t VALUES (1, 'a', 'b', 1.5, '2024-01-01');

-- after
CREATE TABLE t (id int PRIMARY KEY, a text, b varchar(5) COLLATE "POSIX", c numeric(12, 2), d timestamptz);
CREATE INDEX i ON t (a);
