"""An Alembic history: its revisions, and the statements that each emits, recorded in a process of its own."""

from colonnade.migrate.history.messages import (
    EmittedStatement,
    HistoryFailure,
    HistoryRevision,
    RanStatement,
    RecordedHistory,
    RevisionImport,
    RevisionPlace,
    RunReport,
    Stop,
    StopKind,
)
from colonnade.migrate.history.process import record_history
from colonnade.migrate.history.runner import HistoryRunner
from colonnade.migrate.history.site import HistorySite, history_site

__all__ = [
    "EmittedStatement",
    "HistoryFailure",
    "HistoryRevision",
    "HistoryRunner",
    "HistorySite",
    "RanStatement",
    "RecordedHistory",
    "RevisionImport",
    "RevisionPlace",
    "RunReport",
    "Stop",
    "StopKind",
    "history_site",
    "record_history",
]
