"""A small shop: its schema, its rows, what one would say of it, and queries on it."""

from __future__ import annotations

from datetime import UTC, datetime

from colonnade.postgres.scale import (
    ColumnProfile,
    Documents,
    ParentKeys,
    RandomUuid,
    Serial,
    TableProfile,
    Text,
    TimeRange,
    Weighted,
)

SHOP = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TABLE customer (id bigint PRIMARY KEY, email text NOT NULL, country text NOT NULL);
CREATE TABLE "order" (
    id uuid PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customer, state text NOT NULL,
    total numeric(10, 2) NOT NULL CHECK (total >= 0), placed_at timestamptz NOT NULL,
    note text, extra jsonb NOT NULL);
CREATE TABLE visit (customer_id bigint NOT NULL, at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM ('2025-01-01+00') TO ('2025-04-01+00');
CREATE TABLE visit_2 PARTITION OF visit FOR VALUES FROM ('2025-04-01+00') TO ('2026-01-01+00');
"""
SHOP_INDEXES = """
CREATE UNIQUE INDEX customer_email ON customer (lower(email));
CREATE INDEX order_customer_placed ON "order" (customer_id, placed_at DESC, id DESC);
CREATE INDEX order_open ON "order" (placed_at) WHERE state = 'open';
CREATE INDEX order_state ON "order" (state) INCLUDE (total);
CREATE INDEX order_note ON "order" USING gin (note gin_trgm_ops);
CREATE INDEX order_extra ON "order" USING gin (extra jsonb_path_ops);
CREATE INDEX order_placed_brin ON "order" USING brin (placed_at);
CREATE INDEX order_note_hash ON "order" USING hash (note);
CREATE INDEX visit_customer ON visit (customer_id, at);
"""
SHOP_ROWS = """
INSERT INTO customer SELECT i, 'Person' || i || '@example.com',
    (ARRAY['US', 'US', 'US', 'IN', 'DE'])[1 + i % 5] FROM generate_series(1, {rows} / 10) i;
INSERT INTO "order" SELECT md5(i::text)::uuid, 1 + (i * 7919 % ({rows} / 10)),
    CASE i % 10 WHEN 0 THEN 'open' WHEN 1 THEN 'paid' ELSE 'sent' END, i % 1000 / 4.0,
    timestamptz '2024-01-01+00' + i * interval '2 years' / {rows},
    CASE WHEN i % 3 = 0 THEN 'note ' || substr(md5(i::text), 1, 12) END,
    jsonb_build_object('source', (ARRAY['web', 'app'])[1 + i % 2], 'code', i % 200)
FROM generate_series(1, {rows}) i;
INSERT INTO visit SELECT 1 + (i * 31 % ({rows} / 10)),
    timestamptz '2025-01-01+00' + (i - 1) * interval '365 days' / {rows} FROM generate_series(1, {rows}) i;
"""
ROWS = 20_000

QUERIES = tuple(
    template.format(key=key, day=day, word=word)
    for key, day, word in (("7", "2024-02-03", "a1"), ("1311", "2025-07-19", "c0ffee"), ("1999", "2025-12-31", "12ab"))
    for template in (
        "SELECT * FROM customer WHERE id = {key}",
        "SELECT * FROM customer WHERE lower(email) = 'person{key}@example.com'",
        "SELECT country, count(*) FROM customer GROUP BY country",
        "SELECT * FROM \"order\" WHERE id = md5('{key}')::uuid",
        'SELECT * FROM "order" WHERE customer_id = {key} ORDER BY placed_at DESC, id DESC LIMIT 20',
        'SELECT * FROM "order" WHERE customer_id = {key} AND placed_at < \'{day}+00\' ORDER BY placed_at DESC LIMIT 5',
        "SELECT * FROM \"order\" WHERE state = 'open' ORDER BY placed_at LIMIT 50",
        "SELECT * FROM \"order\" WHERE state = 'open' AND placed_at > '{day}+00'",
        "SELECT sum(total) FROM \"order\" WHERE state = 'paid'",
        "SELECT * FROM \"order\" WHERE placed_at BETWEEN '{day}+00' AND '{day}+00'::timestamptz + interval '3 days'",
        "SELECT * FROM \"order\" WHERE note ILIKE '%{word}%'",
        "SELECT * FROM \"order\" WHERE note = 'note {word}'",
        'SELECT * FROM "order" WHERE extra @> \'{{"code": {key}}}\'',
        'SELECT * FROM "order" JOIN customer ON customer.id = customer_id WHERE total > 200 AND country = \'DE\'',
        'SELECT customer.id, count(*) FROM customer LEFT JOIN "order" ON customer.id = customer_id GROUP BY 1',
        "SELECT count(*) FROM visit WHERE customer_id = {key} AND at > '{day}+00'",
        "SELECT * FROM visit WHERE at >= '{day}+00' ORDER BY at LIMIT 10",
        'SELECT max(placed_at), min(placed_at) FROM "order"',
        "UPDATE \"order\" SET state = 'sent' WHERE state = 'open' AND placed_at < '{day}+00'",
        'DELETE FROM customer WHERE NOT EXISTS (SELECT FROM "order" WHERE customer_id = customer.id)',
    )
)  # fmt: skip


def shop_profiles(orders: float = ROWS) -> tuple[TableProfile, ...]:
    """Return what one would say about the shop."""
    newest = datetime(2026, 1, 1, tzinfo=UTC)
    return (
        TableProfile(
            name="customer",
            rows=orders / 10,
            columns=(
                ColumnProfile(name="id", values=Serial()),
                ColumnProfile(
                    name="email", values=Text(samples=tuple(f"Person{i * 17}@example.com" for i in range(101)))
                ),
                ColumnProfile(name="country", values=Weighted.of({"US": 3, "IN": 1, "DE": 1})),
            ),
        ),
        TableProfile(
            name="order",
            rows=orders,
            columns=(
                ColumnProfile(name="id", values=RandomUuid()),
                ColumnProfile(name="customer_id", values=ParentKeys(table="customer", used=1.0)),
                ColumnProfile(name="state", values=Weighted.of({"open": 1, "paid": 1, "sent": 8})),
                ColumnProfile(name="total", values=Weighted.even(*(str(i / 4) for i in range(1000)))),
                ColumnProfile(name="placed_at", values=TimeRange(start=datetime(2024, 1, 1, tzinfo=UTC), end=newest)),
                ColumnProfile(
                    name="note", values=Text(samples=tuple(f"note {i:012x}" for i in range(101))), null_fraction=2 / 3
                ),
                ColumnProfile(
                    name="extra",
                    values=Documents(
                        samples=tuple(f'{{"code": {i}, "source": "{"web" if i % 2 else "app"}"}}' for i in range(200)),
                        distinct=200,
                    ),
                ),
            ),
        ),
        TableProfile(
            name="visit",
            rows=orders,
            columns=(
                ColumnProfile(name="customer_id", values=ParentKeys(table="customer", used=1.0)),
                ColumnProfile(name="at", values=TimeRange(start=datetime(2025, 1, 1, tzinfo=UTC), end=newest)),
            ),
        ),
    )
