"""From the changes between two schemas to statements that make them, in an order in which they can run."""

from colonnade.migrate.plan import plan
from colonnade.migrate.script import script
from colonnade.migrate.sentences import sentence
from colonnade.migrate.step import Step
from colonnade.migrate.writing import steps

__all__ = ["Step", "plan", "script", "sentence", "steps"]
