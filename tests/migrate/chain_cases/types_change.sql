-- before
CREATE TABLE orders (id int PRIMARY KEY, state text NOT NULL DEFAULT 'new');
CREATE INDEX ix_orders_state ON orders (state);
INSERT INTO orders SELECT n, CASE n % 3 WHEN 0 THEN 'new' ELSE 'done' END FROM generate_series(1, 100) n;
CREATE TABLE dates (id int PRIMARY KEY, due varchar(40));
CREATE INDEX ix_dates_due ON dates (due);
INSERT INTO dates VALUES (1, '2024-05-06 07:08:00+00'), (2, NULL);
CREATE TABLE amounts (id int PRIMARY KEY, amount int NOT NULL DEFAULT 0, label text NOT NULL, CONSTRAINT positive CHECK (amount >= 0));
CREATE INDEX ix_amounts_amount ON amounts (amount, label);
INSERT INTO amounts SELECT n, n, 'l' || n FROM generate_series(1, 100) n;
-- after
CREATE TYPE state AS ENUM ('new', 'done');
CREATE TABLE orders (id int PRIMARY KEY, status state NOT NULL DEFAULT 'new');
CREATE INDEX ix_orders_state ON orders (status);
CREATE TABLE dates (id int PRIMARY KEY, due_at timestamptz);
CREATE INDEX ix_dates_due_at ON dates (due_at);
CREATE TABLE amounts (id int PRIMARY KEY, amount numeric(12, 2) NOT NULL DEFAULT 0, name text NOT NULL, CONSTRAINT positive CHECK (amount >= 0));
CREATE INDEX ix_amounts_amount ON amounts (amount, name);
-- renames
orders.state=orders.status
dates.due=dates.due_at
amounts.label=amounts.name
-- old
INSERT INTO orders VALUES (1001, 'done'), (1002, DEFAULT);
UPDATE orders SET state = 'done' WHERE id = 3;
INSERT INTO dates VALUES (11, '2030-01-01'), (12, '2024-05-06T07:08:09+02:00');
UPDATE dates SET due = '2031-01-01' WHERE id = 2;
INSERT INTO amounts (id, amount, label) VALUES (1001, 7, 'old'), (1002, DEFAULT, 'old');
UPDATE amounts SET amount = amount + 1 WHERE id = 1;
-- new
INSERT INTO orders (id, status) VALUES (1003, 'done'), (1004, DEFAULT);
UPDATE orders SET status = 'new' WHERE id = 2;
INSERT INTO dates (id, due_at) VALUES (21, '2030-01-01 00:00:00+00');
INSERT INTO amounts (id, amount, name) VALUES (1003, 8, 'new'), (1004, DEFAULT, 'new');
UPDATE amounts SET amount = amount + 2 WHERE id = 2;
-- holds
SELECT (SELECT count(*) = 104 AND bool_and(state = status::text)
    AND string_agg(state, ',' ORDER BY id) FILTER (WHERE id IN (2, 3) OR id > 1000) = 'new,done,done,new,done,new'
FROM orders)
    AND (SELECT count(*) = 5 AND string_agg(due, ',' ORDER BY id)
        = '2024-05-06 07:08:00+00,2031-01-01,2030-01-01,2024-05-06T07:08:09+02:00,2030-01-01 00:00:00+00'
    AND bool_and(due_at = CASE id WHEN 1 THEN timestamptz '2024-05-06 07:08+00' WHEN 2 THEN '2031-01-01+00'
        WHEN 12 THEN '2024-05-06 05:08:09+00' ELSE '2030-01-01+00' END)
FROM dates)
    AND (SELECT count(*) = 104 AND bool_and(label = name)
    AND string_agg(amount::int::text, ',' ORDER BY id) FILTER (WHERE id IN (1, 2) OR id > 1000) = '2,4,7,0,8,0'
FROM amounts)
