"""The enum types of the database; members in the order in which they sort."""

from enum import StrEnum


class TaskPriority(StrEnum):
    """The enum type task_priority."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"
