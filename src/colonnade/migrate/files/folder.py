"""What a folder of numbered SQL files holds, and where in it a database stands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from colonnade.errors import InputError
from colonnade.migrate.runs.record import Run
from colonnade.migrate.runs.way import BACKWARDS, BASE, FORWARDS, Route, Step
from colonnade.span import Span

KIND = "sql"
"""What kind of history it is, in the record of runs."""

_FILE = re.compile(rf"((\d+)_(.*)){re.escape(FORWARDS)}\Z")


def file_steps(folder: Path) -> tuple[Step, ...]:
    """Return the files of a folder as steps, by their numbers; raises InputError for a number that comes twice."""
    found = sorted(
        (int(match[2]), match[1], match[3], path)
        for path in folder.glob(f"*{FORWARDS}")
        if (match := _FILE.match(path.name))
    )
    steps: list[Step] = []
    for place, (number, name, message, path) in enumerate(found):
        if place and found[place - 1][0] == number:
            raise InputError(
                f"two files have the number {number}",
                at=Span(path=str(path)),
                detail=f"The other one is {found[place - 1][3].name}.",
                hint="Give the later one the next number.",
            )
        after = (steps[-1].revision,) if steps else ()
        steps.append(Step(revision=name, after=after, path=str(path), message=message.replace("_", " ")))
    return tuple(steps)


def file_route(place: Path) -> Route:
    """Return the history of a folder, or of the one that a file of it is in; raises InputError for one without any."""
    own = place.is_file() and place.name.endswith((FORWARDS, BACKWARDS))
    folder = place.parent if own else place
    steps = file_steps(folder) if folder.is_dir() else ()
    if not steps:
        raise InputError(
            f'"{place}" holds no migrations',
            hint="Name an alembic.ini, its folder, or a folder of files like 0001_message.up.sql.",
        )
    return Route(steps=steps, heads=(steps[-1].revision,))


def source(step: Step, *, forwards: bool) -> Path:
    """Return the file of a way; raises InputError where there is none back."""
    if forwards:
        return Path(step.path)
    path = way_back(step)
    if not path.is_file():
        raise InputError(f'there is no way back from "{step.revision}"', hint=f"Write it as {path.name}.")
    return path


def way_back(step: Step) -> Path:
    """Return the file that takes a step back, which need not be there."""
    return Path(step.path.removesuffix(FORWARDS) + BACKWARDS)


def standing(route: Route, runs: Iterable[Run]) -> str:
    """Return the last file that the recorded runs have come past, `base` for none."""
    place = BASE
    for run in runs:
        if run.history == KIND:
            ran = [each.revision for each in run.revisions]
            if run.direction == "up":
                place = ran[-1] if ran else place
            elif ran:
                place = _before(route, ran[-1])
    return place


def _before(route: Route, revision: str) -> str:
    """Return the file before; one that is gone is itself what is told as unknown."""
    step = route.by_name.get(revision)
    return revision if step is None else step.after[0] if step.after else BASE
