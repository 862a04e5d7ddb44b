"""The models of public_library.

Relationships load when they are first touched, which an `AsyncSession` cannot do: name
there what to load, as in `select(Author).options(selectinload(Author.books))`.
"""

from . import database_objects as database_objects
from .author import Author
from .base import owned_tables
from .book import Book
from .book_author import BookAuthor
from .book_subject import BookSubject
from .branch import Branch
from .copy import Copy
from .fine import Fine
from .loan import Loan
from .member import Member
from .publisher import Publisher
from .reservation import Reservation
from .review import Review
from .subject import Subject

__all__ = [
    "Author",
    "Book",
    "BookAuthor",
    "BookSubject",
    "Branch",
    "Copy",
    "Fine",
    "Loan",
    "Member",
    "Publisher",
    "Reservation",
    "Review",
    "Subject",
    "owned_tables",
]
