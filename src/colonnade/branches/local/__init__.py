"""Branches that need no account: databases on a server of our own that stays between commands."""

from colonnade.branches.local.home import Home
from colonnade.branches.local.provider import LocalProvider

__all__ = ["Home", "LocalProvider"]
