"""Neon's JSON for what a local branch is; what has no counterpart here has a fixed value."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from colonnade.branches.branch import Branch

PROJECT_ID = "local-colonnade-00000001"
REGION_ID = "local"
_USER_ID = "00000000-0000-4000-8000-000000000001"
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_POSTGRES = 18
_NEVER_SUSPENDED = -1
_CU = 0.25


def timestamp(at: datetime) -> str:
    """Return a time as Neon writes it, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def endpoint_id(branch_id: str) -> str:
    """Return the id of a branch's only endpoint."""
    return branch_id.replace("br-", "ep-", 1)


def branch_body(branch: Branch, *, state: str = "ready", life_seconds: int | None = None) -> dict[str, Any]:
    """Return a branch."""
    optional = {
        "parent_id": branch.parent_id,
        "pending_state": "ready" if state != "ready" else None,
        "logical_size": branch.size_bytes,
        "expires_at": timestamp(branch.expires_at) if branch.expires_at else None,
        "ttl_interval_seconds": life_seconds if branch.expires_at else None,
        "last_reset_at": timestamp(branch.last_reset_at) if branch.last_reset_at else None,
    }
    return {
        "id": branch.id,
        "project_id": PROJECT_ID,
        "name": branch.name,
        "current_state": state,
        "state_changed_at": timestamp(branch.updated_at),
        "creation_source": "console",
        "primary": branch.default,
        "default": branch.default,
        "protected": branch.protected,
        "cpu_used_sec": 0,
        "compute_time_seconds": 0,
        "active_time_seconds": 0,
        "written_data_bytes": 0,
        "data_transfer_bytes": 0,
        "created_at": timestamp(branch.created_at),
        "updated_at": timestamp(branch.updated_at),
        "init_source": branch.content,
        **{name: value for name, value in optional.items() if value is not None},
    }


def endpoint_body(branch: Branch, *, host: str, state: str = "active") -> dict[str, Any]:
    """Return the endpoint of a branch, which is always awake."""
    return {
        "id": endpoint_id(branch.id),
        "host": host,
        "project_id": PROJECT_ID,
        "branch_id": branch.id,
        "region_id": REGION_ID,
        "autoscaling_limit_min_cu": _CU,
        "autoscaling_limit_max_cu": _CU,
        "type": "read_write",
        "current_state": state,
        **({"pending_state": "active"} if state != "active" else {}),
        "settings": {},
        "pooler_enabled": False,
        "pooler_mode": "transaction",
        "disabled": False,
        "passwordless_access": False,
        "creation_source": "console",
        "created_at": timestamp(branch.created_at),
        "updated_at": timestamp(branch.updated_at),
        "proxy_host": host,
        "suspend_timeout_seconds": _NEVER_SUSPENDED,
        "provisioner": "k8s-pod",
    }


def role_body(branch_id: str, name: str, created_at: datetime) -> dict[str, Any]:
    """Return a role."""
    at = timestamp(created_at)
    return {"branch_id": branch_id, "name": name, "protected": False, "created_at": at, "updated_at": at}


def database_body(branch_id: str, name: str, owner: str, number: int, created_at: datetime) -> dict[str, Any]:
    """Return a database."""
    at = timestamp(created_at)
    return {
        "id": number,
        "branch_id": branch_id,
        "name": name,
        "owner_name": owner,
        "created_at": at,
        "updated_at": at,
    }


def project_body(*, listed: bool) -> dict[str, Any]:
    """Return the only project, as it is in a list or by itself."""
    at = timestamp(_EPOCH)
    common = {
        "id": PROJECT_ID,
        "platform_id": "local",
        "region_id": REGION_ID,
        "name": "colonnade",
        "provisioner": "k8s-pod",
        "pg_version": _POSTGRES,
        "proxy_host": "127.0.0.1",
        "branch_logical_size_limit": 0,
        "branch_logical_size_limit_bytes": 0,
        "store_passwords": True,
        "cpu_used_sec": 0,
        "creation_source": "console",
        "history_retention_seconds": 0,
        "created_at": at,
        "updated_at": at,
        "owner_id": _USER_ID,
    }
    if listed:
        return {**common, "active_time": 0}
    usage = ("data_storage_bytes_hour", "data_transfer_bytes", "written_data_bytes", "compute_time_seconds")
    return {
        **common,
        **dict.fromkeys((*usage, "active_time_seconds"), 0),
        "consumption_period_start": at,
        "consumption_period_end": at,
    }


def user_body() -> dict[str, Any]:
    """Return who everybody is here."""
    return {
        "id": _USER_ID,
        "email": "local@example.com",
        "login": "local",
        "name": "Local",
        "last_name": "User",
        "image": "",
        "plan": "local",
        "auth_accounts": [],
        "active_seconds_limit": 0,
        "projects_limit": 1,
        "branches_limit": -1,
        "max_autoscaling_limit": _CU,
    }
