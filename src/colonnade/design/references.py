"""Keys and the columns that refer to them, worked out from the spec alone."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.design.names import column_name
from colonnade.design.value_types import type_of
from colonnade.errors import DesignError
from colonnade.spec import Attribute, Entity, Relationship, Spec
from colonnade.sql.identifier import fit, quote, snake

_KEY_TYPES = {"bigint": "bigint", "uuid": "uuid", "uuidv7": "uuid", "text": "text"}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyColumn:
    """A column of a key or of a reference: its name and type, and the attribute or relationship it comes from."""

    name: str
    type: str
    attribute: str = ""
    relationship: str = ""


class References:
    """The keys and references of one completed spec; a reference's columns have the types of the key they refer to."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.entities = {entity.name: entity for entity in spec.entities}
        self.by_source: dict[str, list[Relationship]] = {entity.name: [] for entity in spec.entities}
        for relationship in spec.relationships:
            self.by_source.setdefault(relationship.source, []).append(relationship)
        self._associations = {
            relationship.via: relationship for relationship in spec.relationships if relationship.kind == "N-M"
        }
        self._targets = {relationship.target for relationship in spec.relationships if relationship.kind != "N-M"}
        self._keys: dict[str, tuple[KeyColumn, ...]] = {}
        self._open: list[str] = []

    def key(self, entity: str) -> tuple[KeyColumn, ...]:
        """Return the primary key's columns in order.

        Raises DesignError when keys are made of each other.
        """
        if entity not in self._keys:
            if entity in self._open:
                at = self.entities[entity].at
                raise DesignError(
                    f'the key of entity "{entity}" is made of itself',
                    detail=f"It is reached over {' -> '.join((*self._open, entity))}.",
                    hint="Give one of these entities a key of its own.",
                    at=at[0] if at else None,
                )
            self._open.append(entity)
            self._keys[entity] = self._find_key(self.entities[entity])
            self._open.pop()
        return self._keys[entity]

    def columns(self, relationship: Relationship) -> tuple[KeyColumn, ...]:
        """Return the columns on the source's side that hold the key of the target."""
        return tuple(
            KeyColumn(name=name, type=column.type, relationship=relationship.name)
            for name, column in zip(self._names(relationship), self.key(relationship.target), strict=True)
        )

    def sides(self, relationship: Relationship) -> tuple[Relationship, Relationship]:
        """Return the references of a many-to-many relationship's association: to its source, and to its target."""
        own = [each for each in self.by_source[relationship.via] if each.kind != "N-M"]
        to_source = next(each for each in own if each.target == relationship.source)
        to_target = next(each for each in own if each.target == relationship.target and each is not to_source)
        return to_source, to_target

    def is_association(self, entity: str) -> bool:
        """Tell whether the entity links the two sides of a many-to-many relationship."""
        return entity in self._associations

    def owner(self, entity: Entity) -> Relationship | None:
        """Return the entity's relationship to its owner, or None."""
        for relationship in self.by_source[entity.name]:
            if relationship.kind != "N-M" and (relationship.owner or (relationship.name == entity.owner != "")):
                return relationship
        return None

    def names(self, entity: str) -> dict[str, tuple[str, ...]]:
        """Return every name that an expression over the entity may use, with the columns that it stands for."""
        found: dict[str, tuple[str, ...]] = {}
        for column in self.key(entity):
            found[column.name] = (column.name,)
        for relationship in self.by_source[entity]:
            if relationship.kind != "N-M":
                columns = tuple(column.name for column in self.columns(relationship))
                found |= {name: (name,) for name in columns}
                found[snake(relationship.name)] = columns
                if relationship.field:
                    found[relationship.field] = columns
                if self.owner(self.entities[entity]) == relationship:
                    found["owner"] = columns
        for attribute in self.entities[entity].attributes:
            if attribute.role != "computed":
                found[attribute.name] = (column_name(attribute),)
                found.setdefault(column_name(attribute), (column_name(attribute),))
        return found

    def sql_names(self, entity: str) -> dict[str, str]:
        """Return every name that an expression over the entity may use, with its SQL text; several columns as a row."""
        return {
            name: quote(columns[0]) if len(columns) == 1 else f"({', '.join(map(quote, columns))})"
            for name, columns in self.names(entity).items()
        }

    def key_kind(self, entity: Entity) -> str:
        """Return how the key comes about: one of Entity.key's kinds, `shared`, `association` or `natural`."""
        if entity.external:
            stated = self.spec.identity.key_type if entity.name == self.spec.identity.entity else ""
            return stated or entity.key or self._kind_of_attribute(entity) or "bigint"
        if entity.weak_of and self._shared(entity) is not None and not self._kind_of_attribute(entity):
            return "shared"
        if entity.key_attributes or entity.key == "natural":
            return "natural"
        if entity.key:
            return entity.key
        by_attribute = self._kind_of_attribute(entity)
        if by_attribute:
            return by_attribute
        return "association" if self._is_bare_association(entity) else self.spec.defaults.key

    def _find_key(self, entity: Entity) -> tuple[KeyColumn, ...]:
        kind = self.key_kind(entity)
        if kind == "shared" and (shared := self._shared(entity)) is not None:
            return self.columns(shared)
        if kind == "association":
            return self._association_key(self._associations[entity.name])
        if kind == "natural":
            return self._natural(entity)
        attribute = _key_attribute(entity)
        if attribute is None:
            return (KeyColumn(name="id", type=_KEY_TYPES[kind]),)
        type_name = _KEY_TYPES[kind]
        return (KeyColumn(name=column_name(attribute), type=type_name, attribute=attribute.name),)

    def _natural(self, entity: Entity) -> tuple[KeyColumn, ...]:
        names = entity.key_attributes or tuple(each.name for each in entity.attributes if each.role == "key")
        found: list[KeyColumn] = []
        for name in names:
            relationship = self._relationship(entity, name)
            if entity.has_attribute(name):
                attribute = entity.attribute(name)
                found.append(
                    KeyColumn(
                        name=column_name(attribute),
                        type=type_of(self.spec, entity, attribute),
                        attribute=attribute.name,
                    )
                )
            elif relationship is not None and relationship.kind != "N-M":
                found += self.columns(relationship)
            else:
                raise DesignError(
                    f'the key of entity "{entity.name}" names "{name}", which it does not have',
                    at=entity.at[0] if entity.at else None,
                )
        return tuple(found) or (KeyColumn(name="id", type=_KEY_TYPES[self.spec.defaults.key]),)

    def _relationship(self, entity: Entity, name: str) -> Relationship | None:
        """Return the relationship that an invariant or key means by a name."""
        if name == "owner" and (owner := self.owner(entity)) is not None:
            return owner
        return next((each for each in self.by_source[entity.name] if name in (each.name, each.field)), None)

    def _kind_of_attribute(self, entity: Entity) -> str:
        """Return the kind that the key attributes' own types make."""
        keys = [attribute for attribute in entity.attributes if attribute.role == "key"]
        if len(keys) != 1:
            return "natural" if keys else ""
        match keys[0].type.base:
            case "integer":
                return "bigint"
            case "uuid":
                return "uuidv7" if self.spec.defaults.key == "uuidv7" else "uuid"
            case "text":
                return "text"
            case _:
                return "natural"

    def _shared(self, entity: Entity) -> Relationship | None:
        return next(
            (each for each in self.by_source[entity.name] if each.kind == "1-1" and each.target == entity.weak_of), None
        )

    def _is_bare_association(self, entity: Entity) -> bool:
        """Tell whether the entity only links two others, so that nothing refers to it."""
        return entity.name in self._associations and entity.name not in self._targets

    def _association_key(self, relationship: Relationship) -> tuple[KeyColumn, ...]:
        """Return both references: the owning user's or tenant's first, so that its rows lie together."""
        source, target = self.sides(relationship)
        owned = target.target in self.owners and source.target not in self.owners
        first, second = (target, source) if owned else (source, target)
        return (*self.columns(first), *self.columns(second))

    @property
    def owners(self) -> frozenset[str]:
        """The entities that own rows: the user's and the tenant's."""
        return frozenset({self.spec.isolation.entity, self.spec.identity.entity} - {""})

    def _names(self, relationship: Relationship) -> tuple[str, ...]:
        target = self.key(relationship.target)
        field = snake(relationship.field) if relationship.field else ""
        carries_key = relationship.target_attribute in ("", *(column.attribute for column in target))
        if len(target) == 1 and field and carries_key and field.endswith(f"_{target[0].name}"):
            return (fit(field),)
        return tuple(_reference_name(snake(relationship.name), column.name) for column in target)


def _key_attribute(entity: Entity) -> Attribute | None:
    return next((attribute for attribute in entity.attributes if attribute.role == "key"), None)


def _reference_name(role: str, key: str) -> str:
    """Return `author_id` for the role `author` and the key `id`; a key that begins with the role stays."""
    if key == role or key.startswith(f"{role}_"):
        return key
    return fit(role if role.endswith(f"_{key}") else f"{role}_{key}")
