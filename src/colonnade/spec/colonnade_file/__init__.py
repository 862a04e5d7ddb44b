"""Reads Colonnade's own spec files (`*.spec.yaml`, key `colonnade: 1`); docs/spec-file.md is the grammar."""

from colonnade.spec.colonnade_file.reader import read_assumptions, read_colonnade

__all__ = ["read_assumptions", "read_colonnade"]
