"""Migrations written in Markdown and in manual pages, reviewed on a scratch database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from colonnade.api.database_facts import DatabaseFacts
from colonnade.api.lint_options import Options
from colonnade.api.migrations import ScriptFile
from colonnade.api.script_readings import script_readings
from colonnade.api.script_trials import try_script
from colonnade.postgres import Server
from colonnade.review import Answers, Configuration, Review, all_rules, review, suppressions
from colonnade.review.plan.arriving import arriving
from colonnade.review.plan.migration import KnownSort, Migration
from colonnade.review.plan.scripts import statements_of
from colonnade.span import Span

TODAY = date(2026, 1, 31)
SPLIT = "-- migration\n"
_BLOCK = re.compile(r"^```sql([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXPECTED = re.compile(r"-- (?:error|warning|note): ([A-Z]{2}\d{3}) ?(.*)$")
_SIZE = re.compile(r"\bsize=(\S+):(\d+)")
_SMALL = re.compile(r"\bsmall=(\S+)")
_SORT = re.compile(r"\bsorts=(\w+)\.(\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A block of SQL: what was there before, and the migration; `options` stand behind the fence's language."""

    text: str
    options: str = ""
    line: int = 1

    @property
    def before(self) -> str:
        """What builds the schema before the migration."""
        return self.text.rpartition(SPLIT)[0].replace(SPLIT, "")

    @property
    def migration(self) -> str:
        """The migration, with its lines where they are in the block."""
        first, mark, last = self.text.rpartition(SPLIT)
        return "\n" * (first + mark).count("\n") + last

    @property
    def expected(self) -> list[tuple[str, int, str]]:
        """The findings that the block says it has: code, line of the block, object."""
        found = []
        for number, line in enumerate(self.text.split("\n"), start=1):
            if mark := _EXPECTED.search(line):
                found += [(mark[1], number, each.strip()) for each in mark[2].split(",")]
        return found

    @property
    def database(self) -> DatabaseFacts | None:
        """What is known of the database that it is for, if its options speak of one."""
        if "database" not in self.options:
            return None
        sizes = dict(_SIZE.findall(self.options))
        return DatabaseFacts(
            rows={},
            size_bytes={name: int(size) for name, size in sizes.items()},
            extensions=frozenset({"pg_trgm"}),
            collation="C.UTF-8",
        )

    @property
    def sorts(self) -> tuple[KnownSort, ...]:
        """How known statements sort, by what its options say."""
        return tuple(
            KnownSort(namespace="public", table=table, column=column, pattern="a list", at=Span(path="app.spec.yaml"))
            for table, column in _SORT.findall(self.options)
        )

    @property
    def configuration(self) -> Configuration:
        """What its options choose."""
        return Configuration(
            transaction="file" if "one-transaction" in self.options else "statement",
            target="neon" if "neon" in self.options else "postgres",
            rows=dict.fromkeys(_SMALL.findall(self.options), 100),
            select=tuple(sorted({rule.code for rule in all_rules()})),
        )


def cases(path: Path) -> Iterator[Case]:
    """Yield the blocks of a Markdown file."""
    text = path.read_text(encoding="utf-8")
    for block in _BLOCK.finditer(text):
        yield Case(text=block[2], options=block[1].strip(), line=text.count("\n", 0, block.start()) + 1)


def options_of(case: Case, *, offline: bool = False) -> Options:
    """Return what a run of lint over a case is asked for."""
    return Options(
        base=None,
        offline=offline,
        configuration=case.configuration,
        database=case.database,
        postgres_url=None,
        progress=print,
        sorts=(lambda _: iter(case.sorts)) if case.sorts else None,
    )


def migration_of(case: Case, server: Server) -> Migration:
    """Run a case on a scratch database."""
    options = options_of(case)
    file = ScriptFile(path=Path("case.sql"), text=case.migration, reviewed=True)
    statements = statements_of(case.migration, path="case.sql", one_transaction=options.one_transaction)
    with server.temporary_roles(), server.scratch_database() as session:
        session.script(case.before, atomic=False)
        known = {row[0] for row in session.execute("SELECT rolname FROM pg_roles")}
        return try_script(file, statements, session, server, options=options, complete=True, known=known)


def read_only(case: Case) -> Review:
    """Return what is found in a case without a server."""
    file = ScriptFile(path=Path("case.sql"), text=case.migration, reviewed=True)
    return _review(case, *script_readings([file], options_of(case, offline=True)))


def reviewed(case: Case, server: Server) -> Review:
    """Return everything that every rule finds in a case."""
    return _review(case, migration_of(case, server))


def _review(case: Case, *migrations: Migration) -> Review:
    answers = Answers(today=TODAY, suppressions=suppressions(case.migration, path="case.sql"))
    rules = arriving(all_rules())
    return review(migrations, rules, configuration=case.configuration, answers=answers)
