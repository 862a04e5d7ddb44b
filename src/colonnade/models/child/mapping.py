"""What is mapped, as values."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, RelationshipDirection, RelationshipProperty

from colonnade.models.child.creation import is_external
from colonnade.models.child.importing import Loaded
from colonnade.models.messages import MappedModel, MappedRelationship


def describe(loaded: Loaded) -> tuple[MappedModel, ...]:
    """Return the mapped classes with their relationships."""
    return tuple(
        MappedModel(
            name=mapper.class_.__name__,
            table=table_key(mapper),
            relationships=tuple(_relationship(each) for each in mapper.relationships),
            external=isinstance(mapper.local_table, sa.Table) and is_external(mapper.local_table),
        )
        for mapper in loaded.mappers
    )


def table_key(mapper: Mapper[object]) -> str:
    """Return what SQLAlchemy calls the mapper's table."""
    return mapper.local_table.key if isinstance(mapper.local_table, sa.Table) else ""


def _relationship(relationship: RelationshipProperty[object]) -> MappedRelationship:
    """Return one relationship."""
    direction = relationship.direction
    association = relationship.secondary
    pairs = relationship.synchronize_pairs
    further = relationship.secondary_synchronize_pairs or ()
    if direction is RelationshipDirection.MANYTOONE:
        columns, target_columns = _names(pair[1] for pair in pairs), _names(pair[0] for pair in pairs)
    elif direction is RelationshipDirection.ONETOMANY:
        columns, target_columns = _names(pair[0] for pair in pairs), _names(pair[1] for pair in pairs)
    else:
        columns, target_columns = _names(pair[1] for pair in pairs), _names(pair[1] for pair in further)
    return MappedRelationship(
        name=relationship.key,
        direction=(
            "to one"
            if direction is RelationshipDirection.MANYTOONE
            else "from one"
            if direction is RelationshipDirection.ONETOMANY
            else "many to many"
        ),
        target=relationship.mapper.class_.__name__,
        target_table=table_key(relationship.mapper),
        columns=columns,
        target_columns=target_columns,
        association=association.key if isinstance(association, sa.Table) else "",
        read_only=relationship.viewonly,
        many=bool(relationship.uselist),
        paired=relationship.back_populates is not None,
    )


def _names(columns: Iterable[sa.ColumnElement[object]]) -> tuple[str, ...]:
    """Return the columns' names in the database."""
    return tuple(column.name for column in columns if isinstance(column, sa.Column))
