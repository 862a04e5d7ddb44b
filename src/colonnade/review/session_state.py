"""What statements leave in their session, where the next transaction of somebody else meets it or its own misses it."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from colonnade.review.plan.acts import Act, Create, Drop, Query, SessionChange, SessionKind, Setting
from colonnade.trace import TracedStatement

Kind = SessionKind | Literal["SET", "LOCK", "TEMPORARY"]

_OF_THE_TRANSACTION = frozenset({"transaction", "transaction snapshot"})
_LOCKS = frozenset(f"pg_{tries}advisory_lock{mode}" for tries in ("", "try_") for mode in ("", "_shared"))
_OUTLIVES_ROLLBACK: frozenset[Kind] = frozenset({"LOCK", "PREPARE", "LOAD"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionState:
    """Something that outlives the transaction that made it; `name` is what the statement calls it."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """What takes state of a kind back; all of it where no name is given."""

    kind: Kind
    name: str


def left_behind(
    statements: Iterable[tuple[TracedStatement, tuple[Act, ...]]],
) -> tuple[tuple[TracedStatement, SessionState], ...]:
    """Return what outlives the transaction that it was made in, of statements with their acts, in their order.

    What a rollback undoes is left out, and what the same transaction takes back.
    """
    left: dict[int, tuple[TracedStatement, SessionState]] = {}
    made_in: dict[str, list[tuple[int, SessionState]]] = defaultdict(list)
    numbers = itertools.count()
    for statement, acts in statements:
        for change in (each for act in acts for each in _changes(act)):
            if isinstance(change, _End):
                for number, state in made_in[statement.transaction] if statement.kept and statement.transaction else ():
                    if change.kind == state.kind and change.name in {"", state.name}:
                        left.pop(number, None)
            elif statement.kept or change.kind in _OUTLIVES_ROLLBACK:
                number = next(numbers)
                left[number] = (statement, change)
                made_in[statement.transaction].append((number, change))
    return tuple(left.values())


def _changes(act: Act) -> Iterator[SessionState | _End]:
    match act:
        case Setting(reset=True, local=False):
            yield _End(kind="SET", name=act.name)
        case Setting(local=False) if act.name not in _OF_THE_TRANSACTION:
            yield SessionState(kind="SET", name=act.name or "set_config")
        case Query():
            yield from (SessionState(kind="LOCK", name=each) for each in sorted(act.functions & _LOCKS))
        case SessionChange(begun=True):
            yield SessionState(kind=act.kind, name=act.name)
        case SessionChange():
            yield _End(kind=act.kind, name=act.name)
        case Create(kind="TABLE", passing=False) if act.temporary or act.name.namespace.startswith("pg_temp"):
            yield SessionState(kind="TEMPORARY", name=act.name.name)
        case Drop(kind="TABLE"):
            yield from (_End(kind="TEMPORARY", name=each.name) for each in act.names)
