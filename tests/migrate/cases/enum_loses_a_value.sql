-- before
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN moody AS mood CHECK (VALUE <> 'sad');
CREATE TABLE t (id int PRIMARY KEY, m mood NOT NULL DEFAULT 'ok' CHECK (m <> 'sad'), d moody, l mood[]);
CREATE INDEX i ON t (id) WHERE m = 'ok';
CREATE VIEW v AS SELECT id, m FROM t WHERE m = 'happy';
CREATE FUNCTION f(m mood) RETURNS int LANGUAGE sql AS 'SELECT 1';
INSERT INTO t VALUES (1, 'happy', 'ok', '{ok,happy}'), (2, 'ok', NULL, NULL);

-- after
CREATE TYPE mood AS ENUM ('happy', 'ok');
CREATE DOMAIN moody AS mood CHECK (VALUE <> 'happy');
CREATE TABLE t (id int PRIMARY KEY, m mood NOT NULL DEFAULT 'ok' CHECK (m IS NOT NULL), d moody, l mood[]);
CREATE INDEX i ON t (id) WHERE m = 'ok';
CREATE VIEW v AS SELECT id, m FROM t WHERE m = 'happy';
CREATE FUNCTION f(m mood) RETURNS int LANGUAGE sql AS 'SELECT 1';
