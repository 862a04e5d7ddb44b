"""Claims about a design, and what a real Postgres says about them."""

from colonnade.prove.claim import Claim, Evidence, Proof, Verdict

__all__ = ["Claim", "Evidence", "Proof", "Verdict"]
