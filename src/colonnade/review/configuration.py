"""What a project chooses: which rules, how bad, from where on they count, and what is known of its target."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from colonnade.errors import InputError
from colonnade.review.finding import Severity
from colonnade.span import Span

Transactions = Literal["statement", "file"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class OtherSeverity(_Part):
    """Another severity for a rule, and why."""

    level: Severity
    reason: str = Field(min_length=1)


class KnownFinding(_Part):
    """A finding without a line of its own, answered for by code and object."""

    code: str
    object: str
    reason: str = ""
    until: date | None = None


class Configuration(_Part):
    """The table `[tool.colonnade.lint]` of pyproject.toml.

    `select` and `ignore` hold codes or prefixes of codes. `transaction` says how SQL files are run: each statement by
    itself, as by psql, or each file in one transaction. `rows` are the volumes of tables by name. `names` are roles,
    schemas and the like that every environment has.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: Severity = Severity.warning
    severity: Mapping[str, OtherSeverity] = {}
    suppress: tuple[KnownFinding, ...] = ()
    transaction: Transactions = "statement"
    baseline: str = ""
    target: Literal["postgres", "neon"] = "postgres"
    names: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    rows: Mapping[str, int] = {}
    small_rows: int = Field(default=10_000, ge=0)

    def chooses(self, code: str, *, default: bool) -> bool:
        """Tell whether a rule is on; the longest matching entry decides, `ignore` between equals."""
        chosen = max((len(each) for each in self.select if code.startswith(each)), default=-1)
        ignored = max((len(each) for each in self.ignore if code.startswith(each)), default=-1)
        if ignored >= max(chosen, 0):
            return False
        return chosen >= 0 or (default and not self.select)


def configuration(document: Mapping[str, Any], *, path: str) -> Configuration:
    """Return what pyproject.toml chooses; raises InputError for what nobody understands."""
    tool = document.get("tool", {})
    given = tool.get("colonnade", {}).get("lint", {}) if isinstance(tool, dict) else {}
    try:
        return Configuration.model_validate(given)
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f'"{place}" in [tool.colonnade.lint] cannot be used',
            at=Span(path=path),
            detail=f"{first['msg']}.",
            hint=f"Known are: {', '.join(sorted(Configuration.model_fields))}.",
        ) from None
