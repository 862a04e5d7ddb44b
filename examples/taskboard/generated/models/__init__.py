"""The models of taskboard.

Relationships load when they are first touched, which an `AsyncSession` cannot do: name
there what to load, as in `select(Comment).options(selectinload(Comment.task))`.
"""

from . import database_objects as database_objects
from .base import owned_tables
from .comment import Comment
from .profile import Profile
from .session import Session
from .tag import Tag
from .task import Task
from .task_tag import TaskTag
from .user import User

__all__ = [
    "Comment",
    "Profile",
    "Session",
    "Tag",
    "Task",
    "TaskTag",
    "User",
    "owned_tables",
]
