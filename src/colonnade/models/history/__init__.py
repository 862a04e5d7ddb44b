"""An Alembic history: its revisions, and the statements that each emits, recorded in a process of its own."""

from colonnade.models.history.messages import (
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
from colonnade.models.history.process import HistoryProcess, record_history
from colonnade.models.history.runner import HistoryRunner
from colonnade.models.history.site import HistorySite, history_site

__all__ = [
    "EmittedStatement",
    "HistoryFailure",
    "HistoryProcess",
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
