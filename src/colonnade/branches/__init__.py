"""Branches of databases: one interface, kept by Neon or on this machine."""

from colonnade.branches.branch import (
    NOW,
    Branch,
    BranchError,
    BranchProvider,
    Moment,
    NameTakenError,
    NewBranch,
    Target,
    find,
)

__all__ = [
    "NOW",
    "Branch",
    "BranchError",
    "BranchProvider",
    "Moment",
    "NameTakenError",
    "NewBranch",
    "Target",
    "find",
]
