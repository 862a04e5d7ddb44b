-- before
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a);
CREATE VIEW v AS SELECT b.id, a.id AS a_id FROM b JOIN a ON a.id = b.a_id;
INSERT INTO a VALUES (1); INSERT INTO b VALUES (1, 1);

-- after
CREATE TABLE a (id bigint PRIMARY KEY);
CREATE TABLE b (id bigint PRIMARY KEY, a_id bigint REFERENCES a);
CREATE VIEW v AS SELECT b.id, a.id AS a_id FROM b JOIN a ON a.id = b.a_id;
