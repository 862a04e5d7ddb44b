"""In which order the columns lie in the row."""

from __future__ import annotations

from dataclasses import replace

from colonnade.design.decision import Decision, Draft
from colonnade.design.drafting import Drafting, table_object
from colonnade.schema import Column, Table
from colonnade.spec import Spec
from colonnade.sql.identifier import quote

_SOURCE = "postgresql.org/docs/current/storage-page-layout.html"
_EIGHT = frozenset(
    {"bigint", "double precision", "timestamp with time zone", "timestamp without time zone", "time without time zone"}
    | {"interval"}
)
_FOUR = frozenset({"integer", "date", "real"})


class ColumnOrderDecider:
    """Packs the columns, so that alignment wastes no bytes."""

    def decide(self, spec: Spec, draft: Draft) -> tuple[Draft, tuple[Decision, ...]]:  # noqa: ARG002 - the contract
        """Return the draft with its tables' columns in physical order."""
        drafting = Drafting(draft)
        enums = frozenset(quote(each.name) for each in draft.schema.enum_types)
        for table in draft.schema.tables:
            if table.external:
                continue
            ordered = packed(table, enums)
            drafting.put(replace(table, columns=ordered))
            if tuple(column.name for column in ordered) != tuple(column.name for column in table.columns):
                drafting.decide(_decision(table, ordered))
        return drafting.finish()


def packed(table: Table, enums: frozenset[str]) -> tuple[Column, ...]:
    """Return the columns: the key, then wide before narrow before variable length, nullable last among equals."""
    key = table.primary_key.columns if table.primary_key else ()
    by_name = {column.name: column for column in table.columns}
    rest = [column for column in table.columns if column.name not in key]
    rest.sort(key=lambda column: (_rank(column.type, enums), not column.not_null))
    leading = sorted((by_name[name] for name in key), key=lambda column: _rank(column.type, enums))
    return (*leading, *rest)


def _rank(type_name: str, enums: frozenset[str]) -> int:
    """Return where a type stands: by its alignment; sixteen-byte uuids need none."""
    if type_name in _EIGHT:
        return 0
    if type_name in _FOUR or type_name in enums:
        return 1
    return {"smallint": 2, "boolean": 3, "uuid": 4}.get(type_name, 5)


def _decision(table: Table, columns: tuple[Column, ...]) -> Decision:
    return Decision(
        question=f"column order of {table.name}",
        choice=", ".join(column.name for column in columns),
        reason="The key first, then eight-byte, four-byte, two-byte and one-byte values and uuids, then what varies in "
        "length, so that no padding stands between them.",
        shaped=(table_object(table),),
        source=_SOURCE,
    )
