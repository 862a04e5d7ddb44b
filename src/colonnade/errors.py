"""The exceptions that Colonnade raises on purpose.

A bad database is a value (a finding, a refuted claim); a bad argument or a broken world is one of
these. Texts follow the Postgres style guide: the message is one short fact in lower case without a
full stop, detail and hint are full sentences.
"""

from __future__ import annotations

from colonnade.span import Span


class ColonnadeError(Exception):
    """What could not be done, why, and the way out."""

    def __init__(
        self,
        message: str,
        *,
        detail: str = "",
        hint: str = "",
        at: Span | None = None,
        sqlstate: str = "",
    ) -> None:
        """Keep the parts apart, so that each face can lay them out."""
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.hint = hint
        self.at = at
        self.sqlstate = sqlstate

    def __str__(self) -> str:
        """Return the whole text, place first, one part a line."""
        place = f"{self.at}: " if self.at else ""
        state = f" (SQLSTATE {self.sqlstate})" if self.sqlstate else ""
        lines = [f"{place}{self.message}{state}"]
        lines += [f"  detail: {self.detail}"] if self.detail else []
        lines += [f"  hint: {self.hint}"] if self.hint else []
        return "\n".join(lines)


class InputError(ColonnadeError):
    """An argument, option or file that cannot be used."""


class SpecError(InputError):
    """A specification that cannot be read."""


class DesignError(ColonnadeError):
    """A specification that leads to no sound schema."""


class ModelError(ColonnadeError):
    """Python models that cannot be imported or run."""


class OutputError(ColonnadeError):
    """An output that cannot be written, or that would overwrite somebody's edits."""


class UnsupportedError(ColonnadeError):
    """An object or feature that is not modelled; never dropped silently."""


class ProofError(ColonnadeError):
    """A claim that could not be tried; its verdict is `not_run`, with this reason."""


class DatabaseError(ColonnadeError):
    """A server that cannot be started or reached, or a statement that it refused."""


class StatementError(DatabaseError):
    """A statement that the server refused; `sqlstate` says how, `constraint` names what was violated."""

    def __init__(
        self,
        message: str,
        *,
        sqlstate: str,
        statement: str = "",
        constraint: str = "",
        detail: str = "",
        hint: str = "",
        at: Span | None = None,
    ) -> None:
        """Keep the refused statement and, for an integrity violation, the constraint's name."""
        super().__init__(message, detail=detail, hint=hint, at=at, sqlstate=sqlstate)
        self.statement = statement
        self.constraint = constraint


class UnknownOutcomeError(DatabaseError):
    """A transaction whose COMMIT was sent and never answered: it may have been applied or not.

    Nothing repeats it. `transaction_id` is what `colonnade.runtime.outcome` asks the server about, where the
    transaction was `traceable`.
    """

    def __init__(self, message: str, *, transaction_id: str = "", detail: str = "", hint: str = "") -> None:
        """Keep what the server knows the transaction by."""
        super().__init__(message, detail=detail, hint=hint)
        self.transaction_id = transaction_id


class AbortedTransactionError(DatabaseError):
    """A transaction that cannot be committed, because an error in it was caught and not rolled back."""


class IsolationError(DatabaseError):
    """Row-level security that would not hold for whoever is connected."""


class TransactionError(ColonnadeError):
    """A session that is used against its rules: a write outside a transaction, or two that exclude each other."""
