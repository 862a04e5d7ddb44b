"""Neon's API v2: one set of rules, carried out by a client that waits and by one that awaits."""

from colonnade.branches.neon.api import Neon
from colonnade.branches.neon.clients import BASE_URL, AsyncNeonClient, NeonClient
from colonnade.branches.neon.provider import NeonProvider

__all__ = ["BASE_URL", "AsyncNeonClient", "Neon", "NeonClient", "NeonProvider"]
