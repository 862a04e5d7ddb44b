"""Which table, columns and foreign keys stand for which entity, attributes and relationships."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityBinding:
    """The table of an entity, and the class and module that map it."""

    entity: str
    table: str
    class_name: str
    namespace: str = "public"
    external: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeBinding:
    """The column of an attribute; no column for a computed attribute, with the reason."""

    entity: str
    attribute: str
    table: str
    column: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationshipBinding:
    """How a relationship is stored and mapped.

    For N-1 and 1-1: `table` references `referenced_table` through the foreign key `constraint` over
    `columns`; `attribute` is the mapped attribute on the referencing class, `inverse` the one on the
    referenced class. For N-M: `association` is the association table; `constraint` and `columns` are its
    reference to the source, `target_constraint` and `target_columns` the one to the target; `attribute`
    and `inverse` are the mapped collections that skip the association.
    """

    relationship: str
    source: str
    target: str
    kind: str
    table: str
    referenced_table: str
    constraint: str
    columns: tuple[str, ...]
    attribute: str
    inverse: str
    association: str = ""
    target_constraint: str = ""
    target_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bindings:
    """Every binding of a design."""

    entities: tuple[EntityBinding, ...] = ()
    attributes: tuple[AttributeBinding, ...] = ()
    relationships: tuple[RelationshipBinding, ...] = ()

    def entity(self, name: str) -> EntityBinding:
        """Return the entity's binding; raises KeyError when there is none."""
        for binding in self.entities:
            if binding.entity == name:
                return binding
        raise KeyError(name)

    def attribute(self, entity: str, name: str) -> AttributeBinding | None:
        """Return the attribute's binding, or None."""
        for binding in self.attributes:
            if (binding.entity, binding.attribute) == (entity, name):
                return binding
        return None

    def relationship(self, source: str, name: str) -> RelationshipBinding | None:
        """Return the binding of the relationship that `source` calls `name`, or None."""
        for binding in self.relationships:
            if (binding.source, binding.relationship) == (source, name):
                return binding
        return None
