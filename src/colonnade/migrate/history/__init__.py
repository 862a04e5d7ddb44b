"""An Alembic history: its revisions, and the statements that each emits, recorded in a process of its own."""

from colonnade.migrate.history.messages import (
    EmittedStatement,
    HistoryFailure,
    HistoryRevision,
    RecordedHistory,
    RevisionImport,
)
from colonnade.migrate.history.process import record_history
from colonnade.migrate.history.site import HistorySite, history_site

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
