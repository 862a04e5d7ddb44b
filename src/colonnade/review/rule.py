"""What a rule is: a code, a manual page, and a check of one kind of subject."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Generic, Protocol, TypeVar

from colonnade.review.finding import Applicability, Evidence, Finding, Fix, Severity
from colonnade.review.manual import ManualPage, manual_page
from colonnade.span import Span


class Reviewed(Protocol):
    """What a rule can look at: where it comes from, and what is known of it.

    `unseen` says by kind of evidence which parts of the subject lack it although the rest has it.
    """

    @property
    def family(self) -> str:
        """Which rules judge it."""
        ...

    @property
    def path(self) -> str:
        """The file that it is written in."""
        ...

    @property
    def evidence(self) -> frozenset[Evidence]:
        """What is known of it."""
        ...

    @property
    def unseen(self) -> tuple[tuple[Evidence, str], ...]:
        """What is not known of some part of it, and why."""
        ...


Subject = TypeVar("Subject", bound=Reviewed)


class Rule(ABC, Generic[Subject]):
    """One fault that a review looks for; the docstring of each rule is its manual page.

    `needs` is the evidence without which it is not run. `default` tells whether it is on where nobody chose. A rule
    whose findings are always new or never forgivable is not `baselinable`.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity]
    needs: ClassVar[frozenset[Evidence]]
    default: ClassVar[bool] = True
    baselinable: ClassVar[bool] = False
    fixed_by: ClassVar[Applicability] = "manual"

    @abstractmethod
    def check(self, subject: Subject) -> Iterator[Finding]:
        """Yield what is wrong with the subject."""

    @classmethod
    def manual(cls) -> ManualPage:
        """Return the manual page, taken from the docstring."""
        return _page(cls)

    @classmethod
    def family(cls) -> str:
        """Return which kind of subject it reads: the package that it stands in."""
        return cls.__module__.rsplit(".", 2)[-2]

    def finding(
        self,
        message: str,
        *,
        object: str,  # noqa: A002 - the field's name
        at: Span,
        detail: str = "",
        hint: str = "",
        fix: Fix | None = None,
    ) -> Finding:
        """Return a finding of this rule; without a hint of its own it says what the manual page says as the way out."""
        page = self.manual()
        return Finding(
            code=self.code,
            name=self.name,
            severity=self.severity,
            object=object,
            at=at,
            message=message,
            detail=detail,
            hint=hint or page.fix,
            fix=fix or Fix(title=page.fix, applicability=self.fixed_by),
        )


@functools.cache
def _page(rule: type[Rule[Reviewed]]) -> ManualPage:
    return manual_page(rule.__doc__ or "")
