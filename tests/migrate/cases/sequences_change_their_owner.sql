-- before
CREATE TABLE t (c int, d int, k int NOT NULL);
CREATE SEQUENCE let_go OWNED BY t.c;
CREATE SEQUENCE moved OWNED BY t.c;
CREATE SEQUENCE moved_with_another_step INCREMENT BY 5 OWNED BY t.c;
CREATE SEQUENCE "Kept" OWNED BY t.c;
CREATE SEQUENCE kept_of_a_column_that_goes OWNED BY t.d;
CREATE TABLE split (id serial, a int) PARTITION BY LIST (a);
INSERT INTO t VALUES (1, 2, 3);

-- after
CREATE TABLE t (c int, k int NOT NULL, e int);
CREATE SEQUENCE let_go;
CREATE SEQUENCE moved OWNED BY t.k;
CREATE SEQUENCE moved_with_another_step INCREMENT BY 7 OWNED BY t.e;
CREATE SEQUENCE "Kept" OWNED BY t.c;
CREATE SEQUENCE kept_of_a_column_that_goes OWNED BY t.c;
CREATE TABLE split (id serial, a int) PARTITION BY RANGE (a);
