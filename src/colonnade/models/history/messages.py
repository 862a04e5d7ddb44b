"""What is said between us and the process that runs somebody's revisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRequest:
    """Run a history in order, and then back to before the first of the files of which the `ways_back` are asked for.

    `configuration` is an alembic.ini or empty, `scripts` the folder with env.py. Without a `url` nothing is run: the
    statements are what Alembic would print.
    """

    configuration: str
    scripts: str
    url: str = ""
    ways_back: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EmittedStatement:
    """A statement that a revision sent, with its values in it; `line` is the one of the revision that led to it.

    `transaction` numbers the transaction that it ran in, None for one that committed by itself.
    """

    sql: str
    line: int
    transaction: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionImport:
    """A module of the application that a revision imports."""

    module: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFailure:
    """What a revision raised, and where; `sqlstate` is empty for what is no refusal of the server."""

    message: str
    detail: str = ""
    path: str = ""
    line: int = 0
    sqlstate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRevision:
    """A revision and what it emitted, each way; `down` is None where the way back was not tried.

    `line` and `downgrade_line` are where its functions are. `irreversible` is the reason that it gives for having no
    way back. `failure` ended the run in this revision, or kept it from being printed.
    """

    revision: str
    path: str
    line: int
    downgrade_line: int
    up: tuple[EmittedStatement, ...]
    down: tuple[EmittedStatement, ...] | None = None
    imports: tuple[RevisionImport, ...] = ()
    irreversible: str = ""
    failure: HistoryFailure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedHistory:
    """The revisions in the order in which they were run; `heads` are those without a branch label.

    `prelude` is what env.py itself runs before them. `failure` is what kept it from being run at all.
    """

    revisions: tuple[HistoryRevision, ...] = ()
    heads: tuple[str, ...] = ()
    prelude: tuple[str, ...] = ()
    failure: HistoryFailure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionText:
    """The parts of a revision file: three that its template has places for, and what comes at its end."""

    imports: str
    upgrades: str
    downgrades: str
    helpers: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRevision:
    """Add a revision after the head; `helpers` come at the end of its file, the rest where its template says."""

    configuration: str
    scripts: str
    message: str
    imports: str
    upgrades: str
    downgrades: str
    helpers: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRevision:
    """Where the revision is, or why there is none, and the way out."""

    path: str = ""
    failure: HistoryFailure | None = None
    hint: str = ""


StopKind = Literal["backend terminated", "connection cut", "process killed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What ends a run at its n-th statement, counted from 1: when that has returned, or `during` it, while it waits."""

    statement: int
    kind: StopKind
    during: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """Run a history forwards or backwards to a revision, at a `url`; an empty `target` runs nothing.

    Without a target a `url` is asked where it stands, and is only read. Without a `url` the way from the revision
    `start` is printed. `opening` are statements that every connection begins with.
    """

    configuration: str
    scripts: str
    url: str = ""
    target: str = ""
    forwards: bool = True
    stop: Stop | None = None
    start: str = ""
    opening: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RanStatement:
    """A statement that was run, with the place in the revision that led to it; Alembic's own have line 0."""

    sql: str
    revision: str
    path: str
    line: int
    elapsed_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionPlace:
    """A revision of a history: what it comes after, its file, and what it says that it is for.

    `needs` are revisions of other branches that it comes after as well.
    """

    revision: str
    down_revisions: tuple[str, ...]
    path: str
    labels: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What came of a run: `revisions` are all of the history, in their order; `ended` says how the process ended.

    `current` are the revisions at which a database stands, `printed` is the way as SQL; each where that was asked for.
    """

    statements: tuple[RanStatement, ...] = ()
    revisions: tuple[RevisionPlace, ...] = ()
    heads: tuple[str, ...] = ()
    failure: HistoryFailure | None = None
    ended: str = ""
    current: tuple[str, ...] = ()
    printed: str = ""
