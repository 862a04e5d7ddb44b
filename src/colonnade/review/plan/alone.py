"""Acts that Postgres runs outside a transaction only."""

from __future__ import annotations

from colonnade.review.plan.acts import (
    Act,
    Create,
    CreateIndex,
    Drop,
    EnvironmentSetting,
    Maintain,
    PartitionChange,
    Reindex,
)

_SERVER_WIDE = frozenset(("DATABASE", "TABLESPACE"))


def runs_alone(act: Act) -> str:
    """Return what an act is called when Postgres runs it outside a transaction only, else nothing."""
    match act:
        case CreateIndex(concurrent=True):
            return "CREATE INDEX CONCURRENTLY"
        case Drop(concurrent=True):
            return "DROP INDEX CONCURRENTLY"
        case Reindex(concurrent=concurrent, kind=kind) if concurrent or kind in ("SCHEMA", "SYSTEM", "DATABASE"):
            return f"REINDEX {'CONCURRENTLY' if concurrent else kind}"
        case PartitionChange(attach=False, concurrent=True):
            return "DETACH PARTITION CONCURRENTLY"
        case Maintain(kind=kind, tables=tables) if kind.startswith("VACUUM") or (kind == "CLUSTER" and not tables):
            return kind
        case Create(kind=kind) | Drop(kind=kind) if kind in _SERVER_WIDE:
            return f"{'CREATE' if isinstance(act, Create) else 'DROP'} {kind}"
        case EnvironmentSetting(scope="SYSTEM"):
            return "ALTER SYSTEM"
    return ""
