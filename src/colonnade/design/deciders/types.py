"""Which type and default each attribute's column has."""

from __future__ import annotations

from dataclasses import replace

from colonnade.design.comments import comment_text
from colonnade.design.decision import Decision, Draft, Rejected, asked
from colonnade.design.defaults import default_of
from colonnade.design.drafting import Drafting, column_object
from colonnade.design.names import column_name
from colonnade.design.references import References
from colonnade.design.value_types import MONEY, is_money, native_enum, type_of
from colonnade.errors import DesignError
from colonnade.schema import Column, EnumType, ObjectName, Table
from colonnade.spec import Attribute, Entity, Spec
from colonnade.sql import expression as sql


class TypeDecider:
    """Gives each stored attribute its column, unless the key has given it one."""

    def decide(self, spec: Spec, draft: Draft) -> tuple[Draft, tuple[Decision, ...]]:
        """Return the draft with the attributes' columns."""
        drafting = Drafting(draft)
        references = References(spec)
        for entity in spec.entities:
            if not entity.external:
                _decide_entity(spec, drafting, references, entity)
        return drafting.finish()


def _decide_entity(spec: Spec, drafting: Drafting, references: References, entity: Entity) -> None:
    table = drafting.table(entity.name)
    columns: list[Column] = []
    for attribute in entity.attributes:
        if attribute.role == "computed":
            continue
        enum = native_enum(spec, entity, attribute)
        if enum:
            drafting.enum_types[enum] = EnumType(name=enum, values=tuple(dict.fromkeys(attribute.type.values)))
        if type_of(spec, entity, attribute).removesuffix("[]") == "citext":
            drafting.extensions.add("citext")
        if table.has_column(column_name(attribute)):
            continue
        column = _column(spec, references, entity, attribute)
        columns.append(column)
        question = asked(spec, "money", entity.name, attribute.name) or asked(spec, "enum", entity.name, attribute.name)
        drafting.decide(replace(_decision(entity, attribute, table, column, enum=enum), asked=question))
    drafting.add(table, columns=columns)


def _column(spec: Spec, references: References, entity: Entity, attribute: Attribute) -> Column:
    type_name = type_of(spec, entity, attribute)
    return Column(
        name=column_name(attribute),
        type=type_name,
        default=default_of(entity, attribute, type_name),
        generated=_generated(references, entity, attribute) if attribute.role == "generated" else None,
        comment=comment_text(attribute.description),
    )


def _generated(references: References, entity: Entity, attribute: Attribute) -> str:
    """Return the expression over columns; raises DesignError for one that Postgres cannot generate from."""
    expression = attribute.expression or ""
    fault = (
        "it has no expression"
        if not expression
        else f"it depends on {varies}"
        if (varies := sql.variation(expression))
        else f"{unstable}() depends on the session's settings"
        if (unstable := sql.unstable_function(expression))
        else "it reads other rows"
        if sql.has_subquery(expression)
        else ""
    )
    if fault:
        raise DesignError(
            f'"{entity.name}.{attribute.name}" cannot be a generated column',
            detail=f"{fault[0].upper()}{fault[1:]}; Postgres generates from the same row and immutable functions only.",
            hint="Compute it when it is read (computed), or write it with the || and arithmetic operators.",
            at=next(iter(attribute.at), None),
        )
    return sql.substitute(expression, references.sql_names(entity.name))


def _decision(entity: Entity, attribute: Attribute, table: Table, column: Column, *, enum: str) -> Decision:
    reason, rejected, source = _reason(entity, attribute, column, enum=enum)
    default = f" DEFAULT {column.default}" if column.default is not None else ""
    generated = f" GENERATED ALWAYS AS ({column.generated}) STORED" if column.generated else ""
    shaped: tuple[ObjectName, ...] = (column_object(table, column.name),)
    if enum:
        shaped = (*shaped, ObjectName(kind="type", name=enum))
    return Decision(
        question=f"type of {table.name}.{column.name}",
        choice=f"{column.type}{default}{generated}",
        reason=reason,
        rejected=rejected,
        shaped=shaped,
        facts=attribute.at,
        source=f"postgresql.org/docs/current/{source}" if source else "",
    )


_Reason = tuple[str, tuple[Rejected, ...], str]


def _reason(entity: Entity, attribute: Attribute, column: Column, *, enum: str) -> _Reason:
    if attribute.role == "password":
        return (
            "The password arrives as plain text and only its hash is kept; a hash has a format of its own.",
            (Rejected(choice="the password itself", reason="Whoever reads one backup could then log in as anybody."),),
            "datatype-character.html",
        )
    if attribute.role == "generated":
        return (
            "It follows from the same row, so Postgres computes it on every write and it cannot disagree.",
            (Rejected(choice="a plain column", reason="Every writer would have to keep it right."),),
            "ddl-generated-columns.html",
        )
    if is_money(entity, attribute):
        return _money(column)
    if enum:
        return (
            "The declared order is also the sort order that an access pattern asks for, and an enum sorts so.",
            (Rejected(choice="text with a CHECK", reason="It would sort by spelling."),),
            "datatype-enum.html",
        )
    if attribute.type.array and column.type.endswith("[]"):
        return (
            "A short list of plain values that belongs to its row and is read with it.",
            (Rejected(choice="text with commas", reason="No element could be checked or searched."),),
            "arrays.html",
        )
    return _REASONS[column.type.partition("(")[0]] if attribute.type.base != "enum" else _REASONS["enum"]


def _money(column: Column) -> _Reason:
    if column.type == MONEY:
        return (
            "Money must add up: exact decimals, four places for unit prices and taxes, fifteen digits before them.",
            (
                Rejected(choice="double precision", reason="0.1 + 0.2 is not 0.3 in binary."),
                Rejected(choice="money", reason="Its scale and output depend on the server's locale."),
            ),
            "datatype-numeric.html#DATATYPE-NUMERIC-DECIMAL",
        )
    return (
        "Money in exact numbers of the stated width.",
        (Rejected(choice="double precision", reason="0.1 + 0.2 is not 0.3 in binary."),),
        "datatype-numeric.html",
    )


_REASONS: dict[str, _Reason] = {
    "text": (
        "Any length costs the same in Postgres; a limit, where one is stated, is a named CHECK that can be changed.",
        (Rejected(choice="varchar(n)", reason="No faster, and its limit has no name and no lower bound."),),
        "datatype-character.html",
    ),
    "citext": (
        "The spec asks for text that compares without case everywhere, not only where it is unique.",
        (Rejected(choice="lower() in each query", reason="One query that forgets it finds nothing."),),
        "citext.html",
    ),
    "enum": (
        "The values may change; a CHECK changes in one statement inside a transaction, and the value reads as it is.",
        (
            Rejected(choice="a native enum", reason="A value can never be removed, and nothing sorts by its order."),
            Rejected(choice="a lookup table", reason="A join for a word that the code knows anyway."),
        ),
        "ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS",
    ),
    "smallint": (
        "The stated values fit into two bytes.",
        (Rejected(choice="integer", reason="Twice the width for values that cannot occur."),),
        "datatype-numeric.html",
    ),
    "integer": (
        "Whole numbers of the usual size; four bytes hold two thousand million.",
        (Rejected(choice="bigint", reason="Twice the width without a line that asks for it."),),
        "datatype-numeric.html",
    ),
    "bigint": (
        "The stated values need eight bytes.",
        (Rejected(choice="integer", reason="It ends at 2,147,483,647."),),
        "datatype-numeric.html",
    ),
    "numeric": (
        "Exact decimals, as the spec writes them.",
        (Rejected(choice="double precision", reason="It rounds decimals to binary fractions."),),
        "datatype-numeric.html#DATATYPE-NUMERIC-DECIMAL",
    ),
    "double precision": (
        "The spec says a floating-point number, and it is no money: a measure with about fifteen digits.",
        (Rejected(choice="numeric", reason="Slower and wider, for digits that a measure does not have."),),
        "datatype-numeric.html#DATATYPE-FLOAT",
    ),
    "boolean": (
        "Two values, one byte.",
        (Rejected(choice="smallint", reason="It would let 2 in."),),
        "datatype-boolean.html",
    ),
    "date": (
        "A day without a time of day.",
        (Rejected(choice="timestamp with time zone", reason="The day would then depend on the reader's zone."),),
        "datatype-datetime.html",
    ),
    "time without time zone": (
        "A time of day without a day.",
        (Rejected(choice="time with time zone", reason="An offset without a date means nothing where clocks change."),),
        "datatype-datetime.html",
    ),
    "timestamp with time zone": (
        "A moment; stored as UTC in eight bytes and shown in the reader's zone.",
        (Rejected(choice="timestamp without time zone", reason="Two readers would take it for two moments."),),
        "datatype-datetime.html",
    ),
    "timestamp without time zone": (
        "The spec means a wall-clock time that stays the same wherever it is read.",
        (Rejected(choice="timestamp with time zone", reason="It would be shifted for readers elsewhere."),),
        "datatype-datetime.html",
    ),
    "interval": (
        "A span of time in months, days and microseconds, with arithmetic.",
        (Rejected(choice="integer seconds", reason="A month has no number of seconds."),),
        "datatype-datetime.html#DATATYPE-INTERVAL-INPUT",
    ),
    "uuid": (
        "Sixteen bytes, and only uuids pass.",
        (Rejected(choice="text", reason="Thirty-seven bytes, and any text passes."),),
        "datatype-uuid.html",
    ),
    "jsonb": (
        "Its shape is open by the spec; jsonb is parsed once, compares and can be indexed.",
        (
            Rejected(choice="json", reason="It keeps white space, has no equality and no index."),
            Rejected(choice="text", reason="Anything would pass."),
        ),
        "datatype-json.html",
    ),
    "bytea": (
        "Bytes as they are.",
        (Rejected(choice="text in base64", reason="A third larger, and any text would pass."),),
        "datatype-binary.html",
    ),
    "inet": (
        "An address with its network, checked and ordered as such.",
        (Rejected(choice="text", reason="Anything would pass, and no network could be searched."),),
        "datatype-net-types.html",
    ),
}
