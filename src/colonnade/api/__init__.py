"""One function for each verb: all that the command line and the other faces call."""

from colonnade.api.design_verb import design
from colonnade.api.diff_verb import diff
from colonnade.api.prove_verb import prove
from colonnade.api.results import DesignResult, DiffResult, ProveResult

__all__ = ["DesignResult", "DiffResult", "ProveResult", "design", "diff", "prove"]
