-- before
CREATE ROLE chain_owner;
CREATE ROLE chain_writer;
CREATE SCHEMA "Shop";
GRANT USAGE ON SCHEMA "Shop" TO chain_writer;
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE orders (
    id serial PRIMARY KEY,
    number int GENERATED ALWAYS AS IDENTITY UNIQUE,
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code varchar(5),
    title text NOT NULL DEFAULT 'untitled',
    size int GENERATED ALWAYS AS (length(title)) STORED,
    part_of int REFERENCES orders (id),
    note text
);
CREATE UNIQUE INDEX ix_orders_title ON orders (title) WHERE note IS NULL;
COMMENT ON TABLE orders IS 'what users want';
CREATE TABLE lines (id bigint PRIMARY KEY, order_id int NOT NULL REFERENCES orders (id));
CREATE VIEW long_orders AS SELECT orders.id, orders.title FROM orders WHERE orders.size > 6;
CREATE TABLE log (text text);
CREATE FUNCTION count_orders() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN INSERT INTO log SELECT count(*) || '' of orders'' FROM orders; RETURN NULL; END';
CREATE TRIGGER counted AFTER INSERT ON orders FOR EACH STATEMENT EXECUTE FUNCTION count_orders();
CREATE TABLE "Shop"."Some things" (
    "the key" bigint PRIMARY KEY, tenant text NOT NULL DEFAULT current_setting('app.tenant', true), secret text
);
ALTER TABLE "Shop"."Some things" ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON "Shop"."Some things" USING (tenant = current_setting('app.tenant', true));
GRANT SELECT, INSERT ("the key"), DELETE ON "Shop"."Some things" TO chain_writer;
GRANT SELECT (id, title, note), UPDATE (title), INSERT ON orders TO chain_writer;
ALTER TABLE "Shop"."Some things" OWNER TO chain_owner;
CREATE TABLE events (day date, text text, PRIMARY KEY (day, text)) PARTITION BY RANGE (day);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2030-01-01');
CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2030-01-01') TO (MAXVALUE);
INSERT INTO users VALUES (1), (2);
INSERT INTO orders (user_id, title) SELECT 1, 'order ' || n FROM generate_series(1, 50) n;
INSERT INTO lines SELECT n, n FROM generate_series(1, 50) n;
INSERT INTO "Shop"."Some things" VALUES (1, 'a', 'x'), (2, 'b', 'y');
INSERT INTO events VALUES ('2029-01-01', 'a'), ('2031-01-01', 'b');
TRUNCATE log;
-- after
CREATE SCHEMA "Shop";
GRANT USAGE ON SCHEMA "Shop" TO chain_writer;
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE purchases (
    id serial PRIMARY KEY,
    number int GENERATED ALWAYS AS IDENTITY UNIQUE,
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code varchar(9),
    title text NOT NULL DEFAULT 'untitled',
    size int GENERATED ALWAYS AS (length(title)) STORED,
    part_of int REFERENCES purchases (id),
    remark text,
    done boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX ix_purchases_title ON purchases (title) WHERE remark IS NULL;
CREATE INDEX ix_purchases_user_id ON purchases (user_id);
COMMENT ON TABLE purchases IS 'what users want';
CREATE TABLE lines (id bigint PRIMARY KEY, order_id int NOT NULL REFERENCES purchases (id));
CREATE VIEW long_orders AS SELECT purchases.id, purchases.title FROM purchases WHERE purchases.size > 6;
CREATE TABLE log (text text);
CREATE FUNCTION count_orders() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN INSERT INTO log SELECT count(*) || '' of purchases'' FROM purchases; RETURN NULL; END';
CREATE TRIGGER counted AFTER INSERT ON purchases FOR EACH STATEMENT EXECUTE FUNCTION count_orders();
CREATE TABLE "Shop"."Other things" (
    "the key" bigint PRIMARY KEY, tenant text NOT NULL DEFAULT current_setting('app.tenant', true), secret text
);
ALTER TABLE "Shop"."Other things" ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON "Shop"."Other things" USING (tenant = current_setting('app.tenant', true));
GRANT SELECT, INSERT ("the key"), DELETE ON "Shop"."Other things" TO chain_writer;
GRANT SELECT (id, title, remark), UPDATE (title), INSERT ON purchases TO chain_writer;
ALTER TABLE "Shop"."Other things" OWNER TO chain_owner;
CREATE TABLE happenings (day date, text text, PRIMARY KEY (day, text)) PARTITION BY RANGE (day);
CREATE TABLE events_old PARTITION OF happenings FOR VALUES FROM (MINVALUE) TO ('2030-01-01');
CREATE TABLE events_new PARTITION OF happenings FOR VALUES FROM ('2030-01-01') TO (MAXVALUE);
-- renames
public.orders=public.purchases
public.purchases.note=public.purchases.remark
"Shop"."Some things"="Shop"."Other things"
events=happenings
-- old
INSERT INTO orders (user_id, title, number, note) OVERRIDING SYSTEM VALUE VALUES (1, DEFAULT, 1000, 'old') RETURNING id, note;
INSERT INTO orders (user_id, title) VALUES (1, 'order 1')
    ON CONFLICT (title) WHERE note IS NULL DO UPDATE SET title = orders.title || excluded.title;
UPDATE orders SET title = upper(title), part_of = 3 WHERE id = 2;
SELECT id, number, user_id, title, size, part_of, note FROM orders WHERE id = 4 FOR UPDATE;
DELETE FROM lines WHERE order_id = 5;
DELETE FROM orders WHERE id = 5;
INSERT INTO lines VALUES (1001, 7);
INSERT INTO events VALUES ('2029-02-02', 'old'), ('2031-02-02', 'old');
UPDATE events SET day = '2032-01-01' WHERE text = 'a';
SET LOCAL ROLE chain_writer;
SET LOCAL app.tenant = 'a';
INSERT INTO "Shop"."Some things" ("the key") SELECT max("the key") + 100 FROM "Shop"."Some things";
DELETE FROM "Shop"."Some things" WHERE "the key" < 100;
UPDATE orders SET title = title || '!' WHERE id = 12 AND note IS NULL;
RESET ROLE;
-- new
INSERT INTO purchases (user_id, code, title, remark) VALUES (2, '12345', 'a title', 'new') RETURNING done;
INSERT INTO purchases (user_id, title) VALUES (1, 'order 9')
    ON CONFLICT (title) WHERE remark IS NULL DO UPDATE SET title = purchases.title || excluded.title;
UPDATE purchases SET done = true WHERE id = 10;
INSERT INTO lines VALUES (1002, 11);
INSERT INTO happenings VALUES ('2029-02-02', 'new');
SET LOCAL ROLE chain_writer;
SET LOCAL app.tenant = 'b';
INSERT INTO "Shop"."Other things" ("the key") VALUES (200);
RESET ROLE;
-- holds
SELECT (SELECT count(*) = 51 AND count(DISTINCT id) = 51 AND count(DISTINCT number) = 51
    AND string_agg(title, ',' ORDER BY id) FILTER (WHERE id IN (1, 2, 9) OR remark IS NOT NULL)
        = 'order 1order 1,ORDER 2,order 9order 9,untitled,a title'
    AND bool_or(number = 1000 AND remark = 'old') FROM purchases)
    AND (SELECT count(*) = 51 FROM orders)
    AND (SELECT count(*) = 51 FROM lines)
    AND (SELECT string_agg(text, ',') ~ '^[0-9]+ of purchases,' FROM log)
    AND (SELECT string_agg("the key" || tenant, ',' ORDER BY "the key") = '2b,101a,200b' FROM "Shop"."Other things")
    AND (SELECT count(*) = 5 FROM happenings)
