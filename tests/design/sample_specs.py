"""Small specs as values: a board of tasks that users own, a public blog, cards in collections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from colonnade.design import Decision, Design, Draft
from colonnade.design.completion import complete
from colonnade.design.deciders.indexes import IndexDecider
from colonnade.design.deciders.isolation import IsolationDecider
from colonnade.design.deciders.partitioning import PartitioningDecider
from colonnade.design.designer import DECIDERS
from colonnade.design.ownership import application_role
from colonnade.schema import Index
from colonnade.spec import (
    AccessPattern,
    Attribute,
    Entity,
    Identity,
    Isolation,
    Page,
    Relationship,
    SortKey,
    Spec,
    Uniqueness,
    ValueType,
    Volume,
)

_LAST = (IndexDecider, IsolationDecider, PartitioningDecider)


def designed(spec: Spec) -> Design:
    """Return the design whose last decisions are about indexes, isolation and partitioning."""
    spec = complete(spec)
    draft = Draft()
    decisions: list[Decision] = []
    deciders = [each for each in DECIDERS if not isinstance(each, _LAST)]
    for decider in (*deciders, *(kind() for kind in _LAST)):
        draft, made = decider.decide(spec, draft)
        decisions += made
    return Design(
        name=spec.name,
        spec=spec,
        schema=draft.schema,
        bindings=draft.bindings,
        decisions=tuple(decisions),
        application_role=application_role(spec),
    )


def spelled(index: Index) -> str:
    """Return an index as `method (keys) where predicate`, B-trees without the method."""
    keys = ", ".join(
        " ".join(
            part
            for part in (key.column or key.expression, key.operator_class, "desc" if key.descending else "")
            if part
        )
        for key in index.keys
    )
    method = "" if index.method == "btree" else f"{index.method} "
    where = f" where {index.predicate}" if index.predicate else ""
    return f"{method}({keys}){where}"


def indexes(design: Design, table: str) -> set[str]:
    """Return the indexes of a table that are not unique, as `spelled` writes them."""
    return {spelled(each) for each in design.schema.table(table).indexes if not each.unique}


def text(name: str, *, longest: int | None = 200, required: bool = True, **more: Any) -> Attribute:
    """Return a text attribute."""
    return Attribute(name=name, type=ValueType(base="text", max_length=longest), required=required, **more)


def enum(name: str, *values: str, ordered: bool = False) -> Attribute:
    """Return an attribute with few values."""
    return Attribute(name=name, type=ValueType(base="enum", values=values, ordered=ordered), required=True)


def of(name: str, base: Any, *, required: bool = True, role: Any = "plain", **more: Any) -> Attribute:
    """Return an attribute of any other type."""
    return Attribute(name=name, type=ValueType(base=base, **more), required=required, role=role)


def listing(
    identity: str,
    entity: str,
    *,
    sort: Sequence[str] = (),
    style: Any = "cursor",
    size: int = 25,
    kind: Any = "list",
    scope: Any = "owner",
    **more: Any,
) -> AccessPattern:
    """Return a list pattern; `-name` sorts descending."""
    return AccessPattern(
        id=identity,
        kind=kind,
        entity=entity,
        sort=tuple(SortKey(attribute=name.lstrip("-"), descending=name.startswith("-")) for name in sort),
        page=Page(style=style, size=size),
        scope=scope,
        **more,
    )


USER = Entity(
    name="User",
    attributes=(
        Attribute(name="email", type=ValueType(base="text", max_length=254, case_insensitive=True), required=True),
        text("username", longest=40),
        of("created_at", "timestamp", role="created"),
    ),
    volume=Volume(rows=200_000),
)
USER_RULES = (
    Uniqueness(entity="User", keys=("lower(email)",)),
    Uniqueness(entity="User", keys=("username",)),
)


FIVE_MILLION = Volume(rows=5_000_000, per_owner=25)


def board(
    *patterns: AccessPattern,
    mode: Any = "rls",
    soft_delete: bool = False,
    tasks: Volume | None = FIVE_MILLION,
    append_only: bool = False,
) -> Spec:
    """Return users with tasks, tags and comments: tasks and tags name their owner, comments are part of a task."""
    task = Entity(
        name="Task",
        owner="user",
        soft_delete=soft_delete,
        volume=tasks,
        append_only=append_only,
        attributes=(
            text("title"),
            text("description", longest=10_000, required=False),
            enum("status", "pending", "in_progress", "done"),
            enum("priority", "low", "medium", "high"),
            of("is_starred", "boolean"),
            of("due_at", "timestamp", required=False),
            of("meta", "json", required=False),
            of("created_at", "timestamp", role="created"),
        ),
    )
    tag = Entity(name="Tag", owner="user", attributes=(text("name", longest=50),))
    comment = Entity(
        name="Comment",
        attributes=(text("body", longest=4000), of("created_at", "timestamp", role="created")),
    )
    return Spec(
        name="board",
        entities=(USER, task, tag, comment),
        relationships=(
            Relationship(name="user", source="Task", target="User", kind="N-1", required=True, owner=True),
            Relationship(name="user", source="Tag", target="User", kind="N-1", required=True, owner=True),
            Relationship(name="assignee", source="Task", target="User", kind="N-1", inverse="assigned"),
            Relationship(name="parent", source="Task", target="Task", kind="N-1", inverse="children"),
            Relationship(
                name="task",
                source="Comment",
                target="Task",
                kind="N-1",
                required=True,
                composition=True,
                inverse="comments",
            ),
            Relationship(name="tags", source="Task", target="Tag", kind="N-M", inverse="tasks", via="TaskTag"),
        ),
        invariants=(*USER_RULES, Uniqueness(entity="Tag", keys=("user", "name"))),
        access_patterns=patterns,
        identity=Identity(provider="local", entity="User"),
        isolation=Isolation(by="user", entity="User", mode=mode),
    )


def blog(*patterns: AccessPattern) -> Spec:
    """Return users who write public articles with tags, comments and favourites, and follow each other."""
    article = Entity(
        name="Article",
        attributes=(text("slug"), text("title", longest=None), of("created_at", "timestamp", role="created")),
    )
    comment = Entity(
        name="Comment", attributes=(text("body", longest=None), of("created_at", "timestamp", role="created"))
    )
    tag = Entity(name="Tag", attributes=(text("name"),))
    return Spec(
        name="blog",
        entities=(USER, article, comment, tag),
        relationships=(
            Relationship(name="author", source="Article", target="User", kind="N-1", required=True, inverse="articles"),
            Relationship(
                name="article", source="Comment", target="Article", kind="N-1", required=True, composition=True
            ),
            Relationship(name="author", source="Comment", target="User", kind="N-1", required=True),
            Relationship(name="tags", source="Article", target="Tag", kind="N-M", inverse="articles"),
            Relationship(name="favorites", source="User", target="Article", kind="N-M", inverse="fans"),
            Relationship(name="follows", source="User", target="User", kind="N-M", inverse="followers"),
        ),
        invariants=(
            *USER_RULES,
            Uniqueness(entity="Article", keys=("slug",)),
            Uniqueness(entity="Tag", keys=("name",)),
        ),
        access_patterns=patterns,
        identity=Identity(provider="local", entity="User"),
    )
