-- before
CREATE TABLE t (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE t_all PARTITION OF t DEFAULT;
CREATE INDEX ix_id ON t (id) WITH (fillfactor = 70);
CREATE INDEX ix_at ON t (at);

-- after
CREATE TABLE t (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE t_all PARTITION OF t DEFAULT;
CREATE INDEX ix_id ON t (id);
CREATE INDEX ix_at ON t (at) WITH (fillfactor = 80);
