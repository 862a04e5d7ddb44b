"""What `doctor` returns."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.review import Review, Severity
from colonnade.review.connection import Diagnosis, PoolUse

__all__ = ["Diagnosis", "DoctorResult", "PoolUse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorResult:
    """What was seen and what is wrong with it; `fail_on` is the least severity that counts."""

    diagnosis: Diagnosis
    review: Review
    fail_on: Severity
    elapsed_ms: float

    @property
    def found(self) -> bool:
        """Whether anything was found that counts."""
        return self.review.found(self.fail_on)
