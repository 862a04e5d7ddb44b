"""The operations that a change starts, and how they come to their end while they are looked at."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from colonnade.branches.control_plane.bodies import PROJECT_ID, timestamp
from colonnade.branches.control_plane.faults import Fault

_LOOKS = 1
_LOOKS_WHEN_SLOW = 4


@dataclass(slots=True, kw_only=True)
class Operation:
    """One operation; it ends after it was looked at so many times."""

    action: str
    branch_id: str
    endpoint_id: str | None
    at: datetime
    looks_left: int
    fails: bool
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def status(self) -> str:
        """The word for how far it is."""
        if self.looks_left > 0:
            return "running"
        return "failed" if self.fails else "finished"

    def body(self) -> dict[str, Any]:
        """Return it as JSON."""
        endpoint = {"endpoint_id": self.endpoint_id} if self.endpoint_id else {}
        error = {"error": "injected fault"} if self.status == "failed" else {}
        return {
            "id": self.id,
            "project_id": PROJECT_ID,
            "branch_id": self.branch_id,
            **endpoint,
            "action": self.action,
            "status": self.status,
            **error,
            "failures_count": int(self.status == "failed"),
            "created_at": timestamp(self.at),
            "updated_at": timestamp(self.at),
            "total_duration_ms": 0,
        }


class Operations:
    """The operations since the control plane was started."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Begin with none."""
        self._clock = clock
        self._known: dict[str, Operation] = {}
        self._lock = threading.Lock()

    def start(
        self, *actions: str, branch_id: str, endpoint_id: str | None, fault: Fault | None
    ) -> list[dict[str, Any]]:
        """Start operations, the last of which suffers the fault, and return them as JSON."""
        found = [
            Operation(
                action=action,
                branch_id=branch_id,
                endpoint_id=endpoint_id if "compute" in action or action == "apply_config" else None,
                at=self._clock(),
                looks_left=_LOOKS_WHEN_SLOW if fault == "slow_operation" else _LOOKS,
                fails=fault == "failed_operation" and action == actions[-1],
            )
            for action in actions
        ]
        with self._lock:
            self._known |= {each.id: each for each in found}
        return [each.body() for each in found]

    def look(self, identity: str) -> dict[str, Any] | None:
        """Return one operation, which goes on meanwhile."""
        with self._lock:
            operation = self._known.get(identity)
            if operation is None:
                return None
            operation.looks_left = max(0, operation.looks_left - 1)
            return operation.body()

    def all(self) -> list[dict[str, Any]]:
        """Return every operation, the newest first."""
        with self._lock:
            return [each.body() for each in reversed(self._known.values())]
