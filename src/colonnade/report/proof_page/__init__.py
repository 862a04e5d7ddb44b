"""PROOF.md: what was tried and what Postgres said, what needs attention first."""

from colonnade.report.proof_page.document import markdown

__all__ = ["markdown"]
