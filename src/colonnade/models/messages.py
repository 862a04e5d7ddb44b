"""What is said between us and the process that holds the user's models."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedRelationship:
    """A relationship of a mapped class.

    `columns` are the columns of this class's table that take part, `target_columns` those of the target's,
    pairwise; for a relationship over an association, `association` is its table, and they are the columns of the
    association that refer to this class and to the target. `target_table` and `association` are as SQLAlchemy
    calls them (`auth.users`).
    """

    name: str
    direction: Literal["to one", "from one", "many to many"]
    target: str
    target_table: str
    columns: tuple[str, ...]
    target_columns: tuple[str, ...]
    association: str = ""
    read_only: bool = False
    many: bool = False
    paired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedModel:
    """A class that maps a table; `external` says that another product creates it."""

    name: str
    table: str
    relationships: tuple[MappedRelationship, ...] = ()
    external: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReference:
    """A row by its table and the values that identify it, in Postgres's input form."""

    table: str
    key: dict[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTrial:
    """A row to insert through its class, to read back, change and delete.

    `setup` are the statements that store what it refers to. `values` and `changes` are in Postgres's input
    form; `changes` are other acceptable values.
    """

    id: str
    table: str
    setup: tuple[str, ...]
    values: dict[str, str | None]
    changes: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadTrial:
    """A relationship to load: from `owner` it must lead to `target`."""

    id: str
    owner: RowReference
    relationship: str
    target: RowReference


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadGroup:
    """Relationships to load among the same rows."""

    setup: tuple[str, ...]
    loads: tuple[LoadTrial, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteTrial:
    """A row to delete, through the session and in SQL, and the tables in which that may be felt.

    `sql` is the DELETE; `watched` are the tables that hold rows, as SQL names them, by what SQLAlchemy calls them.
    """

    id: str
    setup: tuple[str, ...]
    row: RowReference
    sql: str
    watched: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """Everything to try in one database; `prelude` runs before each trial, and all is rolled back.

    `deferring` says that there are constraints which may be checked at the end of a transaction only.
    """

    url: str
    prelude: tuple[str, ...] = ()
    deferring: bool = False
    rows: tuple[RowTrial, ...] = ()
    loads: tuple[LoadGroup, ...] = ()
    deletes: tuple[DeleteTrial, ...] = ()


StepName = Literal["insert", "load", "update", "delete", "async"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What came of one step of a trial; `observed` says what was seen.

    `tried` is False when the rows that the trial starts from could not be stored.
    """

    trial: str
    name: StepName
    ok: bool
    tried: bool = True
    observed: str
    sql: str = ""
    sqlstate: str = ""
    elapsed_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a command could not be done; `path` and `line` are of the user's file, where one is to blame."""

    message: str
    detail: str = ""
    hint: str = ""
    path: str = ""
    line: int = 0
    quote: str = ""
    sqlstate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A command: to import models from `path`, to create their tables at `url`, to run trials.

    `stand_ins` creates also what `create_all` leaves to others: external tables and namespaces.
    """

    command: Literal["load", "create", "exercise"]
    path: str = ""
    url: str = ""
    trials: Trials | None = None
    stand_ins: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The answer: what was found, or why not."""

    failure: Failure | None = None
    models: tuple[MappedModel, ...] = ()
    steps: tuple[Step, ...] = ()
