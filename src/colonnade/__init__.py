"""Colonnade: specs in; a schema, its reasons, SQLModel code and proof on a real Postgres out."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
