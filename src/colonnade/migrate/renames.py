"""Tables, columns and values of enums that keep their content under another name: asked for, and proposed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from colonnade.errors import InputError
from colonnade.schema import Column, EnumType, Schema, Table
from colonnade.schema.changes import Change, Create, Drop, Rename, RenameEnumValue, ReplaceType
from colonnade.schema.members import table_name
from colonnade.sql.identifier import parts, qualified, quote

_ALIKE = 0.6
_FORM = (
    "Write namespace.table=namespace.table, namespace.table.column=namespace.table.column,"
    " or namespace.type.value=namespace.type.value."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A rename that would keep content which is otherwise lost; `option` is what `--rename` takes."""

    option: str
    loses: str


def asked_for(options: Iterable[str], schema: Schema) -> Iterator[Rename | RenameEnumValue]:
    """Yield the renames that the options ask for, in their order.

    Raises InputError for one that is not in the form `public.tasks.title=public.tasks.name`, that names nothing of the
    schema, or that would move a column or a table elsewhere.
    """
    for option in options:
        old, equals, new = option.partition("=")
        if not equals or not old.strip() or not new.strip():
            raise InputError(f'"{option}" is no rename', hint=_FORM)
        yield _rename(option, parts(old.strip()), parts(new.strip()), schema)


def proposals(changes: Iterable[Change]) -> tuple[Proposal, ...]:
    """Return the renames that may have been meant: what is dropped, and created so much alike under another name."""
    listed = tuple(changes)
    return (*_tables(listed), *_columns(listed), *_enum_values(listed))


def _rename(option: str, old: tuple[str, ...], new: tuple[str, ...], schema: Schema) -> Rename | RenameEnumValue:
    table, column = _found(old, schema)
    if table is None and (enum := _enum_of(old, schema)) is not None:
        if new[:-1] != old[:-1]:
            raise InputError(f'"{option}" would move a value', hint="Rename it where it stands. " + _FORM)
        return RenameEnumValue(enum=enum, value=old[-1], name=new[-1])
    if table is None:
        raise InputError(
            f'there is no "{".".join(old)}" to rename', detail="It is looked for in the first schema.", hint=_FORM
        )
    home = new[:-1] if len(new) == len(old) else ()
    if column is None:
        if len(new) != len(old) or (home or ("public",)) != (table.namespace,):
            raise InputError(f'"{option}" would move a table', hint="Rename it where it stands. " + _FORM)
        return Rename(value=table, name=new[-1])
    if len(new) != len(old) or home != old[:-1]:
        raise InputError(f'"{option}" would move a column', hint="Rename it where it stands. " + _FORM)
    return Rename(value=column, name=new[-1], table=table)


def _found(name: tuple[str, ...], schema: Schema) -> tuple[Table | None, Column | None]:
    """Return the table or column that a name of one to three parts stands for."""
    tables = {(table.namespace, table.name): table for table in schema.owned_tables}
    match name:
        case (only,):
            return tables.get(("public", only)), None
        case (first, second):
            if table := tables.get((first, second)):
                return table, None
            return _with_column(tables.get(("public", first)), second)
        case (namespace, first, second):
            return _with_column(tables.get((namespace, first)), second)
        case _:
            return None, None


def _enum_of(name: tuple[str, ...], schema: Schema) -> EnumType | None:
    """Return the enum that has the value of which the name says type and value."""
    *place, value = ("public", *name) if len(name) == 2 else name
    found = (each for each in schema.enum_types if [each.namespace, each.name] == place and value in each.values)
    return next(found, None)


def _with_column(table: Table | None, column: str) -> tuple[Table | None, Column | None]:
    return (table, table.column(column)) if table is not None and table.has_column(column) else (None, None)


def _tables(changes: tuple[Change, ...]) -> Iterator[Proposal]:
    dropped = [each.value for each in changes if isinstance(each, Drop) and isinstance(each.value, Table)]
    created = [each.value for each in changes if isinstance(each, Create) and isinstance(each.value, Table)]
    for old in dropped:
        there = [new for new in created if new.namespace == old.namespace and new.name != old.name]
        best = max(there, key=lambda new: _common(old, new), default=None)
        if best is not None and _common(old, best) >= _ALIKE:
            created.remove(best)
            names = (f"{quote(each.namespace)}.{quote(each.name)}" for each in (old, best))
            yield Proposal(option="=".join(names), loses=f"the rows of {old.identifier}")


def _common(old: Table, new: Table) -> float:
    """Return which share of the columns of both has the same name and type."""
    olds, news = ({(column.name, column.type) for column in table.columns} for table in (old, new))
    return len(olds & news) / len(olds | news) if olds | news else 0.0


def _enum_values(changes: tuple[Change, ...]) -> Iterator[Proposal]:
    for change in changes:
        match change:
            case ReplaceType(before=EnumType() as old, after=EnumType() as new) if len(old.values) == len(new.values):
                home = f"{quote(old.namespace)}.{quote(old.name)}"
                for before, after in zip(old.values, new.values, strict=True):
                    if before not in new.values and after not in old.values:
                        option = f"{home}.{quote(before)}={home}.{quote(after)}"
                        yield Proposal(option=option, loses=f"the rows with {before!r} in {home}")


def _columns(changes: tuple[Change, ...]) -> Iterator[Proposal]:
    created: dict[object, list[Column]] = {}
    for change in changes:
        if isinstance(change, Create) and isinstance(change.value, Column) and isinstance(change.table, Table):
            created.setdefault(table_name(change.table), []).append(change.value)
    for change in changes:
        if not isinstance(change, Drop) or not isinstance(change.value, Column) or not isinstance(change.table, Table):
            continue
        old, table = change.value, change.table
        there = created.get(table_name(table), [])
        alike = [new for new in there if new.type == old.type and new.generated == old.generated]
        best = max(alike, key=lambda new: SequenceMatcher(None, old.name, new.name).ratio(), default=None)
        if best is not None:
            there.remove(best)
            home = f"{quote(table.namespace)}.{quote(table.name)}"
            column = f"{qualified(table.namespace, table.name)}.{quote(old.name)}"
            yield Proposal(
                option=f"{home}.{quote(old.name)}={home}.{quote(best.name)}", loses=f"the values of {column}"
            )
