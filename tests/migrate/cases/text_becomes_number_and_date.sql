-- before
CREATE TABLE t (id int PRIMARY KEY, n text DEFAULT '0', d text, j text, u text, b int);
INSERT INTO t VALUES (1, '5', '2024-02-29', '{}', '00000000-0000-0000-0000-000000000001', 1);

-- after
CREATE TABLE t (id int PRIMARY KEY, n integer DEFAULT 0, d date, j jsonb, u uuid, b boolean);
