"""Schemas in a few words, for the tests of proofs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from colonnade.emit.ddl import statements, stubs
from colonnade.postgres import Session
from colonnade.schema import (
    Check,
    Column,
    Exclusion,
    ForeignKey,
    Index,
    IndexKey,
    Policy,
    PrimaryKey,
    ReferentialAction,
    Schema,
    Table,
    Unique,
)

_COLUMN = re.compile(
    r"(?P<name>\w+) (?P<type>[^!=~]+?)(?P<required>!?)(?: = (?P<default>.+?))?(?: ~ (?P<generated>.+))?$"
)


def column(text: str) -> Column:
    """Return a column said as `name type! = default ~ generated`; `!` is NOT NULL, type `key` an identity."""
    found = _COLUMN.fullmatch(text.strip())
    assert found is not None, text
    if found["type"] == "key":
        return Column(name=found["name"], type="bigint", not_null=True, identity="ALWAYS")
    return Column(
        name=found["name"],
        type=found["type"],
        not_null=bool(found["required"]),
        default=found["default"],
        generated=found["generated"],
    )


def references(text: str, *, on_delete: ReferentialAction = "CASCADE", table: str = "") -> ForeignKey:
    """Return a foreign key said as `a, b -> table(x, y)`."""
    own, target = text.split(" -> ")
    name, columns = target.rstrip(")").split("(")
    return ForeignKey(
        name=f"fk_{table}_{'_'.join(own.split(', '))}",
        columns=tuple(own.split(", ")),
        referenced_table=name,
        referenced_columns=tuple(columns.split(", ")),
        on_delete=on_delete,
    )


def table(
    name: str,
    *columns: str,
    key: Sequence[str] = ("id",),
    checks: Mapping[str, str] | None = None,
    uniques: Mapping[str, Sequence[str]] | None = None,
    foreign_keys: Mapping[str, ReferentialAction] | None = None,
    indexes: Sequence[Index] = (),
    exclusions: Sequence[Exclusion] = (),
    policies: Sequence[Policy] = (),
    external: bool = False,
) -> Table:
    """Return a table with its columns in words; constraints by name."""
    return Table(
        name=name,
        columns=tuple(map(column, columns)),
        primary_key=PrimaryKey(name=f"pk_{name}", columns=tuple(key)) if key else None,
        checks=tuple(Check(name=each, expression=text) for each, text in sorted((checks or {}).items())),
        uniques=tuple(Unique(name=each, columns=tuple(names)) for each, names in sorted((uniques or {}).items())),
        foreign_keys=tuple(
            references(text, on_delete=action, table=name) for text, action in sorted((foreign_keys or {}).items())
        ),
        indexes=tuple(indexes),
        exclusions=tuple(exclusions),
        policies=tuple(policies),
        row_security=bool(policies),
        force_row_security=bool(policies),
        external=external,
    )


def unique_index(name: str, *keys: str, where: str | None = None, nulls_not_distinct: bool = False) -> Index:
    """Return a unique index; a key with parentheses is an expression."""
    return Index(
        name=name,
        keys=tuple(IndexKey(expression=key) if "(" in key else IndexKey(column=key) for key in keys),
        unique=True,
        predicate=where,
        nulls_not_distinct=nulls_not_distinct,
    )


def schema_of(*tables: Table, **others: object) -> Schema:
    """Return a schema of these tables."""
    return Schema(tables=tuple(sorted(tables, key=lambda each: (each.namespace, each.name))), **others)  # type: ignore[arg-type]  # names are the schema's own


def build(session: Session, schema: Schema, *, role: str = "") -> None:
    """Create the schema, external tables included."""
    for statement in (*stubs(schema), *statements(schema, role=role)):
        session.execute(statement)
