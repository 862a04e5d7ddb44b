"""What identifies a row."""

from __future__ import annotations

from dataclasses import replace

from colonnade.design.decision import Decision, Draft, Rejected
from colonnade.design.drafting import Drafting, column_object, constraint_object, places
from colonnade.design.names import constraint_name
from colonnade.design.references import KeyColumn, References
from colonnade.schema import Column, PrimaryKey, Table
from colonnade.spec import Entity, Spec

_IDENTITY = "postgresql.org/docs/current/ddl-identity-columns.html"
_UUID = "postgresql.org/docs/current/functions-uuid.html"
_KEYS = "postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS"


class KeyDecider:
    """Gives every table its primary key, and the key's columns."""

    def decide(self, spec: Spec, draft: Draft) -> tuple[Draft, tuple[Decision, ...]]:
        """Return the draft with key columns and primary keys."""
        drafting = Drafting(draft)
        references = References(spec)
        for entity in spec.entities:
            kind = references.key_kind(entity)
            table = _with_key(drafting.table(entity.name), references.key(entity.name), kind)
            drafting.put(table)
            drafting.decide(_decision(entity, table, kind))
        return drafting.finish()


def _with_key(table: Table, key: tuple[KeyColumn, ...], kind: str) -> Table:
    columns = tuple(
        Column(
            name=column.name,
            type=column.type,
            not_null=True,
            identity="ALWAYS" if kind == "bigint" and not table.external else "",
            default=_default(kind) if not table.external else None,
        )
        for column in key
    )
    name = constraint_name("pk", table.name)
    primary_key = PrimaryKey(name=name, columns=tuple(column.name for column in key))
    return replace(table, columns=columns, primary_key=primary_key)


def _default(kind: str) -> str | None:
    return {"uuid": "gen_random_uuid()", "uuidv7": "uuidv7()"}.get(kind)


def _decision(entity: Entity, table: Table, kind: str) -> Decision:
    choice, reason, rejected, source = _KINDS[kind if not entity.external else "external"]
    assert table.primary_key is not None  # noqa: S101 - _with_key has just given it
    columns = ", ".join(table.primary_key.columns)
    return Decision(
        question=f"key of {table.name}",
        choice=f"{columns}: {choice}",
        reason=reason,
        rejected=rejected,
        shaped=(
            constraint_object(table, table.primary_key.name),
            *(column_object(table, column) for column in table.primary_key.columns),
        ),
        facts=places(entity),
        source=source,
    )


_NARROW = Rejected(choice="integer", reason="Four bytes run out at 2,147,483,647 rows, deleted ones included.")
_RANDOM = Rejected(
    choice="uuid", reason="Sixteen bytes in every reference and index, and random inserts; no line asks."
)
_TIMED = Rejected(
    choice="uuid, version 7",
    reason="It would tell when the row was made; say key: uuidv7 where that may be known and inserts are many.",
)
_KINDS: dict[str, tuple[str, str, tuple[Rejected, ...], str]] = {
    "bigint": (
        "bigint GENERATED ALWAYS AS IDENTITY",
        "Eight bytes never run out, they rise so that inserts stay at the index's right edge, and no writer sets one.",
        (_NARROW, _RANDOM, Rejected(choice="bigserial", reason="A default that any writer can override.")),
        _IDENTITY,
    ),
    "uuid": (
        "uuid, random",
        "The spec identifies rows by uuid; a random one tells nobody how many rows there are or when one was made.",
        (Rejected(choice="text", reason="Thirty-seven bytes instead of sixteen, and any text would pass."), _TIMED),
        _UUID,
    ),
    "uuidv7": (
        "uuid, version 7",
        "A uuid whose first bits are the time: unique everywhere, and inserts stay at the right edge of the index.",
        (Rejected(choice="a random uuid", reason="Inserts would touch pages all over the index."), _NARROW),
        _UUID,
    ),
    "text": (
        "text given by the writer",
        "The identifier is made elsewhere and arrives as opaque text.",
        (Rejected(choice="a surrogate beside it", reason="A second key that every query would have to translate."),),
        _KEYS,
    ),
    "natural": (
        "the natural key",
        "The spec identifies the entity by these; they are required and unique, so a surrogate would add nothing.",
        (Rejected(choice="a surrogate", reason="A column and an index that no line asks for."),),
        _KEYS,
    ),
    "shared": (
        "the key of its owner",
        "There is at most one row per owner and none without; sharing the key says both without a further index.",
        (Rejected(choice="a key of its own", reason="It would need a unique reference as well to say the same."),),
        _KEYS,
    ),
    "association": (
        "both references",
        "A pair is linked once; the composite key says so and serves as the index of its first part.",
        (Rejected(choice="a surrogate", reason="Nothing refers to a link, and a pair could be stored twice."),),
        _KEYS,
    ),
    "external": (
        "the provider's key",
        "References take the type that the provider gives its key.",
        (Rejected(choice="a key of our own", reason="Every token would have to be translated."),),
        "",
    ),
}
