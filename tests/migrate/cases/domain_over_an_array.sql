-- before
CREATE DOMAIN words AS text[] CHECK (cardinality(VALUE) < 9);
CREATE TABLE t (w words NOT NULL) PARTITION BY RANGE (w);
CREATE TABLE t_all PARTITION OF t DEFAULT;
CREATE TABLE u (id int PRIMARY KEY, w words);
INSERT INTO u VALUES (1, '{a}');

-- after
CREATE TABLE u (id int PRIMARY KEY, w text[]);
