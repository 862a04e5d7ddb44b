"""What a schema cannot say is named, never dropped: one case for each such thing."""

from __future__ import annotations

import pytest

from colonnade.errors import UnsupportedError
from colonnade.postgres import Server, Session, introspect, unsupported
from colonnade.postgres.introspection.unmodelled import CATALOGS

_TRIGGER_FUNCTION = "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
_PARTITIONED = (
    "CREATE TABLE p (a int DEFAULT 1, b int) PARTITION BY RANGE (a);"
    "CREATE TABLE q PARTITION OF p FOR VALUES FROM (0) TO (9);"
)

CASES: dict[str, str] = {
    "options of view public.m": "CREATE MATERIALIZED VIEW m WITH (fillfactor = 50) AS SELECT 1 AS a",
    "storage, compression or statistics of column public.m.a": "CREATE MATERIALIZED VIEW m AS SELECT 'x'::text AS a;"
    "ALTER MATERIALIZED VIEW m ALTER a SET STATISTICS 50",
    "storage, compression or statistics of columns of partition public.q, unlike its table's": f"{_PARTITIONED}"
    "ALTER TABLE q ALTER a SET STATISTICS 50",
    "canonical function of range type public.r": "CREATE TYPE r;"
    "CREATE FUNCTION f(r) RETURNS r LANGUAGE internal IMMUTABLE STRICT AS 'int4range_canonical';"
    "CREATE TYPE r AS RANGE (SUBTYPE = int, CANONICAL = f)",
    "support function or transforms of function public.f()": "CREATE FUNCTION f() RETURNS int"
    " LANGUAGE sql SUPPORT generate_series_int4_support AS 'SELECT 1'",
    "comment on public.f(integer)": "CREATE AGGREGATE f(int) (SFUNC = int4pl, STYPE = int);"
    "COMMENT ON AGGREGATE f(int) IS 'x'",
    "owner of statistics public.s": "CREATE ROLE reader; CREATE TABLE t (a int, b int);"
    "CREATE STATISTICS s ON a, b FROM t;"
    "ALTER STATISTICS s OWNER TO reader",
    "owner of partition public.q": f"CREATE ROLE reader; {_PARTITIONED} ALTER TABLE q OWNER TO reader",
    "event trigger g": "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
    "CREATE EVENT TRIGGER g ON ddl_command_end EXECUTE FUNCTION f()",
    "publication p": "CREATE PUBLICATION p",
    "subscription s": "CREATE SUBSCRIPTION s CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false)",
    "foreign-data wrapper w": "CREATE FOREIGN DATA WRAPPER w",
    "foreign server s": "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w",
    "access method m": "CREATE ACCESS METHOD m TYPE TABLE HANDLER heap_tableam_handler",
    "language l": "CREATE LANGUAGE l HANDLER plpgsql_call_handler",
    "operator family f": "CREATE OPERATOR FAMILY f USING btree",
    "cast from e to integer": "CREATE TYPE e AS ENUM ('a');"
    "CREATE FUNCTION f(e) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE CAST (e AS int) WITH FUNCTION f(e)",
    "default privileges on new relations belonging to role postgres": "ALTER DEFAULT PRIVILEGES"
    " GRANT SELECT ON TABLES TO PUBLIC",
    "function 1 (integer, text) of operator family integer_ops for access method btree: f(integer,text)": ""
    "CREATE FUNCTION f(int, text) RETURNS int LANGUAGE sql AS 'SELECT 1';"
    "ALTER OPERATOR FAMILY integer_ops USING btree ADD FUNCTION 1 (int4, text) f(int, text)",
    "dependence on an extension of function f()": "CREATE EXTENSION hstore;"
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION f() DEPENDS ON EXTENSION hstore",
    "comment on extension hstore": "CREATE EXTENSION hstore; COMMENT ON EXTENSION hstore IS 'x'",
    "privileges that its owner lacks on public.t": "CREATE TABLE t (a int); REVOKE SELECT ON t FROM CURRENT_USER",
    "options of the long values of view public.m": "CREATE MATERIALIZED VIEW m WITH (toast.autovacuum_enabled = false)"
    " AS SELECT 'x'::text AS a",
    "type of the identity sequence public.t_a_seq": "CREATE TABLE t (a bigint GENERATED ALWAYS AS IDENTITY);"
    "ALTER SEQUENCE t_a_seq AS integer",
    "constraint q_b_not_null of public.q on a partition alone": f"{_PARTITIONED} ALTER TABLE q ALTER b SET NOT NULL",
    "options of index public.q_a_idx of a partition": f"{_PARTITIONED} CREATE INDEX i ON p (a);"
    "ALTER INDEX q_a_idx SET (fillfactor = 50)",
    "disabled triggers of the foreign keys of public.t": "CREATE TABLE t (a int PRIMARY KEY, b int REFERENCES t);"
    "ALTER TABLE t DISABLE TRIGGER ALL",
    "privileges on public.t_a_seq": "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY);"
    "GRANT USAGE ON SEQUENCE t_a_seq TO PUBLIC",
    "comment on public.t_a_seq": "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY);"
    "COMMENT ON SEQUENCE t_a_seq IS 'x'",
    "NO INHERIT of constraint k of public.t": "CREATE TABLE t (a int);"
    "ALTER TABLE t ADD CONSTRAINT k NOT NULL a NO INHERIT",
    "comment on constraint k of public.t": "CREATE TABLE t (a int CONSTRAINT k NOT NULL);"
    "COMMENT ON CONSTRAINT k ON t IS 'x'",
    "comment on constraint k of domain public.d": "CREATE DOMAIN d AS int CONSTRAINT k NOT NULL;"
    "COMMENT ON CONSTRAINT k ON DOMAIN d IS 'x'",
    "privileges that another role than the owner granted on function public.f()": "CREATE ROLE reader;"
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; GRANT EXECUTE ON FUNCTION f() TO reader"
    " WITH GRANT OPTION; SET ROLE reader; GRANT EXECUTE ON FUNCTION f() TO pg_monitor; RESET ROLE",
    "privileges that another role than the owner granted on type public.e": "CREATE ROLE reader;"
    "CREATE TYPE e AS ENUM ('a'); GRANT USAGE ON TYPE e TO reader WITH GRANT OPTION;"
    "SET ROLE reader; GRANT USAGE ON TYPE e TO pg_monitor; RESET ROLE",
    "foreign table public.f": "CREATE EXTENSION file_fdw; CREATE SERVER s FOREIGN DATA WRAPPER file_fdw;"
    "CREATE FOREIGN TABLE f (a int) SERVER s OPTIONS (filename '/dev/null')",
    "unlogged storage of public.t": "CREATE UNLOGGED TABLE t (a int)",
    "row type of public.t, OF c": "CREATE TYPE c AS (a int); CREATE TABLE t OF c",
    "access method of public.t": "CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler;"
    "CREATE TABLE t (a int) USING other",
    "replica identity of public.t": "CREATE TABLE t (a int); ALTER TABLE t REPLICA IDENTITY FULL",
    "missing content of materialized view public.m": "CREATE MATERIALIZED VIEW m AS SELECT 1 AS a WITH NO DATA",
    "sub-partitioning of public.r": "CREATE TABLE p (a int) PARTITION BY RANGE (a);"
    "CREATE TABLE r PARTITION OF p DEFAULT PARTITION BY RANGE (a)",
    "privileges, row security or options of partition public.q": f"{_PARTITIONED} GRANT SELECT ON q TO PUBLIC",
    "inheritance of public.u from t": "CREATE TABLE t (a int); CREATE TABLE u () INHERITS (t)",
    "partition x.q in another schema than its table": "CREATE SCHEMA x; CREATE TABLE p (a int) PARTITION BY RANGE (a);"
    "CREATE TABLE x.q PARTITION OF p DEFAULT",
    "defaults of partition public.q, unlike its table's": f"{_PARTITIONED} ALTER TABLE q ALTER a SET DEFAULT 2",
    "operator class or collation in the partition key of public.t": "CREATE TABLE t (a text)"
    ' PARTITION BY RANGE (a COLLATE "C")',
    "privileges that another role than the owner granted on column public.t.a": "CREATE ROLE reader;"
    "CREATE TABLE t (a int); GRANT SELECT (a) ON t TO reader WITH GRANT OPTION;"
    "SET ROLE reader; GRANT SELECT (a) ON t TO pg_monitor; RESET ROLE",
    "type of column public.t.a, elsewhere.e[]": "CREATE SCHEMA elsewhere; CREATE TYPE elsewhere.e AS ENUM ('a');"
    "CREATE TABLE t (a elsewhere.e[])",
    "default of column public.v.a": "CREATE VIEW v AS SELECT 1 AS a; ALTER VIEW v ALTER a SET DEFAULT 2",
    "NOT VALID of constraint k of public.t": "CREATE TABLE t (a int);"
    "ALTER TABLE t ADD CONSTRAINT k NOT NULL a NOT VALID",
    "constraint k of public.q on a partition alone": f"{_PARTITIONED} ALTER TABLE q ADD CONSTRAINT k CHECK (b > 0)",
    "invalid index public.i": "CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE q PARTITION OF p DEFAULT;"
    "CREATE INDEX i ON ONLY p (a)",
    "clustering by index public.i": "CREATE TABLE t (a int); CREATE INDEX i ON t (a); CLUSTER t USING i",
    "statistics target in index public.i": "CREATE TABLE t (a int); CREATE INDEX i ON t ((a + 1));"
    "ALTER INDEX i ALTER 1 SET STATISTICS 50",
    "index public.i on a partition alone": f"{_PARTITIONED} CREATE INDEX i ON q (b)",
    "FROM table of trigger g of public.t": f"{_TRIGGER_FUNCTION} CREATE TABLE t (a int); CREATE TABLE u (a int);"
    "CREATE CONSTRAINT TRIGGER g AFTER INSERT ON t FROM u FOR EACH ROW EXECUTE FUNCTION note()",
    "trigger g of public.q on a partition alone": f"{_TRIGGER_FUNCTION} {_PARTITIONED}"
    "CREATE TRIGGER g BEFORE INSERT ON q FOR EACH ROW EXECUTE FUNCTION note()",
    "policy o of public.q on a partition alone": f"{_PARTITIONED} CREATE POLICY o ON q",
    "rule r of public.t": "CREATE TABLE t (a int); CREATE RULE r AS ON INSERT TO t DO ALSO NOTHING",
    "aggregate public.f(integer)": "CREATE AGGREGATE f(int) (SFUNC = int4pl, STYPE = int)",
    "window function public.f()": "CREATE FUNCTION f() RETURNS bigint LANGUAGE internal WINDOW AS 'window_row_number'",
    "internal function public.f()": "CREATE FUNCTION f() RETURNS timestamptz LANGUAGE internal AS 'now'",
    "base type public.b": "CREATE TYPE b",
    "collation of domain public.d": 'CREATE DOMAIN d AS text COLLATE "C"',
    "operator ###(integer,integer)": "CREATE OPERATOR ### (FUNCTION = int4pl, LEFTARG = int, RIGHTARG = int)",
    "operator class c for access method btree": "CREATE OPERATOR CLASS c FOR TYPE int USING btree AS OPERATOR 1 <,"
    " FUNCTION 1 btint4cmp(int, int)",
    "collation c": 'CREATE COLLATION c FROM "C"',
    "text search configuration c": "CREATE TEXT SEARCH CONFIGURATION c (COPY = simple)",
    "text search dictionary d": "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple)",
    "statistics public.s of a partition or materialized view": "CREATE MATERIALIZED VIEW t AS SELECT 1 AS a, 2 AS b;"
    "CREATE STATISTICS s ON a, b FROM t",
    "default privileges on new relations belonging to role postgres in schema public": "ALTER DEFAULT PRIVILEGES"
    " IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC",
    "privileges that another role than the owner granted on schema public": "CREATE ROLE reader;"
    "GRANT CREATE ON SCHEMA public TO reader WITH GRANT OPTION;"
    "SET ROLE reader; GRANT CREATE ON SCHEMA public TO pg_monitor; RESET ROLE",
    "privileges that another role than the owner granted on public.t": "CREATE ROLE reader; CREATE TABLE t (a int);"
    "GRANT SELECT ON t TO reader WITH GRANT OPTION; SET ROLE reader; GRANT SELECT ON t TO pg_monitor; RESET ROLE",
    "comment on public.v.a": "CREATE VIEW v AS SELECT 1 AS a; COMMENT ON COLUMN v.a IS 'x'",
    "comment on public.k": "CREATE TABLE t (a int CONSTRAINT k UNIQUE); COMMENT ON INDEX k IS 'x'",
    "comment on public.q_a_idx": f"{_PARTITIONED} CREATE INDEX i ON p (a); COMMENT ON INDEX q_a_idx IS 'x'",
}

# A tablespace is a folder of the server's, which a test does not make.
_WITHOUT_CASE = 2


@pytest.mark.parametrize("phrase", CASES)
def test_what_a_schema_cannot_say_is_named(database: Session, phrase: str) -> None:
    with database.rolled_back():
        database.script(CASES[phrase])
        assert phrase in unsupported(database, namespaces=("public", "x"))
        with pytest.raises(UnsupportedError) as caught:
            introspect(database, namespaces=("public", "x"))
        introspect(database, namespaces=("public", "x"), allow_unsupported=True)
    assert phrase in caught.value.detail


def test_every_peculiarity_has_a_case() -> None:
    assert sum(len(catalog.notes) for catalog in CATALOGS) <= len(CASES) + _WITHOUT_CASE


def test_what_an_extension_made_is_not_named(server: Server, database: Session) -> None:
    database.script(
        "CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE EXTENSION btree_gist; CREATE EXTENSION ltree"
    )
    assert unsupported(database) == ()


def test_an_ordinary_schema_has_nothing_to_name(database: Session) -> None:
    database.script(
        "CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text UNIQUE, b jsonb, c int[],"
        " d inet, e tsvector, n numeric);"
        "CREATE INDEX ON t USING gin (b); COMMENT ON TABLE t IS 'x'; COMMENT ON COLUMN t.a IS 'y'"
    )
    assert unsupported(database) == ()
