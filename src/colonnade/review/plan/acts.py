"""What a statement says it will do: its acts, read from its syntax tree. What it really did is observed, not read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SessionKind = Literal["LISTEN", "PREPARE", "CURSOR", "LOAD"]


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """The name of an object as it was written, folded; `namespace` is empty where none was written."""

    namespace: str
    name: str

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name, where no namespace means `public`."""
        return self.namespace or "public", self.name

    def __str__(self) -> str:
        """Return it as people say it: `public` goes without saying."""
        return self.name if self.namespace in ("", "public") else f"{self.namespace}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that a statement does; `offset` is where it is written in the statement, in characters from 0.

    What a DO block does has in `part` which of the block's transactions it runs in, counted from 1.
    """

    offset: int = 0
    part: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateIndex(Act):
    """CREATE INDEX; `columns` are its keys in order, an expression as an empty name. `only` leaves partitions out."""

    name: str
    table: Name
    columns: tuple[str, ...]
    unique: bool
    concurrent: bool
    if_not_exists: bool
    partial: bool
    only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reindex(Act):
    """REINDEX of a `kind` (INDEX, TABLE, SCHEMA, SYSTEM, DATABASE); `target` is None where no relation is named."""

    kind: str
    target: Name | None
    concurrent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Create(Act):
    """CREATE of a `kind` of object (TABLE, VIEW, TYPE, ROLE, DATABASE, …) that has no act of its own.

    `passing` says that COMMIT drops it.
    """

    kind: str
    name: Name
    replace: bool = False
    temporary: bool = False
    unlogged: bool = False
    passing: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop(Act):
    """DROP of objects of one `kind`; `table` holds triggers and policies."""

    kind: str
    names: tuple[Name, ...]
    table: Name | None = None
    cascade: bool = False
    if_exists: bool = False
    concurrent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddConstraint(Act):
    """A constraint that a table, or a domain (`on_domain`), gets; `in_column` within ADD COLUMN."""

    table: Name
    kind: str
    name: str
    columns: tuple[str, ...] = ()
    not_valid: bool = False
    index: str = ""
    referenced: Name | None = None
    in_column: bool = False
    on_domain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddColumn(Act):
    """ADD COLUMN; `filled` says that a default, identity, serial type or generation gives it a value."""

    table: Name
    column: str
    not_null: bool
    filled: bool
    constraints: tuple[AddConstraint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DropColumn(Act):
    """DROP COLUMN."""

    table: Name
    column: str
    cascade: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterColumn(Act):
    """ALTER COLUMN; `what` as the server's parser calls it, without `AT_`. `zone` tells whether USING names one."""

    table: Name
    column: str
    what: str
    using: bool = False
    zone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstraintChange(Act):
    """DROP, VALIDATE or ALTER CONSTRAINT; `what` as the server's parser calls it, without `AT_`."""

    table: Name
    name: str
    what: str
    cascade: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionChange(Act):
    """ATTACH or DETACH PARTITION."""

    table: Name
    partition: Name
    attach: bool
    concurrent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterTable(Act):
    """Another subcommand of ALTER TABLE, about `name`; `what` as the server's parser calls it, without `AT_`."""

    table: Name
    what: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename(Act):
    """RENAME; `table` holds columns and the like. An enum value is of kind VALUE."""

    kind: str
    old: Name
    new: str
    table: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSchema(Act):
    """SET SCHEMA."""

    kind: str
    old: Name
    schema: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddEnumValue(Act):
    """ALTER TYPE … ADD VALUE; `placed` by BEFORE or AFTER."""

    type: Name
    value: str
    placed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh(Act):
    """REFRESH MATERIALIZED VIEW."""

    view: Name
    concurrent: bool
    with_data: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintain(Act):
    """VACUUM, ANALYZE or CLUSTER of tables, of all where none is named."""

    kind: str
    tables: tuple[Name, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionControl(Act):
    """BEGIN, COMMIT, ROLLBACK, SAVEPOINT and their like."""

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Act):
    """SET, RESET or set_config; `value` is empty where it is reset or worked out. `local` ends with the transaction."""

    name: str
    value: str
    local: bool
    reset: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionChange(Act):
    """LISTEN, PREPARE, DECLARE … WITH HOLD (kind CURSOR) or LOAD; or what ends them, all of the kind without a name."""

    kind: SessionKind
    name: str
    begun: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Write(Act):
    """INSERT, UPDATE, DELETE or MERGE. `filtered` has a WHERE; `pinned` are the columns that it equates with constants,
    `bounded` those with a range on both sides. `selects` says that an INSERT takes its rows from a query.
    """

    kind: str
    table: Name
    filtered: bool = False
    pinned: frozenset[str] = frozenset()
    bounded: frozenset[str] = frozenset()
    selects: bool = False
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncate(Act):
    """TRUNCATE."""

    tables: tuple[Name, ...]
    cascade: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Query(Act):
    """A SELECT; `functions` are those that it calls, `tables` those that it reads."""

    functions: frozenset[str] = frozenset()
    tables: frozenset[Name] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange(Act):
    """CREATE or ALTER POLICY."""

    table: Name
    name: str
    create: bool
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Privilege(Act):
    """GRANT or REVOKE on objects of a `kind`, or of roles (kind ROLE); PUBLIC is the role `public`."""

    grant: bool
    kind: str
    objects: tuple[Name, ...]
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOwner(Act):
    """OWNER TO."""

    kind: str
    object: Name
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChange(Act):
    """CREATE or ALTER ROLE; `options` as the server's parser calls them, with their value."""

    role: str
    create: bool
    options: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentSetting(Act):
    """ALTER SYSTEM, ALTER DATABASE … SET, ALTER ROLE … SET: `scope` and the name of what is set."""

    scope: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateExtension(Act):
    """CREATE EXTENSION."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block(Act):
    """DO: what it spells out follows as acts of their own. `raises` says that it may refuse what it finds.

    `opaque` are commands that it puts together from parts, which only running it can tell.
    """

    body: str
    raises: bool
    words: frozenset[str]
    opaque: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Other(Act):
    """A statement that no rule asks about, called as in the server's parser."""

    kind: str
    names: tuple[Name, ...] = ()
