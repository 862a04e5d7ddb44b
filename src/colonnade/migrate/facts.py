"""What statements of each kind lock, rewrite, read and build, as observed on servers of each version."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from pydantic import TypeAdapter

from colonnade.errors import StatementError
from colonnade.postgres import Server, Session
from colonnade.postgres.observation import ObservedStatement, observe
from colonnade.schema.names import ObjectName

FACTS_FILE = "facts.json"
_IN_TRANSACTION = "25001"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFacts:
    """What a statement did: the strongest lock on each table, and the relations that it had to do with otherwise."""

    locks: Mapping[str, str]
    rewrites: tuple[str, ...] = ()
    scans: tuple[str, ...] = ()
    builds: tuple[str, ...] = ()
    transactional: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementKind:
    """A kind of statement by its example, with the facts by major version; `since` is the first that knows it."""

    kind: str
    sql: str
    facts: Mapping[str, StatementFacts]
    since: int = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsTable:
    """Every kind, and the script that makes what their examples are about."""

    setup: str
    kinds: tuple[StatementKind, ...]


@functools.cache
def facts_table() -> FactsTable:
    """Return the table; a test observes it anew and compares."""
    text = resources.files("colonnade.migrate").joinpath(FACTS_FILE).read_bytes()
    return TypeAdapter(FactsTable).validate_json(text)


def observed_facts(server: Server, table: FactsTable) -> dict[str, StatementFacts]:
    """Return the facts of each kind that the server knows, observed there now."""
    known = [kind for kind in table.kinds if kind.since <= server.version // 10000]
    with server.scratch_database() as session:
        session.script(table.setup, atomic=False)
        found = {kind.kind: _undone(session, kind.sql) for kind in known}
        session.close()
        for kind in known:
            if found[kind.kind] is None:
                with server.scratch_database(template=session.dsn.database) as copy:
                    found[kind.kind] = observe(copy, kind.sql)
    return {kind: _facts(observed) for kind, observed in found.items() if observed is not None}


def _undone(session: Session, sql: str) -> ObservedStatement | None:
    """Return what a statement does, which is undone; None for one that no transaction takes."""
    try:
        with session.rolled_back():
            return observe(session, sql)
    except StatementError as refused:
        if refused.sqlstate != _IN_TRANSACTION:
            raise
        return None


def _facts(observed: ObservedStatement) -> StatementFacts:
    locks = ((str(lock.relation), str(lock.mode)) for lock in observed.locks if lock.relation.kind in ("table", "view"))
    return StatementFacts(
        locks=dict(sorted(locks)),
        rewrites=_names(observed.rewritten),
        scans=_names(observed.scanned),
        builds=_names(observed.built),
        transactional=observed.transactional,
    )


def _names(names: tuple[ObjectName, ...]) -> tuple[str, ...]:
    return tuple(str(name) for name in names)


def as_markdown(table: FactsTable) -> str:
    """Return the table for the manual: a row for each kind, and another where versions differ."""
    lines = ["| statement | example | locks | rewrites | reads | fills | version |", "|---|---|---|---|---|---|---|"]
    for kind in table.kinds:
        groups: dict[str, list[str]] = {}
        for version, facts in kind.facts.items():
            groups.setdefault(_cells(facts), []).append(version)
        for cells, versions in groups.items():
            example = f"`{kind.sql.replace('|', chr(92) + '|')}`"
            lines.append(f"| {kind.kind} | {example} | {cells} | {', '.join(versions)} |")
    return "\n".join(lines) + "\n"


def _cells(facts: StatementFacts) -> str:
    locks = ", ".join(f"{mode} on {name}" for name, mode in facts.locks.items()) or "–"
    alone = "" if facts.transactional else " (outside of transactions)"
    others = [", ".join(names) or "–" for names in (facts.rewrites, facts.scans, facts.builds)]
    return " | ".join([locks + alone, *others])
