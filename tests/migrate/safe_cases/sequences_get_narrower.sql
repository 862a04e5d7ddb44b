-- before
CREATE SEQUENCE beyond;
SELECT setval('beyond', 500);
CREATE TABLE "t: %s $$" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int);
INSERT INTO "t: %s $$" (n) VALUES (1), (2);

-- after
CREATE SEQUENCE beyond MAXVALUE 99;
CREATE TABLE "t: %s $$" (id bigint GENERATED ALWAYS AS IDENTITY (MINVALUE 1000) PRIMARY KEY, n int);
