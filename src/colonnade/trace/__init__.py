"""Statements that an application ran, each with the line that led to it: recorded by it, read by whoever reviews."""

from __future__ import annotations

from colonnade.trace.recorder import record, unit
from colonnade.trace.statement import TracedStatement
from colonnade.trace.trace_file import read_trace

__all__ = ["TracedStatement", "read_trace", "record", "unit"]
