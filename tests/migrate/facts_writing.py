"""The facts of statements, observed on the servers that are here and written down when this is run by hand."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "api"), str(ROOT / "tests")]

from colonnade.migrate.facts import FACTS_FILE, FactsTable, as_markdown, facts_table, observed_facts  # noqa: E402
from colonnade.postgres import Server  # noqa: E402

FILE = ROOT / "src" / "colonnade" / "migrate" / FACTS_FILE
MANUAL = ROOT / "docs" / "locks.md"
HEADING = """\
# What statements lock

Observed, not remembered: each example ran on servers of these versions under observation, and a test does it again.
A lock from SHARE on makes writers wait, ACCESS EXCLUSIVE readers, too. Only what was there before the statement counts.

"""


def observed(table: FactsTable, servers: list[Server]) -> FactsTable:
    """Return the table with what the servers do now."""
    found = {str(server.version // 10000): observed_facts(server, table) for server in servers}
    kinds = []
    for kind in table.kinds:
        now = {version: facts[kind.kind] for version, facts in found.items() if kind.kind in facts}
        kinds.append(replace(kind, facts={**kind.facts, **now}))
    return replace(table, kinds=tuple(kinds))


def manual(table: FactsTable) -> str:
    """Return the page of the manual."""
    return HEADING + as_markdown(table)


def main() -> None:
    """Write the table and its page."""
    from given_servers import debian_cluster

    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    with ExitStack() as stack:
        servers = [stack.enter_context(Server.start())]
        servers += [Server.at(stack.enter_context(debian_cluster(initdb))) for initdb in installed]
        table = observed(facts_table(), sorted(servers, key=lambda server: server.version))
    FILE.write_bytes(TypeAdapter(FactsTable).dump_json(table, indent=1, exclude_defaults=True) + b"\n")
    MANUAL.write_text(manual(table), encoding="utf-8")


if __name__ == "__main__":
    main()
