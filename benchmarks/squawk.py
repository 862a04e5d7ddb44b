"""Squawk beside ours on the same migrations.

`python benchmarks/squawk.py SQUAWK` (the program, `pip install squawk-cli==2.70.0` in an environment of its own) runs
both on one migration for each of Squawk's rules, and prints which of them ours reports under the code that
docs/parity.md names; then on the cases of our own rules, and prints how many faulty lines and sound migrations
Squawk tells apart by the rules that correspond.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from colonnade.postgres import Server
from review_workshop import SPLIT, Case, cases, reviewed

BEFORE = """
CREATE EXTENSION pg_trgm;
CREATE SCHEMA archive;
CREATE SCHEMA filled;
CREATE TABLE filled.x (id bigint PRIMARY KEY);
CREATE TYPE state AS ENUM ('new', 'done');
CREATE TYPE pair AS (a integer, b integer);
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE TYPE unused AS ENUM ('a');
CREATE DOMAIN unused_number AS integer;
CREATE SEQUENCE numbers;
CREATE TABLE u (id bigint PRIMARY KEY);
CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, must text NOT NULL,
    n bigint DEFAULT 3 CHECK (n > 1), twice bigint GENERATED ALWAYS AS (n * 2) STORED,
    u_id bigint REFERENCES u, p positive);
CREATE INDEX t_name_idx ON t (name);
CREATE INDEX t_u_idx ON t (u_id);
CREATE TABLE ordered (id bigint PRIMARY KEY, state state);
CREATE VIEW by_state AS SELECT id FROM ordered ORDER BY state;
CREATE TABLE nokey (name text);
CREATE VIEW v WITH (security_invoker = true) AS SELECT id FROM t;
CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION tf();
CREATE TABLE r (id bigint PRIMARY KEY, n integer);
ALTER TABLE r ENABLE ROW LEVEL SECURITY;
ALTER TABLE r FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON r TO CURRENT_USER USING (n = 2);
CREATE POLICY strict ON r AS RESTRICTIVE USING (n > 0);
CREATE TABLE logs (id bigint, day date) PARTITION BY RANGE (day);
CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
GRANT SELECT ON t TO PUBLIC;
"""
_CASE = re.compile(r"^## (\S+)\n```sql\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| ([\w-]+) \| (.*?) \|", re.MULTILINE)


def parity() -> Mapping[str, frozenset[str]]:
    """Return our codes for each of their rules, as docs/parity.md has them."""
    text = (ROOT / "docs" / "parity.md").read_text(encoding="utf-8")
    part = text[text.index("## Squawk") : text.index("## Atlas")]
    return {name: frozenset(re.findall(r"\[([A-Z]{2}\d{3})\]", codes)) for name, codes in _ROW.findall(part)}


def squawk(program: str, text: str, *, rules: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Yield the rules that Squawk reports, with the line counted from 1; those off by default are turned on."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        command = [program, "--reporter", "json", "--pg-version", "18", f"--include={','.join(rules)}", file.name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    for each in json.loads(done.stdout or "[]"):
        yield each["rule_name"], each["line"] + 1


def their_rules(program: str, server: Server, known: Mapping[str, frozenset[str]]) -> None:
    """Run both on one migration for each of their rules."""
    text = (ROOT / "benchmarks" / "squawk_cases.md").read_text(encoding="utf-8")
    theirs = ours = 0
    missed = []
    blocks = _CASE.findall(text)
    for rule, migration in blocks:
        theirs += rule in {name for name, _ in squawk(program, migration, rules=[rule])}
        found = {each.code for each in reviewed(Case(text=BEFORE + SPLIT + migration), server).findings}
        if found & known.get(rule, frozenset()):
            ours += 1
        else:
            missed.append(f"{rule} (found {', '.join(sorted(found)) or 'nothing'})")
    print(f"{len(blocks)} migrations, one for each rule of theirs: theirs reports {theirs}, ours {ours}")
    print("\n".join(f"  not ours: {each}" for each in missed))


def our_cases(program: str, known: Mapping[str, frozenset[str]]) -> None:
    """Run theirs on the cases of our rules that correspond to one of theirs; ours passes them, the tests say."""
    lines = found = sound = alarms = 0
    for path in sorted((ROOT / "tests" / "rules").glob("*.md")):
        same = {rule for rule, codes in known.items() if path.stem in codes}
        for case in cases(path) if same else ():
            said = {line for rule, line in squawk(program, case.migration, rules=same) if rule in same}
            wanted = {line for code, line, _ in case.expected if code == path.stem}
            lines += len(wanted)
            found += len(wanted & said)
            sound += not wanted
            alarms += not wanted and bool(said)
    print(
        f"{lines} faulty lines of our cases: theirs reports {found}; {sound} sound migrations: theirs reports {alarms}"
    )


def main() -> None:
    """Print both comparisons."""
    known = parity()
    with Server.start() as server:
        their_rules(sys.argv[1], server, known)
    our_cases(sys.argv[1], known)


if __name__ == "__main__":
    main()
