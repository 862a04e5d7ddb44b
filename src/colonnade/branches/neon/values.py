"""Neon's JSON as values: what is missing or unknown is taken as it comes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from colonnade.branches.branch import Branch


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project."""

    id: str
    name: str
    region_id: str
    postgres_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A compute; `kind` and `state` are Neon's words, of which there may be new ones."""

    id: str
    branch_id: str
    host: str
    kind: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role of a branch."""

    name: str
    protected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database of a branch."""

    name: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Something that Neon does or did."""

    id: str
    action: str
    status: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What Neon's own advisor found."""

    name: str
    title: str
    level: str
    detail: str
    remediation: str


def projects(bodies: Iterable[Mapping[str, Any]]) -> tuple[Project, ...]:
    """Return projects."""
    return tuple(
        Project(
            id=str(each["id"]),
            name=str(each.get("name", "")),
            region_id=str(each.get("region_id", "")),
            postgres_version=int(each.get("pg_version") or 0),
        )
        for each in bodies
    )


def branches(bodies: Iterable[Mapping[str, Any]]) -> tuple[Branch, ...]:
    """Return branches in the order of their names, each with the name of its parent."""
    known = tuple(bodies)
    names = {each["id"]: str(each.get("name", "")) for each in known}
    found = [branch(each, names) for each in known]
    return tuple(sorted(found, key=lambda each: (each.name, each.id)))


def branch(body: Mapping[str, Any], names: Mapping[str, str]) -> Branch:
    """Return one branch; `names` are those of the others by id."""
    parent_id = body.get("parent_id")
    return Branch(
        id=str(body["id"]),
        name=str(body.get("name", "")),
        parent_id=parent_id,
        parent=names.get(parent_id) if parent_id else None,
        state=str(body.get("current_state", "")),
        default=bool(body.get("default", body.get("primary", False))),
        protected=bool(body.get("protected", False)),
        content=str(body.get("init_source") or "parent-data"),
        created_at=datetime.fromisoformat(body["created_at"]),
        updated_at=datetime.fromisoformat(body.get("updated_at") or body["created_at"]),
        expires_at=_time(body.get("expires_at")),
        last_reset_at=_time(body.get("last_reset_at")),
        size_bytes=body.get("logical_size"),
    )


def endpoint(body: Mapping[str, Any]) -> Endpoint:
    """Return an endpoint."""
    return Endpoint(
        id=str(body["id"]),
        branch_id=str(body.get("branch_id", "")),
        host=str(body.get("host", "")),
        kind=str(body.get("type", "")),
        state=str(body.get("current_state", "")),
    )


def role(body: Mapping[str, Any]) -> Role:
    """Return a role, without its password."""
    return Role(name=str(body["name"]), protected=bool(body.get("protected", False)))


def database(body: Mapping[str, Any]) -> Database:
    """Return a database."""
    return Database(name=str(body["name"]), owner=str(body.get("owner_name", "")))


def operation(body: Mapping[str, Any]) -> Operation:
    """Return an operation."""
    return Operation(
        id=str(body["id"]),
        action=str(body.get("action", "")),
        status=str(body.get("status", "")),
        error=str(body.get("error") or ""),
    )


def advice(body: Mapping[str, Any]) -> Advice:
    """Return a finding of the advisor."""
    texts = {name: str(body.get(name) or "") for name in ("name", "title", "level", "detail", "remediation")}
    return Advice(**texts)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
