"""The table of facts is what the servers do: the embedded one, and Debian's where it is installed."""

from __future__ import annotations

from pathlib import Path

import pytest
from facts_writing import MANUAL, manual
from given_servers import debian_cluster

from colonnade.migrate.facts import facts_table, observed_facts
from colonnade.postgres import Server

INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def test_the_embedded_server_does_what_the_table_says(server: Server) -> None:
    check(server)


@pytest.mark.parametrize("initdb", INSTALLED, ids=lambda path: path.parts[-3])
def test_the_servers_of_debian_do_what_the_table_says(initdb: Path) -> None:
    with debian_cluster(initdb) as dsn:
        check(Server.at(dsn))


def check(server: Server) -> None:
    """Compare what a server does with what the table says of its version."""
    table, version = facts_table(), str(server.version // 10000)
    if not any(version in kind.facts for kind in table.kinds):
        pytest.skip(f"nothing is written down for version {version}")
    said = {kind.kind: kind.facts[version] for kind in table.kinds if version in kind.facts}
    assert observed_facts(server, table) == said


def test_the_manual_shows_the_table() -> None:
    assert MANUAL.read_text(encoding="utf-8") == manual(facts_table())


def test_dangers_are_in_the_table() -> None:
    kinds = {kind.kind: kind.facts["18"] for kind in facts_table().kinds}
    assert kinds["index"].locks == {"t": "SHARE"}
    assert kinds["index, concurrently"].locks == {"t": "SHARE UPDATE EXCLUSIVE"}
    assert kinds["column type, rewriting"].rewrites == ("t",)
    assert kinds["NOT NULL, proved by a CHECK"].scans == ()
