"""How the data is read and written, and the contract's operations field by field."""

from __future__ import annotations

from typing import Literal

from colonnade.spec.value import Fact, Value


class SortKey(Value):
    """One sort choice: an attribute and its direction."""

    attribute: str
    descending: bool = False


class Page(Value):
    """How a list is cut: not at all, by offset, by page number, or after a cursor."""

    style: Literal["none", "offset", "page", "cursor"] = "none"
    size: int = 50


PatternKind = Literal["get", "list", "search", "aggregate", "report", "job", "write"]


class AccessPattern(Fact):
    """One way in which the data is read or written.

    `by` are the attributes that identify one row (get, write). `equality`, `range` and `sort` are what a
    caller may choose among: each filter is optional, one of the sorts applies, the first is the default.
    A filter may name an attribute, a relationship (`author`), an attribute of a related entity
    (`author.username`), or a related N-M entity (`tags`, `tags.name`). `search` are the texts searched.
    `where` is a fixed SQL condition over attributes. `scope` says whose rows are visible: `owner` (only
    the caller's), `parent` (those of the parents in `equality`), `all` (those of every owner, said so), "" for whatever
    row security shows. `group_by` and `measures`
    (`count(*)`, `sum(total)`) make an aggregate; `joins` name the relationships a report follows, dotted
    for more than one step. `sql` overrides all of it with a statement over table names.
    `per_second` and `p95_ms` are the declared frequency and latency budget, `source` the operation.
    """

    id: str
    kind: PatternKind
    entity: str
    by: tuple[str, ...] = ()
    equality: tuple[str, ...] = ()
    required_equality: tuple[str, ...] = ()
    range: tuple[str, ...] = ()
    sort: tuple[SortKey, ...] = ()
    page: Page = Page()
    search: tuple[str, ...] = ()
    search_mode: Literal["substring", "prefix", "word"] = "substring"
    where: str | None = None
    scope: Literal["", "owner", "parent", "all"] = ""
    group_by: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()
    sql: str | None = None
    writes: Literal["", "insert", "update", "delete"] = ""
    sets: tuple[str, ...] = ()
    per_second: float | None = None
    p95_ms: int | None = None
    source: str = ""


class OperationField(Fact):
    """A field of a request, a response or a query, and where it lives in the spec.

    `place` is an attribute, a relationship, or a dotted path over relationships of `entity`; it is empty when the
    field has no storage, and then `reason` says why (computed, viewer-relative, envelope, page size, …).
    `required` is of the contract.
    """

    name: str
    direction: Literal["request", "response", "filter", "sort", "path"]
    entity: str
    place: str = ""
    reason: str = ""
    required: bool = False


class Operation(Fact):
    """One operation of the contract."""

    id: str
    method: str
    path: str
    entity: str = ""
    effect: Literal["read", "list", "create", "update", "delete", "other"] = "other"
    fields: tuple[OperationField, ...] = ()
    secured: bool = False
    reason: str = ""
