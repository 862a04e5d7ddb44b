"""What is asked of a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

Isolation = Literal["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]


class TermsGiven(TypedDict, total=False):
    """The keywords of `transaction`, `tenant`, `run` and `run_async`; `Terms` says what they mean."""

    isolation: Isolation | None
    read_only: bool
    deferrable: bool
    role: str
    settings: Mapping[str, str]
    after: str
    traceable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a transaction runs.

    `role` is taken on for its time, `settings` end with it. `after` is the position in the log that a replica must have
    reached to be read. A `traceable` transaction can be asked after when its outcome is unknown, for one round trip
    and one flush. `identity` are the settings that policies read.
    """

    isolation: Isolation | None = None
    read_only: bool = False
    deferrable: bool = False
    role: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    after: str = ""
    traceable: bool = False
    identity: Mapping[str, str] = field(default_factory=dict)

    @property
    def options(self) -> dict[str, Any]:
        """SQLAlchemy's execution options: they become part of BEGIN, so that a pooler never keeps them."""
        given: dict[str, Any] = {"isolation_level": self.isolation} if self.isolation else {}
        given |= {"postgresql_readonly": True} if self.read_only else {}
        return given | ({"postgresql_deferrable": True} if self.deferrable else {})

    @property
    def local(self) -> dict[str, str]:
        """The settings that are made at its beginning."""
        return {**self.settings, **({"role": self.role} if self.role else {}), **self.identity}
