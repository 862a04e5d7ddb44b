"""The whole specification."""

from __future__ import annotations

from typing import Literal

from colonnade.spec.access import AccessPattern, Operation
from colonnade.spec.entities import Entity, Relationship
from colonnade.spec.invariants import Invariant
from colonnade.spec.questions import Question, Unread
from colonnade.spec.value import Fact


class Identity(Fact):
    """Who keeps the users.

    `provider` is `local` when the accounts are ours. A known provider's user table is external: `entity`
    names the entity, `table`, `key_type` and `namespace` what the provider creates.
    """

    provider: str = "none"
    entity: str = ""
    table: str = ""
    namespace: str = "public"
    key_type: Literal["", "text", "uuid", "bigint"] = ""
    external: bool = False


class Isolation(Fact):
    """Whose rows a caller may see.

    `by` is `user`, `tenant` or `none`; `entity` the entity that owns (the user or the tenant). `mode` is
    row-level security or scoped queries in the application.
    """

    by: Literal["none", "user", "tenant"] = "none"
    entity: str = ""
    mode: Literal["rls", "scoped"] = "rls"


class Defaults(Fact):
    """What holds for every entity that says nothing else."""

    key: Literal["bigint", "uuid", "uuidv7", "text"] = "bigint"
    timestamps: bool = False
    delete: Literal["hard", "soft"] = "hard"


class Spec(Fact):
    """What the documents say, merged; entities, relationships and patterns in order of appearance."""

    name: str
    entities: tuple[Entity, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    invariants: tuple[Invariant, ...] = ()
    access_patterns: tuple[AccessPattern, ...] = ()
    operations: tuple[Operation, ...] = ()
    identity: Identity = Identity()
    isolation: Isolation = Isolation()
    defaults: Defaults = Defaults()
    questions: tuple[Question, ...] = ()
    unread: tuple[Unread, ...] = ()
    sources: tuple[str, ...] = ()

    def entity(self, name: str) -> Entity:
        """Return the entity; raises KeyError when there is none."""
        for entity in self.entities:
            if entity.name == name:
                return entity
        raise KeyError(name)

    def has_entity(self, name: str) -> bool:
        """Tell whether there is such an entity."""
        return any(entity.name == name for entity in self.entities)

    def relationships_of(self, entity: str) -> tuple[Relationship, ...]:
        """Return the relationships in which the entity is the source."""
        return tuple(each for each in self.relationships if each.source == entity)

    def answer(self, question_id: str, default: str) -> str:
        """Return the settled answer to a question, or `default` when nobody asked it."""
        for question in self.questions:
            if question.id == question_id:
                return question.settled
        return default
