-- before
CREATE TYPE mood AS ENUM ('a', 'b', 'c');
CREATE TYPE address AS (street text, zip text, old int);
CREATE TYPE pair AS (x int, y text, m mood);
CREATE TYPE single AS (v text);
CREATE TYPE span AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = float8mi);
CREATE TYPE words AS RANGE (SUBTYPE = text, COLLATION = "C");
CREATE TABLE t (id int, a address, p pair, aa address[], s span, w words, ms span_multirange, v single DEFAULT ROW('x'));
INSERT INTO t VALUES (1, ROW('s', '9', 1), ROW(5, '7', 'a'), ARRAY[ROW('s', '9', 1)::address], '[1,2)', '[a,b]', '{[1,2)}');
CREATE VIEW v AS SELECT (p).x, s FROM t;
COMMENT ON TYPE address IS 'where';
COMMENT ON COLUMN address.zip IS 'code';
COMMENT ON TYPE span IS 'from, to';
-- after
CREATE TYPE mood AS ENUM ('a', 'b');
CREATE TYPE address AS (street text, zip text, "Country" varchar(2) COLLATE "C");
CREATE TYPE pair AS (y int, x bigint, m mood);
CREATE TYPE triple AS (p pair, s int);
CREATE TYPE span AS RANGE (SUBTYPE = float8);
CREATE TYPE words AS RANGE (SUBTYPE = text, COLLATION = "POSIX", MULTIRANGE_TYPE_NAME = "Many words");
CREATE TYPE later AS RANGE (SUBTYPE = date);
CREATE TABLE t (id int, a address, p pair, aa address[], s span, w words, ms span_multirange);
CREATE VIEW v AS SELECT (p).x, s FROM t;
COMMENT ON COLUMN address.street IS 'name';
COMMENT ON TYPE words IS 'texts';
GRANT USAGE ON TYPE address TO diff_reader;
ALTER TYPE pair OWNER TO diff_writer;
REVOKE USAGE ON TYPE span FROM PUBLIC;
