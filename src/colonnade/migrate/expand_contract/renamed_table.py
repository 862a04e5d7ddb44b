"""A table with another name, and the view that has its old one for as long as old code runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from colonnade.schema import Column, Grant, Table, View
from colonnade.schema import changes as c
from colonnade.schema.dependencies import Catalog
from colonnade.sql.identifier import quote

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenamedTable:
    """A table as old code knows it, and as it is under its new names.

    `changes` lead from the one to the other, that of the table first. `columns` are those that are there in the end, by
    old and new name. Without a `security_invoker` the view reads and writes with the rights of its owner.
    """

    old: Table
    new: Table
    changes: tuple[c.Rename, ...]
    columns: tuple[tuple[str, str], ...]
    security_invoker: bool

    @property
    def view(self) -> View:
        """The table under its old names: simple enough that Postgres itself writes through it."""
        shown = ", ".join(quote(new) if old == new else f"{quote(new)} AS {quote(old)}" for old, new in self.columns)
        return View(
            name=self.old.name,
            namespace=self.old.namespace,
            definition=f"SELECT {shown}\nFROM {self.new.identifier}",
            security_invoker=self.security_invoker,
            owner=self.old.owner,
            grants=tuple(self._grants()),
        )

    @property
    def changes_back(self) -> tuple[c.Rename, ...]:
        """What leads back to the old names."""
        return tuple(
            replace(each, value=replace(each.value, name=each.name), name=each.value.name)
            for each in reversed(self.changes)
        )

    def _grants(self) -> Iterator[Grant]:
        """Yield the privileges on the table, and on those of its columns that the view has."""
        shown = {old for old, _ in self.columns}
        for grant in self.old.grants:
            columns = tuple(each for each in grant.columns if each in shown)
            if columns or not grant.columns:
                yield replace(grant, columns=columns)


def by_table(asked: Iterable[c.Rename]) -> dict[_Key, list[c.Rename]]:
    """Return the renames of each table and of its columns, by the name that the table has after them."""
    found: dict[_Key, list[c.Rename]] = {}
    for change in asked:
        table = change.value if isinstance(change.value, Table) else change.table
        assert table is not None  # noqa: S101 - a column has one
        made = found.pop((table.namespace, table.name), [])
        name = change.name if change.value is table else table.name
        found[table.namespace, name] = [*made, change]
    return found


def renamed_table(
    asked: Iterable[c.Rename], before: Catalog, new: Table, end: Table, *, security_invoker: bool
) -> RenamedTable:
    """Return the table that renames have made into the new one, which the last schema has as `end`.

    `security_invoker` says whether the server knows such views. They ask for the privilege to read all their columns.
    """
    listed = list(asked)
    first = next(each.value for each in listed if isinstance(each.value, Table))
    old = before.schema.table(first.name, namespace=first.namespace)
    of_columns = [replace(each, table=new) for each in listed if isinstance(each.value, Column)]
    pairs = zip(old.columns, new.columns, strict=True)  # no rename changes their order
    return RenamedTable(
        old=old,
        new=new,
        changes=(c.Rename(value=old, name=new.name), *of_columns),
        columns=tuple((one.name, other.name) for one, other in pairs if end.has_column(other.name)),
        security_invoker=security_invoker and not any(_is_to_read_columns(grant) for grant in old.grants),
    )


def _is_to_read_columns(grant: Grant) -> bool:
    return bool(grant.columns) and "SELECT" in grant.privileges
