"""`diff`: what makes one schema into another, and the statements that do, tried before they are given out."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from colonnade.api.catalogs import Standing, standing
from colonnade.api.change_results import DiffResult
from colonnade.api.given import shown
from colonnade.api.servers import pending_server
from colonnade.errors import StatementError, UnsupportedError
from colonnade.migrate import Step, plan, script, sentence, steps
from colonnade.migrate.renames import asked_for, proposals
from colonnade.models import DEFAULT_TIMEOUT_SECONDS
from colonnade.postgres import casts_of
from colonnade.schema.collecting import paused_collector
from colonnade.schema.dependencies import Catalog
from colonnade.schema.diff import diff as changes_between
from colonnade.schema.management import with_unmanaged
from colonnade.schema.names import ObjectName

_SHOWN = 5


def diff(
    before: str,
    after: str,
    *,
    renames: Sequence[str] = (),
    postgres_url: str | None = None,
    models_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    progress: Callable[[str], None] = lambda _: None,
) -> DiffResult:
    """Compare two sources, and return the statements that make the first like the second.

    A source is a folder made by `design`, a spec, a `.sql` file, a package or file of models, a database or branch
    (`branch:NAME`), which is only read, or `empty`. Both are built on a server and read back, so that catalogs are
    compared, and the statements are run on a copy of the first before they are returned. `renames`
    (`public.tasks.title=public.tasks.name`) are tables and columns that keep their content. Where models are the
    second source, objects of the first that they do not manage are left alone, and listed; so is what no schema can
    say, elsewhere if both sources have it. Raises InputError for what is no source or no rename, UnsupportedError for
    changes that no statements of ours make.
    """
    started = time.perf_counter()
    with pending_server(postgres_url) as pending:
        server = pending.ready()
        progress(f"reading {shown(after)}")
        with standing(after, server=server, seconds=models_seconds) as goal:
            wanted, external, roles, described = goal.catalog(), goal.external, goal.roles, goal.described
        progress(f"reading {shown(before)}")
        with standing(before, server=server, seconds=models_seconds, besides=roles) as start:
            first = _rename(start, renames, external)
            with paused_collector():
                catalog = start.catalog(external=external)
                left_alone: tuple[ObjectName, ...] = ()
                if described and not start.described:
                    wanted, left_alone = with_unmanaged(wanted, catalog)
                changes = changes_between(catalog.schema, wanted.schema)
                then = plan(changes, before=catalog, after=wanted, casts=casts_of(start.session))
            progress("trying the statements")
            _try(start, then, wanted)
    made = (*first, *then)
    return DiffResult(
        before=shown(before),
        after=shown(after),
        steps=made,
        sql=script(made, heading=_heading(before, after, made, [*_named(left_alone), *wanted.schema.unsaid]))
        if made
        else "",
        proposals=proposals(changes),
        left_alone=left_alone,
        unsaid=wanted.schema.unsaid,
        elapsed_ms=(time.perf_counter() - started) * 1000,
    )


def _rename(start: Standing, renames: Sequence[str], external: Collection[tuple[str, str]]) -> tuple[Step, ...]:
    """Rename what is asked for in the copy of the first source, and return the steps that did."""
    found: list[Step] = []
    for option in renames:
        catalog = start.catalog(external=external)  # an earlier rename may have changed what this one names
        (change,) = asked_for([option], catalog.schema)
        for step in steps(change, before=catalog, after=catalog, casts=lambda *_: ""):
            for statement in step.sql:
                start.session.execute(statement)
            found.append(step)
    return tuple(found)


def _try(start: Standing, made: Sequence[Step], wanted: Catalog) -> None:
    """Run the steps on the copy of the first source, and compare what they make with the second one."""
    try:
        start.session.script(script(made), path="diff.sql", atomic=False)
    except StatementError as problem:
        raise UnsupportedError(
            "a statement of the change is refused",
            detail=f"{problem.message}: {problem.statement.splitlines()[0] if problem.statement else ''}",
            hint="Make the change in two steps, each a schema of its own.",
            sqlstate=problem.sqlstate,
        ) from problem
    left = changes_between(start.catalog().schema, wanted.schema)
    if left:
        raise UnsupportedError(
            "the statements do not lead to the second schema",
            detail="; ".join(sentence(change) for change in left[:_SHOWN]) + ".",
            hint="Make the change in two steps, each a schema of its own.",
        )


def _named(objects: Iterable[ObjectName]) -> Iterator[str]:
    return (f"{each.kind} {each}" for each in objects)


def _heading(before: str, after: str, made: Sequence[Step], left_alone: Sequence[str]) -> list[str]:
    count = f"{len(made)} change{'s' if len(made) > 1 else ''}"
    lines = [f"From {shown(before)} to {shown(after)}: {count}.", "psql -X -v ON_ERROR_STOP=1 -f this_file"]
    return [*lines, *(f"left alone: {each}".replace("\n", " ") for each in left_alone)]
