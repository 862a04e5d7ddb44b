-- before
CREATE TABLE trail (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, of_table text NOT NULL, changed jsonb NOT NULL);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN NEW.updated_at := clock_timestamp(); NEW.version := OLD.version + 1; RETURN NEW; END';
CREATE FUNCTION keep_trail() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO trail (of_table, changed) VALUES (TG_TABLE_NAME, to_jsonb(NEW)); RETURN NULL; END';
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''append only''; END';
CREATE TABLE tasks (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int, updated_at timestamptz NOT NULL DEFAULT now(), version int NOT NULL DEFAULT 1);
CREATE TRIGGER a_touch BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER "Keep trail" AFTER INSERT OR UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION keep_trail();
ALTER TABLE tasks ENABLE ALWAYS TRIGGER "Keep trail";
CREATE TABLE notes (id int PRIMARY KEY, text text);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON notes FOR EACH ROW EXECUTE FUNCTION refuse();
INSERT INTO tasks (n) SELECT g FROM generate_series(1, 50) g;
INSERT INTO notes SELECT g, repeat('x', 500) FROM generate_series(1, 60) g;

-- after
CREATE TABLE trail (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, of_table text NOT NULL, changed jsonb NOT NULL);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN NEW.updated_at := clock_timestamp(); NEW.version := OLD.version + 1; RETURN NEW; END';
CREATE FUNCTION keep_trail() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO trail (of_table, changed) VALUES (TG_TABLE_NAME, to_jsonb(NEW)); RETURN NULL; END';
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''append only''; END';
CREATE TABLE tasks (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n bigint, updated_at timestamptz NOT NULL DEFAULT now(), version int NOT NULL DEFAULT 1, code uuid NOT NULL DEFAULT gen_random_uuid());
CREATE TRIGGER a_touch BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER "Keep trail" AFTER INSERT OR UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION keep_trail();
ALTER TABLE tasks ENABLE ALWAYS TRIGGER "Keep trail";
CREATE TABLE notes (id bigint PRIMARY KEY, text text, code uuid NOT NULL DEFAULT gen_random_uuid());
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON notes FOR EACH ROW EXECUTE FUNCTION refuse();
