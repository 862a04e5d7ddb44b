"""From the changes between two schemas to statements that make them, in an order in which they can run."""

from colonnade.migrate.plan import plan
from colonnade.migrate.step import Step

__all__ = ["Step", "plan"]
