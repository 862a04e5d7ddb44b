"""Rules that stored data must keep. Attribute names may be prefixed `lower(…)` where said so.

Wherever a rule or pattern names an attribute it may also name a N-1 or 1-1 relationship of the
entity, which stands for the referencing column(s) (`owner` names the owner relationship).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from colonnade.spec.value import Fact


class Uniqueness(Fact):
    """No two rows agree on all `keys`; a key is an attribute, a relationship, or `lower(attribute)`.

    `where` limits the rule to rows that meet the SQL condition. `nulls_equal` makes NULLs clash.
    """

    kind: Literal["unique"] = "unique"
    entity: str
    keys: tuple[str, ...]
    where: str | None = None
    nulls_equal: bool = False
    deferrable: bool = False


class Condition(Fact):
    """A condition over attributes of one row, as an SQL expression over attribute names."""

    kind: Literal["check"] = "check"
    entity: str
    expression: str
    name: str = ""


class ExactlyOneOf(Fact):
    """Exactly one (or with `optional`, at most one) of the attributes or relationships is present."""

    kind: Literal["one-of"] = "one-of"
    entity: str
    members: tuple[str, ...]
    optional: bool = False


class FunctionalDependency(Fact):
    """The determinant attributes fix the dependent ones (Codd): same determinant, same dependents."""

    kind: Literal["dependency"] = "dependency"
    entity: str
    determinant: tuple[str, ...]
    dependent: tuple[str, ...]


class CardinalityLimit(Fact):
    """At most `maximum` rows of `entity` per value of `per` (attributes or relationships)."""

    kind: Literal["limit"] = "limit"
    entity: str
    per: tuple[str, ...]
    maximum: int
    where: str | None = None


class NoOverlap(Fact):
    """No two rows with equal `per` overlap between `start` and `end`; half-open `[start, end)`."""

    kind: Literal["no-overlap"] = "no-overlap"
    entity: str
    per: tuple[str, ...]
    start: str
    end: str
    where: str | None = None


class Transition(Fact):
    """An enum attribute changes only along these `(before, after)` steps."""

    kind: Literal["transition"] = "transition"
    entity: str
    attribute: str
    steps: tuple[tuple[str, str], ...]


class AppendOnly(Fact):
    """Rows are never updated or deleted (with `attributes`: these are never changed)."""

    kind: Literal["append-only"] = "append-only"
    entity: str
    attributes: tuple[str, ...] = ()


class ApplicationRule(Fact):
    """A rule that no constraint can hold, with the reason; the application must keep it."""

    kind: Literal["application"] = "application"
    entity: str
    sentence: str
    reason: str


Invariant = Annotated[
    Uniqueness
    | Condition
    | ExactlyOneOf
    | FunctionalDependency
    | CardinalityLimit
    | NoOverlap
    | Transition
    | AppendOnly
    | ApplicationRule,
    Field(discriminator="kind"),
]
