-- before
CREATE TABLE u (id bigint PRIMARY KEY);
CREATE TABLE t (id bigint PRIMARY KEY, a text, u_id bigint,
    CONSTRAINT c CHECK (a <> ''), CONSTRAINT k FOREIGN KEY (u_id) REFERENCES u);
INSERT INTO u VALUES (1);
INSERT INTO t SELECT g, g::text, 1 FROM generate_series(1, 50) g;

-- after
CREATE TABLE u (id bigint PRIMARY KEY);
CREATE TABLE t (id bigint PRIMARY KEY, a text, u_id bigint,
    CONSTRAINT c CHECK (a <> '' AND a <> ' '), CONSTRAINT k FOREIGN KEY (u_id) REFERENCES u ON DELETE CASCADE);
