"""`migrate new`: the revision that takes a history on to the models, tried both ways before it is written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from colonnade.api.catalogs import EMPTY, Standing, standing
from colonnade.api.change_results import MigrateNewResult
from colonnade.api.given import shown
from colonnade.api.histories import AlembicHistory, History, SqlHistory
from colonnade.api.project import project_settings
from colonnade.api.servers import pending_server
from colonnade.errors import InputError, UnsupportedError
from colonnade.migrate.renaming import backwards
from colonnade.migrate.safe_plan import safe_plan
from colonnade.migrate.stage import Plan
from colonnade.models import DEFAULT_TIMEOUT_SECONDS
from colonnade.postgres import Server
from colonnade.schema.dependencies import Catalog
from colonnade.schema.management import with_unmanaged
from colonnade.schema.names import ObjectName
from colonnade.schema.own import ALEMBIC_VERSIONS

# Alembic's own.
_VERSIONS = frozenset({("public", ALEMBIC_VERSIONS)})


def migrate_new(
    message: str,
    *,
    models: str | None = None,
    history: str | Path | None = None,
    sql: bool = False,
    renames: Sequence[str] = (),
    allow_data_loss: bool = False,
    postgres_url: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> MigrateNewResult:
    """Compare models with the end of a history, and add the revision that makes the one like the other.

    `models` is any source that `diff` reads, `history` an Alembic environment, or with `sql` a folder of SQL files;
    both default to `[tool.colonnade]` in pyproject.toml. Where there is no environment one is made. The revision has
    been run forwards and backwards on a scratch database before it is written, whole or not at all. Raises InputError
    for a history that cannot be run or has several heads, UnsupportedError for what no statements of ours make, and,
    unless `allow_data_loss`, for a revision that loses content.
    """
    started = time.perf_counter()
    settings = project_settings(Path.cwd())
    source = _checked(message, models or settings.models)
    place = Path(history or settings.migrations or ".")
    target: History = SqlHistory.at(place) if sql else AlembicHistory.at(place)
    with pending_server(postgres_url) as pending:
        planned = _planned(
            pending.ready(), source, target, renames=renames, seconds=DEFAULT_TIMEOUT_SECONDS, progress=progress
        )
    if not allow_data_loss:
        _refuse_losses(planned.up)
    files = target.write(planned.up, planned.down, message=message.strip()) if planned.up.stages else ()
    return MigrateNewResult(
        models=shown(source),
        files=files,
        up=planned.up,
        down=planned.down,
        left_alone=planned.left_alone,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """Both ways, and what the models leave alone."""

    up: Plan
    down: Plan
    left_alone: tuple[ObjectName, ...]


def _planned(
    server: Server,
    source: str,
    history: History,
    *,
    renames: Sequence[str],
    seconds: float,
    progress: Callable[[str], None],
) -> _Planned:
    progress(f"reading {shown(source)}")
    with standing(source, server=server, seconds=seconds) as described:
        models, external, roles = described.catalog(), described.external | _VERSIONS, described.roles
        partly = described.described
    progress("running the history")
    left_alone: tuple[ObjectName, ...] = ()

    def goal(database: Catalog) -> Catalog:
        nonlocal left_alone
        wanted = models
        if partly:
            wanted, left_alone = with_unmanaged(models, database)
        return wanted

    with _replayed(history, server, roles, seconds) as start:

        def read() -> Catalog:
            return start.catalog(external=external)

        before = read()
        progress("trying the way forwards")
        up = safe_plan(server, start.session, goal, read=read, renames=renames)
        progress("trying the way back")
        down = safe_plan(server, start.session, lambda _: before, read=read, renames=backwards(renames))
    return _Planned(up=up, down=down, left_alone=left_alone)


@contextmanager
def _replayed(history: History, server: Server, roles: frozenset[str], seconds: float) -> Iterator[Standing]:
    """Run a history on a scratch database and lend it."""
    with standing(EMPTY, server=server, seconds=seconds, besides=roles) as start:
        history.replay(start.session)
        yield start
