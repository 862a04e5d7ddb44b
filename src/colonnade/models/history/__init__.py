"""An Alembic history: its revisions, and the statements that each emits, recorded in a process of its own."""

from colonnade.models.history.messages import (
    EmittedStatement,
    HistoryFailure,
    HistoryRevision,
    RecordedHistory,
    RevisionImport,
)
from colonnade.models.history.process import record_history
from colonnade.models.history.site import HistorySite, history_site

__all__ = [
    "EmittedStatement",
    "HistoryFailure",
    "HistoryRevision",
    "HistorySite",
    "RecordedHistory",
    "RevisionImport",
    "history_site",
    "record_history",
]
