-- before
CREATE TYPE e AS ENUM ('b', 'd');
CREATE TABLE t (id int PRIMARY KEY, x e DEFAULT 'b');
INSERT INTO t VALUES (1);

-- after
CREATE TYPE e AS ENUM ('a', 'b', 'c', 'd', 'e');
CREATE TABLE t (id int PRIMARY KEY, x e DEFAULT 'c' CHECK (x <> 'e'));
