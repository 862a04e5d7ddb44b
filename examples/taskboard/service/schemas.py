"""What requests and responses say beyond the generated classes: what is computed, joined, or the contract's own."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Generic, TypeVar
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, computed_field

from generated.models.enums import TaskPriority
from generated.models.profile import ProfileAvatarUrl, ProfileBio, ProfileTimeZone
from generated.models.tag import TagPublic
from generated.models.task import TaskCreate, TaskPublic, TaskStatus, TaskUpdate

Item = TypeVar("Item")
_FINISHED = (TaskStatus.DONE, TaskStatus.CANCELLED)


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        message = "no such time zone"
        raise ValueError(message)
    return name


class Credentials(BaseModel):
    """What a request says to sign in."""

    email: Annotated[str, StringConstraints(max_length=254)]
    password: Annotated[str, StringConstraints(max_length=1024)]


class Token(BaseModel):
    """What says later who it is; it is shown once and stored nowhere."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - the scheme, not a secret


class ProfileWrite(BaseModel):
    """The whole profile; what is left out becomes what it is by default."""

    bio: ProfileBio | None = None
    time_zone: Annotated[ProfileTimeZone, AfterValidator(_known_zone)] = "UTC"
    avatar_url: ProfileAvatarUrl | None = None


class NewTask(TaskCreate):
    """What a request says to create a task; a time without an offset could be any moment."""

    due_at: AwareDatetime | None = None
    tag_ids: list[UUID] = Field(default_factory=list)


class TaskChange(TaskUpdate):
    """What a request may change of a task; what it leaves out stays."""

    due_at: AwareDatetime | None = None


class TaskRead(TaskPublic):
    """A task with its tags."""

    tags: list[TagPublic]

    @computed_field  # type: ignore[prop-decorator] # mypy has no word for a decorated property
    @property
    def is_overdue(self) -> bool:
        """Whether it should be done by now and is not."""
        unfinished = self.status not in _FINISHED
        return unfinished and self.due_at is not None and self.due_at < dt.datetime.now(dt.UTC)


class TaskOrder(StrEnum):
    """How a list of tasks is sorted."""

    NEWEST = "-created_at"
    DUE = "due_at"
    URGENT = "-priority"


class TaskQuery(BaseModel):
    """Which tasks, in which order, from where on."""

    model_config = ConfigDict(extra="forbid")

    status: TaskStatus | None = None
    priority: TaskPriority | None = None
    tag: str | None = None
    assignee_id: UUID | None = None
    parent_id: UUID | None = None
    due_from: AwareDatetime | None = None
    due_to: AwareDatetime | None = None
    search: Annotated[str, StringConstraints(min_length=3)] | None = None
    sort: TaskOrder = TaskOrder.NEWEST
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 25


class Page(BaseModel, Generic[Item]):
    """A part of a list, and where the next one begins."""

    items: list[Item]
    next_cursor: str | None
