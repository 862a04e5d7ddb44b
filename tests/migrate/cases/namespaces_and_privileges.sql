-- before
CREATE SCHEMA old;
CREATE TYPE old.e AS ENUM ('a');
CREATE TABLE old.t (id int PRIMARY KEY, x old.e, secret text);
GRANT USAGE ON SCHEMA old TO pg_monitor;
GRANT SELECT, INSERT ON old.t TO pg_monitor; GRANT UPDATE (x) ON old.t TO pg_monitor;
COMMENT ON SCHEMA old IS 'gone soon';
CREATE TABLE kept (id int PRIMARY KEY, a int, b int);
GRANT SELECT ON kept TO pg_monitor; GRANT UPDATE (a, b) ON kept TO pg_monitor;
INSERT INTO kept VALUES (1, 2, 3);

-- after
CREATE SCHEMA "New One";
CREATE TYPE "New One".e AS ENUM ('a');
CREATE TABLE "New One".t (id int PRIMARY KEY, x "New One".e);
GRANT USAGE, CREATE ON SCHEMA "New One" TO pg_monitor;
CREATE TABLE kept (id int PRIMARY KEY, a int, b int);
GRANT INSERT, DELETE ON kept TO pg_monitor; GRANT SELECT (a), UPDATE (b) ON kept TO pg_monitor;
REVOKE USAGE ON SCHEMA public FROM PUBLIC;
