-- before
CREATE TABLE t (id bigint NOT NULL, a text, b text);
INSERT INTO t SELECT g, g::text, NULL FROM generate_series(1, 50) g;

-- after
CREATE TABLE t (id bigint, a text, b text, PRIMARY KEY (a), UNIQUE (id), CONSTRAINT u UNIQUE NULLS NOT DISTINCT (a, b)
    DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE t ALTER COLUMN id SET NOT NULL;
