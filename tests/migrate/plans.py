"""Plans made and run as the tests of migrations need them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from colonnade.migrate.rehearsal import SETTINGS, is_done
from colonnade.migrate.safe_plan import safe_plan
from colonnade.migrate.stage import Plan, Stage
from colonnade.postgres import Server, Session, read_catalog
from colonnade.schema.dependencies import Catalog
from colonnade.schema.diff import diff

SAFE_CASES = sorted((Path(__file__).parent / "safe_cases").glob("*.sql"))


def halves(path: Path) -> tuple[str, str]:
    """Return the two schemas of a case."""
    before, after = path.read_text(encoding="utf-8").removeprefix("-- before\n").split("-- after\n")
    return before, after


def built(session: Session, text: str) -> Catalog:
    """Run a script and return the catalog that it makes."""
    session.script(text, atomic=False)
    return read_catalog(session)


def planned(server: Server, session: Session, goal: Catalog) -> Plan:
    """Return the plan that makes a database like the goal; it has been run there."""
    return safe_plan(server, session, lambda _: goal, read=lambda: read_catalog(session))


def run(session: Session, plan: Plan) -> int:
    """Run a plan, and return how many stages there was something to do for."""
    prepare(session)
    return sum(_run_stage(session, stage) for stage in plan.stages)


def prepare(session: Session) -> None:
    """Set what plans are written for."""
    for name, value in SETTINGS.items():
        session.execute("SELECT set_config(%s, %s, false)", (name, value))


def is_like(session: Session, goal: Catalog) -> bool:
    """Tell whether a database is like the goal."""
    return diff(read_catalog(session).schema, goal.schema) == ()


def _run_stage(session: Session, stage: Stage) -> bool:
    if is_done(session, stage):
        return False
    for text in _whole(stage):
        session.execute(text)
    return True


def _whole(stage: Stage) -> Iterator[str]:
    yield from ("BEGIN", *stage.sql, "COMMIT") if stage.transactional else stage.sql
