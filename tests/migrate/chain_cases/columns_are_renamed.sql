-- before
CREATE TABLE notes (id bigint PRIMARY KEY, title text NOT NULL DEFAULT 'untitled', note varchar(20));
INSERT INTO notes SELECT n, 'task ' || n, nullif('note ' || n, 'note 7') FROM generate_series(1, 500) n;
CREATE TABLE teams (code text UNIQUE NOT NULL);
CREATE TABLE tasks (
    id bigint PRIMARY KEY,
    team text NOT NULL REFERENCES teams (code) ON DELETE CASCADE,
    slug text NOT NULL,
    CONSTRAINT slug_is_short CHECK (length(slug) < 20),
    CONSTRAINT tasks_slug_key UNIQUE (team, slug)
);
CREATE INDEX ix_tasks_team ON tasks (team) WHERE slug <> '';
CREATE STATISTICS both_of_tasks ON team, slug FROM tasks;
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_team ON tasks USING (team = current_setting('app.team', true));
CREATE ROLE chain_reader;
GRANT SELECT (team), INSERT (team) ON tasks TO chain_reader;
INSERT INTO teams VALUES ('red'), ('blue');
INSERT INTO tasks SELECT n, CASE n % 2 WHEN 0 THEN 'red' ELSE 'blue' END, 'slug ' || n FROM generate_series(1, 90) n;
CREATE TABLE numbers (id int PRIMARY KEY, a int DEFAULT 5, b text);
INSERT INTO numbers VALUES (1, 1, 'b'), (2, NULL, NULL);
CREATE TABLE entries (id int PRIMARY KEY, said text NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''append only''; END';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION refuse();
INSERT INTO entries SELECT n, 'entry ' || n FROM generate_series(1, 90) n;
-- after
CREATE TABLE notes (id bigint PRIMARY KEY, name text NOT NULL DEFAULT 'untitled', remark varchar(20), done bool);
COMMENT ON COLUMN notes.remark IS 'what to keep in mind';
CREATE TABLE teams (code text UNIQUE NOT NULL);
CREATE TABLE tasks (
    id bigint PRIMARY KEY,
    squad text NOT NULL CONSTRAINT tasks_team_fkey REFERENCES teams (code) ON DELETE CASCADE,
    label text NOT NULL,
    CONSTRAINT slug_is_short CHECK (length(label) < 20),
    CONSTRAINT tasks_slug_key UNIQUE (squad, label)
);
CREATE INDEX ix_tasks_squad ON tasks (squad) WHERE label <> '';
CREATE STATISTICS both_of_tasks ON squad, label FROM tasks;
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_team ON tasks USING (squad = current_setting('app.team', true));
GRANT SELECT (squad), INSERT (squad) ON tasks TO chain_reader;
CREATE TABLE numbers (id int PRIMARY KEY, x int DEFAULT 5, y text);
CREATE TABLE entries (id int PRIMARY KEY, told text NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''append only''; END';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION refuse();
-- renames
public.entries.said=public.entries.told
public.notes.title=public.notes.name
notes.note=notes.remark
public.tasks.team=public.tasks.squad
public.tasks.slug=public.tasks.label
numbers.a=numbers.x
numbers.b=numbers.y
-- old
INSERT INTO notes VALUES (1001, 'old'), (1002, DEFAULT);
UPDATE notes SET title = title || '!', note = NULL WHERE id = 1;
INSERT INTO tasks VALUES (1001, 'red', 'from old') ON CONFLICT (team, slug) DO UPDATE SET slug = tasks.slug || '+';
INSERT INTO numbers (id) VALUES (10);
INSERT INTO numbers VALUES (11, NULL, 'old'), (12, 5, NULL), (13, 6, '');
-- new
INSERT INTO notes (id, name, remark) VALUES (1003, 'new', 'a'), (1004, DEFAULT, NULL);
UPDATE notes SET name = upper(name), remark = NULL WHERE id = 2;
INSERT INTO tasks (id, squad, label) VALUES (1002, 'red', 'from new')
    ON CONFLICT (squad, label) DO UPDATE SET label = tasks.label || '+';
INSERT INTO numbers (id) VALUES (20);
INSERT INTO numbers (id, x, y) VALUES (21, NULL, 'new'), (22, 5, NULL), (23, 6, '');
-- holds
SELECT (SELECT count(*) = 504 AND bool_and(title = name AND note IS NOT DISTINCT FROM remark)
    AND string_agg(name, ',' ORDER BY id) FILTER (WHERE id < 3 OR id > 1000) = 'task 1!,TASK 2,old,untitled,new,untitled'
FROM notes)
    AND (SELECT count(*) = 92 AND bool_and(team = squad AND slug = label) FROM tasks)
    AND (SELECT count(*) = 10 AND bool_and((a, b) IS NOT DISTINCT FROM (x, y))
    AND string_agg(coalesce(x::text, '-'), '' ORDER BY id) = '1-5-565-56'
FROM numbers)
