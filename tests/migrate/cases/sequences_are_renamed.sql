-- before
CREATE TABLE t (id serial PRIMARY KEY, n int, m smallserial);
CREATE SEQUENCE counts OWNED BY t.n;
COMMENT ON SEQUENCE counts IS 'how many';
CREATE SEQUENCE one_of_two OWNED BY t.m;
INSERT INTO t (n) VALUES (1), (2);

-- after
CREATE TABLE t (id integer PRIMARY KEY, n int, m smallint NOT NULL);
CREATE SEQUENCE keys AS integer OWNED BY t.id;
ALTER TABLE t ALTER id SET DEFAULT nextval('keys');
CREATE SEQUENCE numbers AS smallint INCREMENT BY 2 OWNED BY t.n;
ALTER TABLE t ALTER n SET DEFAULT nextval('numbers');
CREATE SEQUENCE other OWNED BY t.m;
