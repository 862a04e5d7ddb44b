"""The way from where a database stands to a revision, along a history."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from colonnade.errors import InputError

BASE = "base"
"""What comes before the first revision."""

FORWARDS, BACKWARDS = ".up.sql", ".down.sql"
"""How the files of SQL end that a step consists of."""

_SHORTEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A revision of a history: those that it comes after, its file, and what it is for."""

    revision: str
    after: tuple[str, ...]
    path: str
    message: str = ""
    labels: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def content(self) -> bytes:
        """Its file; of SQL those of both ways."""
        path = Path(self.path)
        back = path.with_name(path.name.removesuffix(FORWARDS) + BACKWARDS)
        both = path.name.endswith(FORWARDS) and back.is_file()
        return path.read_bytes() + (b"\0" + back.read_bytes() if both else b"")

    @property
    def digest(self) -> str:
        """A SHA-256 of its content."""
        return hashlib.sha256(self.content).hexdigest()


def plan_digest(steps: Iterable[Step]) -> str:
    """Return a SHA-256 of revisions with their files: what was rehearsed and what is applied have the same."""
    digest = hashlib.sha256()
    for step in steps:
        digest.update(step.revision.encode() + b"\0" + step.content + b"\0")
    return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A history as a graph; `steps` are in an order in which they can run, `heads` those that nothing comes after."""

    steps: tuple[Step, ...]
    heads: tuple[str, ...]

    @property
    def by_name(self) -> Mapping[str, Step]:
        """The steps by their names."""
        return {step.revision: step for step in self.steps}

    def passed(self, revisions: Iterable[str]) -> frozenset[str]:
        """Return the revisions and all that they come after."""
        steps = self.by_name
        found: set[str] = set()
        waiting = [each for each in revisions if each != BASE]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += (*steps[name].after, *steps[name].needs)
        return frozenset(found)

    def between(self, start: Iterable[str], target: str) -> tuple[Step, ...]:
        """Return what has to run to come from where a database stands to the target."""
        wanted = self.passed([target]) - self.passed(start)
        return tuple(step for step in self.steps if step.revision in wanted)

    def head(self) -> str:
        """Return the only head; raises InputError where there is none or more than one."""
        if not self.heads:
            raise InputError("the history has no revision", hint="Write one with colonnade migrate new.")
        if len(self.heads) > 1:
            labels = {each: ", ".join(self.by_name[each].labels) for each in self.heads}
            shown = (f"{each} ({labels[each]})" if labels[each] else each for each in self.heads)
            raise InputError(
                f"the history has {len(self.heads)} heads",
                detail=f"They are {', '.join(shown)}.",
                hint="Bring them together with alembic merge heads, or name the revision to go to.",
            )
        return self.heads[0]

    def named(self, text: str) -> str:
        """Return the revision that a text names by its beginning or its branch; raises InputError for none."""
        label = text.removesuffix("@head")
        if text in (BASE, "head"):
            return BASE if text == BASE else self.head()
        if text in self.by_name:
            return text
        branch = [each for each in self.heads if label in self.by_name[each].labels]
        found = branch or [each for each in self.by_name if len(text) >= _SHORTEST and each.startswith(text)]
        if len(found) != 1:
            raise InputError(
                f'"{text}" is {"the beginning of several revisions" if found else "no revision"}',
                detail=f"They are {', '.join(found)}." if found else "",
                hint="Write more of it." if found else "colonnade migrate status lists those that are pending.",
            )
        return found[0]

    def forwards(self, text: str, current: Sequence[str]) -> str:
        """Return the revision to go forwards to: a name, `head`, or `+2` from where the database stands."""
        if not text.startswith("+"):
            return self.named(text)
        pending = self.between(current, self.head())
        count = _count(text)
        if count > len(pending):
            raise InputError(
                f"there are {len(pending)} revisions after this one, not {count}",
                hint="Leave it out to go to the head.",
            )
        return pending[count - 1].revision

    def backwards(self, text: str, current: str) -> str:
        """Return the revision to go back to: a name, `base`, or `-1` from where the database stands."""
        if not text.startswith("-"):
            return self.named(text)
        place = current
        for _ in range(_count(text)):
            if place == BASE:
                raise InputError("there is nothing to go back to", hint="The first revision comes after base.")
            after = self.by_name[place].after
            if len(after) > 1:
                raise InputError(
                    f'revision "{place}" comes after {len(after)} others', hint="Name the revision to go back to."
                )
            place = after[0] if after else BASE
        return place


def _count(text: str) -> int:
    if not text[1:].isdecimal() or int(text[1:]) < 1:
        raise InputError(f'"{text}" is no number of revisions', hint="Write +1 or -1.")
    return int(text[1:])
