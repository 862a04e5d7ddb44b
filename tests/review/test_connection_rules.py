"""Each rule about connections on its own cases, which are data: a URL and its use, or roles of a real server."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from colonnade.api.server_facts import server_facts
from colonnade.dsn import Dsn
from colonnade.postgres import Server
from colonnade.review import Answers, Configuration, Evidence, all_rules, review
from colonnade.review.connection import PoolUse, ReviewedConnection
from colonnade.review.discovery import AnyRule
from colonnade.runtime.compute import Compute
from colonnade.span import Span

RULES = Path(__file__).parents[1] / "rules"
OF_CONNECTIONS = [rule for rule in all_rules() if rule.family() == "connection"]
_BLOCK = re.compile(r"^```(toml|sql)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXPECTED = re.compile(r"(?:#|--) error: ([A-Z]{2}\d{3}) (.*)$", re.MULTILINE)
_CONNECT = re.compile(r"-- connect as (\w+)(?: for (\w+))?(, on Neon)?")


def of_text(text: str) -> ReviewedConnection:
    """Return the connection that a block of TOML describes."""
    given = tomllib.loads(text)
    pool = PoolUse(**given.pop("pool", {}))
    sizes = {name: given.pop(name) for name in ("units", "suspend_seconds") if name in given}
    if "alembic" in given:
        found = ReviewedConnection.configured(given.pop("alembic"), place=Span(path="alembic.ini", line=1))
    else:
        found = ReviewedConnection.at_url(given.pop("url"), purpose=given.pop("purpose", "app"), pool=pool)
    assert not given
    return replace(found, compute=Compute(**sizes))


def of_server(text: str, server: Server) -> ReviewedConnection:
    """Return the connection of the role that a script creates, on a scratch database."""
    connect = _CONNECT.match(text)
    assert connect
    with server.temporary_roles(), server.scratch_database() as session:
        session.script(text)
        facts = server_facts(replace(session.dsn, user=connect[1]))
    place = Dsn(host="ep-a-b-12345678.eu-central-1.aws.neon.tech") if connect[3] else Dsn(host="db.example")
    return ReviewedConnection(dsn=place, purpose="ddl" if connect[2] == "ddl" else "app", server=facts)


def codes(language: str, text: str, server: Server) -> set[tuple[str, str]]:
    """Return the codes and objects of what every rule finds."""
    subject = of_text(text) if language == "toml" else of_server(text, server)
    answers = Answers(today=date(2026, 1, 31))
    found = review([subject], all_rules(), configuration=Configuration(), answers=answers)
    assert all((each.code in {rule.code for rule in OF_CONNECTIONS}) for each in found.findings)
    assert {each.code for each in found.not_run} == {
        rule.code for rule in OF_CONNECTIONS if Evidence.live in rule.needs and subject.server is None
    }
    return {(each.code, each.object) for each in found.findings}


@pytest.mark.parametrize("rule", OF_CONNECTIONS, ids=lambda rule: rule.code)
def test_cases_of_a_rule(server: Server, rule: AnyRule) -> None:
    blocks = _BLOCK.findall((RULES / f"{rule.code}.md").read_text(encoding="utf-8"))
    expected = [
        {(code, name.strip()) for code, names in _EXPECTED.findall(text) for name in names.split(",")}
        for _, text in blocks
    ]
    seen = [{each for each in codes(language, text, server) if each[0] == rule.code} for language, text in blocks]
    assert seen == expected
    assert any(expected), "no block is faulty"
    assert not all(expected), "no block is sound"


@pytest.mark.parametrize("rule", OF_CONNECTIONS, ids=lambda rule: rule.code)
def test_examples_of_a_manual_page(server: Server, rule: AnyRule) -> None:
    page = rule.manual()
    assert page.example
    assert page.use_instead
    assert rule.code in {code for code, _ in codes(page.example.language, page.example.text, server)}
    assert codes(page.use_instead.language, page.use_instead.text, server) == set()
    assert all((page.what, page.why, page.fix, page.source))
