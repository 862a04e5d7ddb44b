"""Names that stand for the same thing, however their authors spell them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from colonnade.design.words import singular
from colonnade.spec.entities import AttributeRole
from colonnade.sql.identifier import words

_TABLE_MARKS = frozenset(("tbl", "tb", "table"))
_LINK_MARKS = frozenset(("link", "links", "map", "mapping", "rel", "assoc", "association", "join", "xref"))
_LEADING = frozenset(("is", "has"))
_TRAILING = frozenset(("at", "on", "date", "time", "ts"))
# What people call the columns that the database or the service fills in.
_USUAL: Mapping[AttributeRole, tuple[str, ...]] = {
    "created": ("created_at", "created", "created_on", "creation_date", "date_created", "inserted_at"),
    "updated": ("updated_at", "updated", "updated_on", "modified_at", "modified", "last_modified", "date_updated"),
    "deleted": ("deleted_at", "deleted", "is_deleted", "archived_at"),
    "version": ("version", "row_version", "lock_version", "revision"),
    "password": ("password_hash", "hashed_password", "password_digest", "encrypted_password", "password"),
}


def joined(name: str) -> str:
    """Return a name without case and word breaks."""
    return "".join(words(name))


def thing(name: str) -> str:
    """Return the name of a table or entity without case, word breaks, plural and marks such as `tbl_`."""
    parts = _unmarked(words(name))
    return "".join(singular(part) for part in parts)


def link_of(one: str, other: str) -> frozenset[str]:
    """Return what an association of two things may be called."""
    return frozenset((thing(one) + thing(other), thing(other) + thing(one)))


def without_link_mark(name: str) -> str:
    """Return the thing's name without `link`, `map` and the like at its end."""
    parts = words(name)
    return thing("_".join(parts[:-1])) if len(parts) > 1 and parts[-1] in _LINK_MARKS else thing(name)


def common_prefix(names: Sequence[str]) -> str:
    """Return the word that all names begin with, where there are several and each goes on; else nothing."""
    split = [words(name) for name in names]
    if len(split) < 2 or any(len(parts) < 2 for parts in split):
        return ""
    first = {parts[0] for parts in split}
    return first.pop() if len(first) == 1 else ""


def column_for(names: Iterable[str], role: AttributeRole, table: str, columns: Sequence[str]) -> str:
    """Return the column that one of the names stands for, "" when none or several might.

    The spelling as it is comes first, then what such columns are usually called, then what remains without `is_`,
    `_at` and the table's own name.
    """
    wanted = list(dict.fromkeys(names))
    by_spelling: dict[str, list[str]] = {}
    for column in columns:
        by_spelling.setdefault(joined(column), []).append(column)
    for name in (*wanted, *_USUAL.get(role, ())):
        found = by_spelling.get(joined(name), [])
        if name in found or len(found) == 1:
            return name if name in found else found[0]
    cores = {_core(name, table) for name in wanted}
    loose = [column for column in columns if _core(column, table) in cores]
    return loose[0] if len(loose) == 1 else ""


def reference_core(name: str) -> str:
    """Return the name of a reference without `_id` and other names of keys."""
    parts = words(name)
    while len(parts) > 1 and parts[-1] in {"id", "uuid", "key", "fk", "ref", "pk"}:
        parts = parts[:-1]
    return "".join(parts)


def _unmarked(parts: tuple[str, ...]) -> tuple[str, ...]:
    kept = tuple(part for part in parts if part not in _TABLE_MARKS)
    return kept or parts


def _core(name: str, table: str) -> str:
    """Return a column's name without what only says that it is a flag, a time, or of this table."""
    parts = list(words(name))
    own = [singular(part) for part in words(table)]
    if len(parts) > len(own) and [singular(part) for part in parts[: len(own)]] == own:
        parts = parts[len(own) :]
    if len(parts) > 1 and parts[0] in _LEADING:
        parts = parts[1:]
    while len(parts) > 1 and parts[-1] in _TRAILING:
        parts = parts[:-1]
    return "".join(parts)
