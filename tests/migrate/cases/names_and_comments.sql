-- before
CREATE TABLE "Order Items" ("select" int PRIMARY KEY, "naïve""col" text);
COMMENT ON TABLE "Order Items" IS 'it''s';
COMMENT ON COLUMN "Order Items"."naïve""col" IS 'a';
INSERT INTO "Order Items" VALUES (1, 'x');

-- after
CREATE TABLE "Order Items" ("select" int PRIMARY KEY, "naïve""col" text NOT NULL DEFAULT '%s');
COMMENT ON COLUMN "Order Items"."select" IS '%';
CREATE TABLE "user" ("table" text);
