"""Contracts in OpenAPI 3.0 and 3.1 as a spec."""

from colonnade.spec.openapi.reader import read_openapi

__all__ = ["read_openapi"]
