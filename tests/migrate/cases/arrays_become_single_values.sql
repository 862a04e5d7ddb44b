-- before
CREATE TYPE e AS ENUM ('a', 'b');
CREATE TABLE t (id int, x text[], y varchar(9)[], z int, n int[]);
INSERT INTO t (id) VALUES (1);
-- after
CREATE TYPE e AS ENUM ('a', 'b');
CREATE TABLE t (id int, x e, y e[], z text[], n text[]);
