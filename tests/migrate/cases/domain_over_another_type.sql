-- before
CREATE DOMAIN code AS varchar(10) CHECK (VALUE <> '') ;
CREATE TABLE t (id int PRIMARY KEY, c code NOT NULL DEFAULT 'x', u code UNIQUE);
INSERT INTO t VALUES (1, '12', '7');

-- after
CREATE DOMAIN code AS integer CHECK (VALUE > 0);
CREATE TABLE t (id int PRIMARY KEY, c code NOT NULL DEFAULT 1, u code UNIQUE);
