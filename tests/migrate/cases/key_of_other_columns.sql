-- before
CREATE TABLE a (id int PRIMARY KEY, code text NOT NULL);
CREATE TABLE b (a_id int REFERENCES a);
INSERT INTO a VALUES (1, 'x'); INSERT INTO b VALUES (1);

-- after
CREATE TABLE a (id int UNIQUE NOT NULL, code text PRIMARY KEY);
CREATE TABLE b (a_id int REFERENCES a (id));
