-- before
CREATE FUNCTION double() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.x := NEW.x * 2; RETURN NEW; END';
CREATE TABLE triggered (id int PRIMARY KEY, x int);
CREATE TRIGGER z_double BEFORE INSERT ON triggered FOR EACH ROW EXECUTE FUNCTION double();
CREATE TABLE deferred (id int, x int, PRIMARY KEY (id), UNIQUE (x) DEFERRABLE);
CREATE TABLE excluded (id int PRIMARY KEY, x int, EXCLUDE USING btree (x WITH =));
CREATE TABLE counted (id int PRIMARY KEY, x int, y int);
CREATE STATISTICS x_and_y ON x, y FROM counted;
CREATE TABLE unchecked (id int PRIMARY KEY, x int);
ALTER TABLE unchecked ADD FOREIGN KEY (x) REFERENCES unchecked NOT VALID;
CREATE TABLE seen (id int PRIMARY KEY, x int);
CREATE VIEW seen_twice AS SELECT id, x FROM seen;
CREATE TABLE granted (id int PRIMARY KEY, x int);
GRANT SELECT (x) ON granted TO PUBLIC;
CREATE TABLE split (id int, x int) PARTITION BY RANGE (id);
CREATE TABLE split_1 PARTITION OF split FOR VALUES FROM (0) TO (100);
INSERT INTO triggered SELECT g, g FROM generate_series(1, 9) g;
INSERT INTO deferred SELECT g, g FROM generate_series(1, 9) g;
INSERT INTO counted SELECT g, g, g FROM generate_series(1, 9) g;
INSERT INTO seen SELECT g, g FROM generate_series(1, 9) g;
INSERT INTO split SELECT g, g FROM generate_series(1, 9) g;

-- after
CREATE FUNCTION double() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.x := NEW.x * 2; RETURN NEW; END';
CREATE TABLE triggered (id int PRIMARY KEY, x bigint);
CREATE TRIGGER z_double BEFORE INSERT ON triggered FOR EACH ROW EXECUTE FUNCTION double();
CREATE TABLE deferred (id int, x bigint, PRIMARY KEY (id), UNIQUE (x) DEFERRABLE);
CREATE TABLE excluded (id int PRIMARY KEY, x bigint, EXCLUDE USING btree (x WITH =));
CREATE TABLE counted (id int PRIMARY KEY, x bigint, y int);
CREATE STATISTICS x_and_y ON x, y FROM counted;
CREATE TABLE unchecked (id int PRIMARY KEY, x bigint);
ALTER TABLE unchecked ADD FOREIGN KEY (x) REFERENCES unchecked NOT VALID;
CREATE TABLE seen (id bigint PRIMARY KEY, x bigint);
CREATE VIEW seen_twice AS SELECT id, x FROM seen;
CREATE TABLE granted (id int PRIMARY KEY, x bigint);
GRANT SELECT (x) ON granted TO PUBLIC;
CREATE TABLE split (id int, x bigint) PARTITION BY RANGE (id);
CREATE TABLE split_1 PARTITION OF split FOR VALUES FROM (0) TO (100);
