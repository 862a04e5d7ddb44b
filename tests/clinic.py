"""A clinic: one spec with every kind of rule, for the tests of proofs."""

from __future__ import annotations

from decimal import Decimal

from colonnade.spec import (
    AppendOnly,
    ApplicationRule,
    Attribute,
    CardinalityLimit,
    Condition,
    Entity,
    ExactlyOneOf,
    Identity,
    Isolation,
    NoOverlap,
    Relationship,
    Spec,
    Transition,
    Uniqueness,
    ValueType,
)


def text(longest: int = 100, **more: object) -> ValueType:
    """Return a text type."""
    return ValueType.model_validate({"base": "text", "min_length": 1, "max_length": longest, **more})


def of(base: str, **more: object) -> ValueType:
    """Return a type."""
    return ValueType.model_validate({"base": base, **more})


CLINIC = Spec(
    name="clinic",
    identity=Identity(provider="local", entity="User"),
    isolation=Isolation(by="user", entity="User"),
    entities=(
        Entity(
            name="User",
            attributes=(
                Attribute(name="email", type=text(254, case_insensitive=True, format="email"), required=True),
                Attribute(name="password", type=text(72), required=True, role="password"),
            ),
        ),
        Entity(
            name="Room",
            owner="owner",
            attributes=(
                Attribute(name="name", type=text(40, trimmed=True), required=True),
                Attribute(name="seats", type=of("integer", minimum=Decimal(1), maximum=Decimal(12)), required=True),
                Attribute(name="color", type=of("text", pattern="^#[0-9a-f]{6}$")),
                Attribute(name="floor", type=of("integer", multiple_of=Decimal(5))),
                Attribute(name="fee", type=of("decimal", precision=19, scale=4, minimum=Decimal(0))),
                Attribute(name="tags", type=of("text", array=True, array_max=3, max_length=20)),
            ),
            soft_delete=True,
            versioned=True,
            timestamps=True,
            audited=True,
        ),
        Entity(
            name="Booking",
            owner="owner",
            attributes=(
                Attribute(name="starts_at", type=of("timestamp"), required=True),
                Attribute(name="ends_at", type=of("timestamp"), required=True),
                Attribute(
                    name="state", type=of("enum", values=("asked", "kept", "over")), required=True, default="asked"
                ),
                Attribute(name="closed_at", type=of("timestamp")),
                Attribute(name="price", type=of("decimal", precision=12, scale=2)),
                Attribute(name="rebate", type=of("decimal", precision=12, scale=2)),
            ),
        ),
        Entity(
            name="Note",
            owner="owner",
            attributes=(Attribute(name="body", type=text(4000), required=True),),
            append_only=True,
        ),
        Entity(
            name="Document",
            owner="owner",
            attributes=(
                Attribute(name="title", type=text(), required=True),
                Attribute(name="serial", type=text(12), required=True),
                Attribute(
                    name="rank", type=of("enum", values=("low", "high"), ordered=True), required=True, default="low"
                ),
            ),
        ),
        Entity(name="Label", owner="owner", attributes=(Attribute(name="name", type=text(30), required=True),)),
        Entity(name="RoomLabel", attributes=()),
        Entity(name="Closure", attributes=(Attribute(name="day", type=of("date"), required=True),)),
    ),
    relationships=(
        *(
            Relationship(name="owner", source=name, target="User", kind="N-1", required=True, owner=True)
            for name in ("Room", "Booking", "Note", "Document", "Label")
        ),
        Relationship(name="room", source="Booking", target="Room", kind="N-1", required=True),
        Relationship(name="previous", source="Booking", target="Booking", kind="N-1", irreflexive=True),
        Relationship(name="booking", source="Note", target="Booking", kind="N-1", required=True, composition=True),
        Relationship(name="room", source="Document", target="Room", kind="N-1"),
        Relationship(name="booking", source="Document", target="Booking", kind="N-1"),
        Relationship(name="room", source="Closure", target="Room", kind="N-1", required=True, composition=True),
        Relationship(name="labels", source="Room", target="Label", kind="N-M", via="RoomLabel", inverse="rooms"),
    ),
    invariants=(
        Uniqueness(entity="Room", keys=("owner", "lower(name)")),
        Uniqueness(entity="Booking", keys=("room", "starts_at"), where="state <> 'over'"),
        Uniqueness(entity="Closure", keys=("room", "day")),
        Condition(entity="Booking", expression="(state = 'over') = (closed_at IS NOT NULL)", name="closed"),
        Condition(entity="Booking", expression="rebate <= price"),
        ExactlyOneOf(entity="Document", members=("room", "booking")),
        NoOverlap(entity="Booking", per=("room",), start="starts_at", end="ends_at"),
        CardinalityLimit(entity="Closure", per=("room",), maximum=3),
        CardinalityLimit(entity="Booking", per=("owner",), maximum=2, where="state = 'asked'"),
        Transition(entity="Booking", attribute="state", steps=(("asked", "kept"), ("kept", "over"))),
        AppendOnly(entity="Document", attributes=("serial",)),
        ApplicationRule(entity="Booking", sentence="a mail is sent", reason="Mail is not data."),
    ),
)
