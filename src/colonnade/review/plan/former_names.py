"""How what a migration renames was called before it."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.plan.acts import Rename, SetSchema
from colonnade.review.plan.migration import Migration, shown


def former_name(name: str, migration: Migration) -> str:
    """Return how the object that a finding names was called before the migration.

    `name` is a relation as people say it, alone, with a column or another part of it after a dot, or with a list of its
    columns in parentheses.
    """
    for old, new in reversed(tuple(_renames(migration))):
        name = _undone(name, old, new)
    return name


def _renames(migration: Migration) -> Iterator[tuple[str, str]]:
    for statement in migration.statements:
        for act in statement.acts:
            if isinstance(act, SetSchema):
                key = migration.key(act.old)
                yield shown(key), shown((act.schema, key[1]))
            elif isinstance(act, Rename):
                holder = act.table or act.old
                namespace, relation = migration.key(holder)
                if act.table is None:
                    yield shown((namespace, relation)), shown((namespace, act.new))
                else:
                    table = shown((namespace, relation))
                    yield f"{table}.{act.old.name}", f"{table}.{act.new}"


def _undone(name: str, old: str, new: str) -> str:
    if name == new or name.startswith((f"{new}.", f"{new} (")):
        return old + name.removeprefix(new)
    relation, opening, columns = name.partition(" (")
    if not opening or not new.startswith(f"{relation}."):
        return name
    names = {new.removeprefix(f"{relation}."): old.removeprefix(f"{relation}.")}
    return f"{relation} ({', '.join(names.get(each, each) for each in columns.removesuffix(')').split(', '))})"
