"""A plan as the two functions of an Alembic revision, and the helpers that they call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources

from colonnade.migrate.rehearsal import SETTINGS
from colonnade.migrate.stage import Plan, Stage
from colonnade.models.history.messages import RevisionText
from colonnade.postgres.observation import RelationLock

_WIDTH = 116
_INDENT = " " * 4


_HELPERS = "revision_helpers.py"
# The template of a revision has these already.
_TEMPLATE_IMPORTS = frozenset({"import sqlalchemy as sa", "from alembic import op"})
_COMMENT = "# What follows"


def revision_text(up: Plan, down: Plan) -> RevisionText:
    """Return the revision that runs one plan forwards and the other one backwards."""
    source = resources.files("colonnade.migrate").joinpath(_HELPERS).read_text(encoding="utf-8")
    head, comment, helpers = source.partition(_COMMENT)
    imports = [line for line in head.splitlines() if line.startswith(("import ", "from "))]
    return RevisionText(
        imports="\n".join(line for line in imports if line not in _TEMPLATE_IMPORTS),
        upgrades=_function(up),
        downgrades=_function(down),
        helpers=comment + helpers,
    )


def _function(plan: Plan) -> str:
    """Return the body of a function, whose first line the template has indented already."""
    if not plan.stages:
        return "pass"
    settings = ", ".join(f"{name}={json.dumps(value)}" for name, value in SETTINGS.items())
    lines = [f"with _stages({settings}):"]
    for stage in plan.stages:
        lines += [_INDENT + line if line else "" for line in _stage(stage)]
    return "\n".join([lines[0], *(_INDENT + line if line else "" for line in lines[1:])])


def _stage(stage: Stage) -> Iterator[str]:
    yield from (f"# {line}" for line in stage.sentence.splitlines())
    if stage.loses:
        yield f"# This loses {stage.loses}: what is gone cannot be brought back."
    yield from (f"# This drops {each}." for each in stage.drops)
    yield from (f"# {line}" for line in facts(stage))
    yield "_stage("
    for text in stage.sql:
        yield from _literal(text, tail=",")
    if stage.done:
        yield from _literal(stage.done, head="unless=", tail=",")
    if not stage.transactional:
        yield f"{_INDENT}alone=True,"
    if stage.lock_timeout_ms:
        yield f"{_INDENT}lock_timeout_ms={stage.lock_timeout_ms},"
    yield ")"


def facts(stage: Stage) -> Iterator[str]:
    """Yield what was observed of a stage, a line for each lock that others can wait for, each scan and each rewrite."""
    locks: dict[str, RelationLock] = {}
    for statement in stage.statements:
        for lock in statement.locks:
            known = locks.get(str(lock.relation))
            if lock.relation.kind in ("table", "view") and (known is None or known.mode.strength < lock.mode.strength):
                locks[str(lock.relation)] = lock
    for name, lock in locks.items():
        if lock.mode.blocks_writes:
            waiting = "readers and writers wait" if lock.mode.blocks_reads else "writers wait"
            yield f"{lock.mode} on {name}: {waiting}"
    for what, attribute in (("rewrites", "rewrites"), ("reads", "scans"), ("fills", "builds")):
        named = dict.fromkeys(str(each) for statement in stage.statements for each in getattr(statement, attribute))
        if named:
            yield f"{what} {', '.join(named)}"


def _literal(text: str, *, head: str = "", tail: str = "") -> Iterator[str]:
    """Yield a Python string, over several lines where it is long."""
    one_line = f"{_INDENT}{head}{_quoted(text)}{tail}"
    if "\n" not in text and len(one_line) <= _WIDTH - 2 * len(_INDENT):
        yield one_line
        return
    yield f"{_INDENT}{head}("
    for piece in _pieces(text):
        yield f"{_INDENT * 2}{_quoted(piece)}"
    yield f"{_INDENT}){tail}"


def _pieces(text: str) -> Iterator[str]:
    """Yield the text in pieces that are put together again by standing one after the other."""
    for line in text.splitlines(keepends=True):
        rest = line
        while len(rest) > _WIDTH - 5 * len(_INDENT):
            cut = rest.rfind(" ", 1, _WIDTH - 5 * len(_INDENT))
            if cut < 0:
                break
            yield rest[: cut + 1]
            rest = rest[cut + 1 :]
        yield rest


def _quoted(text: str) -> str:
    """Return the text as a Python string in double quotes, as the formatters write it."""
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    if '"' in escaped and "'" not in escaped:
        return f"'{escaped}'"
    return '"' + escaped.replace('"', '\\"') + '"'
