"""A small design that several tests of documents share."""

from __future__ import annotations

from colonnade.design import Design
from colonnade.design.designer import design
from colonnade.span import Span
from colonnade.spec import (
    AccessPattern,
    Attribute,
    Entity,
    Identity,
    Isolation,
    Page,
    Question,
    Relationship,
    SortKey,
    Spec,
    Unread,
    ValueType,
)

AT = (Span("zoo.spec.yaml", 7, 3, "Animal: `wild` | tame"),)


def sample_design() -> Design:
    """Return a zoo: keepers own animals, an animal may have a mother."""
    name = Attribute(name="name", type=ValueType(base="text", min_length=1, max_length=40), required=True, at=AT)
    return design(
        Spec(
            name="zoo",
            entities=(
                Entity(name="Keeper", attributes=(name,), at=AT),
                Entity(name="Animal", attributes=(name,), owner="keeper", at=AT),
            ),
            relationships=(
                Relationship(
                    name="keeper", source="Animal", target="Keeper", kind="N-1", required=True, owner=True, at=AT
                ),
                Relationship(name="mother", source="Animal", target="Animal", kind="N-1", inverse="children", at=AT),
            ),
            access_patterns=(
                AccessPattern(
                    id="list-animal",
                    kind="list",
                    entity="Animal",
                    sort=(SortKey(attribute="name"),),
                    page=Page(style="cursor", size=20),
                    scope="owner",
                    at=AT,
                ),
            ),
            identity=Identity(provider="local", entity="Keeper", at=AT),
            isolation=Isolation(by="user", entity="Keeper", at=AT),
            questions=(Question(id="Q-volume-animal", topic="volume", text="How many?", default="1M", at=AT),),
            unread=(Unread(what="POST /feed", reason="it names no thing", at=AT),),
            sources=("zoo.spec.yaml",),
        )
    )
