"""`migrate new`: the revision that takes a history on to the models, tried both ways before it is written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from colonnade.api.catalogs import EMPTY, Standing, standing
from colonnade.api.change_results import MigrateNewResult
from colonnade.api.given import shown
from colonnade.api.histories import AlembicHistory, History, SqlHistory
from colonnade.api.project import project_settings
from colonnade.api.servers import pending_server
from colonnade.errors import InputError, UnsupportedError
from colonnade.migrate.expand_contract import chain
from colonnade.migrate.renaming import backwards
from colonnade.migrate.safe_plan import safe_plan
from colonnade.migrate.stage import Plan, Revision, joined
from colonnade.models import DEFAULT_TIMEOUT_SECONDS
from colonnade.postgres import Server, Session
from colonnade.review.plan.destroyed import destroyed
from colonnade.schema.dependencies import Catalog
from colonnade.schema.management import with_unmanaged
from colonnade.schema.names import ObjectName
from colonnade.schema.own import ALEMBIC_VERSIONS
from colonnade.span import Span

# Alembic's own.
_VERSIONS = frozenset({("public", ALEMBIC_VERSIONS)})


def migrate_new(  # noqa: PLR0913 - each is a choice of its own
    message: str,
    *,
    models: str | None = None,
    history: str | Path | None = None,
    sql: bool = False,
    renames: Sequence[str] = (),
    expand_contract: bool = False,
    allow_data_loss: bool = False,
    postgres_url: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> MigrateNewResult:
    """Compare models with the end of a history, and add the revision that makes the one like the other.

    `models` is any source that `diff` reads, `history` an Alembic environment, or with `sql` a folder of SQL files;
    both default to `[tool.colonnade]` in pyproject.toml. Where there is no environment one is made. The revision has
    been run forwards and backwards on a scratch database before it is written, whole or not at all. With
    `expand_contract` a column that is renamed, or changes its type by writing its table anew, is moved by a chain of
    revisions, between which code of both releases runs, and a table that is renamed has a view with its old name
    meanwhile. Raises InputError for a history that cannot be run or has several heads, UnsupportedError for what no
    statements of ours make, and, unless `allow_data_loss`, for a revision that loses content.
    """
    started = time.perf_counter()
    settings = project_settings(Path.cwd())
    source = _checked(message, models or settings.models)
    place = Path(history or settings.migrations or ".")
    target: History = SqlHistory.at(place) if sql else AlembicHistory.at(place)
    with pending_server(postgres_url) as pending:
        wish = _Wish(message=message.strip(), renames=tuple(renames), expand_contract=expand_contract)
        found, left = _planned(pending.ready(), source, target, wish, progress=progress)
    revisions = tuple(replace(each, up=_naming_drops(each.up), down=_naming_drops(each.down)) for each in found)
    up = joined([each.up for each in revisions])
    if not allow_data_loss:
        _refuse_losses(up)
    return MigrateNewResult(
        models=shown(source),
        files=target.write(revisions) if up.stages else (),
        up=up,
        down=joined([each.down for each in reversed(revisions)]),
        revisions=revisions if up.stages else (),
        left_alone=left.objects,
        unsaid=left.unsaid,
        elapsed_ms=(time.perf_counter() - started) * 1000,
    )


def _checked(message: str, source: str) -> str:
    """Return the source; raises InputError where it or the message is missing."""
    if not message.strip():
        raise InputError("a revision needs a message", hint='Say what it is for: -m "add the index of tasks".')
    if not source:
        hint = 'Name them with --models, or as models = "…" in [tool.colonnade] of pyproject.toml.'
        raise InputError("no models are named", hint=hint)
    return source


def _refuse_losses(up: Plan) -> None:
    if up.losses:
        raise UnsupportedError(
            "the revision would lose content",
            detail=f"It loses {', '.join(up.losses)}.",
            hint="Keep it with --rename, if it has another name now, or say --allow-data-loss.",
        )


def _naming_drops(plan: Plan) -> Plan:
    """Return the plan with what its stages drop, so that a drop which somebody adds to the file is told from them."""
    nowhere = Span(path="")
    stages = (
        replace(each, drops=tuple(dict.fromkeys(name for text in each.sql for name in destroyed(text, at=nowhere))))
        for each in plan.stages
    )
    return replace(plan, stages=tuple(stages))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Left:
    """What the models leave alone: objects, and phrases for what no schema can say."""

    objects: tuple[ObjectName, ...] = ()
    unsaid: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """How the history is to go on."""

    message: str
    renames: tuple[str, ...]
    expand_contract: bool


def _planned(
    server: Server, source: str, history: History, wish: _Wish, *, progress: Callable[[str], None]
) -> tuple[tuple[Revision, ...], _Left]:
    """Return the revisions, of which there is at least one, and what the models leave alone."""
    progress(f"reading {shown(source)}")
    with standing(source, server=server, seconds=DEFAULT_TIMEOUT_SECONDS) as described:
        models, external, roles = described.catalog(), described.external | _VERSIONS, described.roles
        partly = described.described
    progress("running the history")
    left = _Left()

    def goal(database: Catalog) -> Catalog:
        nonlocal left
        wanted, objects = with_unmanaged(models, database) if partly else (models, ())
        left = _Left(objects=objects, unsaid=wanted.schema.unsaid)
        return wanted

    with _replayed(history, server, roles) as start:

        def read(session: Session) -> Catalog:
            return replace(start, session=session).catalog(external=external)

        found: tuple[Revision, ...] = ()
        if wish.expand_contract:
            progress("trying the chain, forwards and back")
            found = chain(server, start.session, goal, read=read, renames=wish.renames, message=wish.message)
        if not found:
            progress("trying the way forwards, and the way back")
            found = (_single(server, start.session, goal, read, wish),)
    return found, left


def _single(
    server: Server,
    session: Session,
    goal: Callable[[Catalog], Catalog],
    read: Callable[[Session], Catalog],
    wish: _Wish,
) -> Revision:
    """Return the one revision that makes all changes at once."""
    before = read(session)
    up = safe_plan(server, session, goal, read=lambda: read(session), renames=wish.renames)
    back = backwards(wish.renames)
    down = safe_plan(server, session, lambda _: before, read=lambda: read(session), renames=back)
    return Revision(message=wish.message, up=up, down=down)


@contextmanager
def _replayed(history: History, server: Server, roles: frozenset[str]) -> Iterator[Standing]:
    """Run a history on a scratch database and lend it."""
    with standing(EMPTY, server=server, seconds=DEFAULT_TIMEOUT_SECONDS, besides=roles) as start:
        history.replay(start.session)
        yield start
