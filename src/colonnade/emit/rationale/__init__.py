"""DESIGN.md: what each table is for and why everything in it is as it is."""

from colonnade.emit.rationale.document import markdown

__all__ = ["markdown"]
