"""How relationships are stored and mapped."""

from __future__ import annotations

from colonnade.design.bindings import RelationshipBinding
from colonnade.design.comments import comment_text
from colonnade.design.decision import Decision, Draft, Rejected
from colonnade.design.drafting import Drafting, column_object, constraint_object
from colonnade.design.history import live_predicate
from colonnade.design.mapped_names import MappedNames
from colonnade.design.names import constraint_name
from colonnade.design.references import KeyColumn, References
from colonnade.errors import DesignError
from colonnade.schema import Check, Column, ForeignKey, Index, IndexKey, ObjectName, Table, Unique
from colonnade.spec import Entity, Relationship, Spec
from colonnade.sql.identifier import quote

_FOREIGN_KEYS = "postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK"


class RelationshipDecider:
    """Stores each relationship as a foreign key, and names both of its ends."""

    def decide(self, spec: Spec, draft: Draft) -> tuple[Draft, tuple[Decision, ...]]:
        """Return the draft with foreign keys, their columns and the relationships' bindings."""
        drafting = Drafting(draft)
        references = References(spec)
        mapped = MappedNames(references)
        constraints: dict[tuple[str, str], ForeignKey] = {}
        for relationship in spec.relationships:
            if relationship.kind != "N-M":
                constraints[relationship.source, relationship.name] = _refer(drafting, references, relationship)
        for relationship in spec.relationships:
            if relationship.kind == "N-M":
                drafting.relationship_bindings.append(_many(drafting, references, relationship, constraints, mapped))
            else:
                key = constraints[relationship.source, relationship.name]
                drafting.relationship_bindings.append(_one(drafting, references, relationship, key, mapped))
        return drafting.finish()


def _refer(drafting: Drafting, references: References, relationship: Relationship) -> ForeignKey:
    """Add the referencing columns, the foreign key and, for one-to-one, the uniqueness."""
    entity = references.entities[relationship.source]
    if entity.external:
        raise DesignError(
            f'"{entity.name}" cannot refer to "{relationship.target}"',
            detail="Another product owns its table, so no column can be added to it.",
            hint="Write the relationship from the other side.",
            at=next(iter(relationship.at), None),
        )
    table = drafting.table(entity.name)
    columns = references.columns(relationship)
    target = drafting.table(relationship.target)
    assert target.primary_key is not None  # noqa: S101 - the key decider has given every table one
    table = _with_columns(drafting, table, relationship, columns)
    names = tuple(column.name for column in columns)
    key = ForeignKey(
        name=constraint_name("fk", table.name, *names, target.name),
        columns=names,
        referenced_table=target.name,
        referenced_columns=target.primary_key.columns,
        referenced_namespace=target.namespace,
    )
    whole = _whole(table, names)
    table = drafting.add(table, foreign_keys=(key,), checks=whole)
    drafting.decide(_reference_decision(relationship, table, key, whole))
    if relationship.kind == "1-1" and table.primary_key is not None and set(names) != set(table.primary_key.columns):
        _make_single(drafting, table, entity, relationship, names)
    return key


def _whole(table: Table, names: tuple[str, ...]) -> tuple[Check, ...]:
    """Return the check that an optional reference of several columns is there or not, never in part.

    A foreign key is not checked while one of its columns is null (MATCH SIMPLE).
    """
    if len(names) < 2 or all(table.column(name).not_null for name in names):
        return ()
    name = constraint_name("ck", table.name, *names, "whole")
    return (Check(name=name, expression=f"num_nulls({', '.join(map(quote, names))}) IN (0, {len(names)})"),)


def _with_columns(
    drafting: Drafting, table: Table, relationship: Relationship, columns: tuple[KeyColumn, ...]
) -> Table:
    """Add the columns that the key has not brought already; raises DesignError when an attribute has the name."""
    missing: list[Column] = []
    in_key = table.primary_key.columns if table.primary_key else ()
    for column in columns:
        if not table.has_column(column.name):
            missing.append(
                Column(
                    name=column.name,
                    type=column.type,
                    not_null=relationship.required and relationship.source != relationship.target,
                    comment=comment_text(relationship.description),
                )
            )
        elif column.name not in in_key or any(column.name in key.columns for key in table.foreign_keys):
            raise DesignError(
                f'"{relationship.source}" has two uses for the column "{column.name}"',
                detail=f'One of them is the reference "{relationship.name}" to "{relationship.target}".',
                hint="Rename the relationship, or drop the attribute that repeats it.",
                at=next(iter(relationship.at), None),
            )
    return drafting.add(table, columns=missing)


def _make_single(
    drafting: Drafting, table: Table, entity: Entity, relationship: Relationship, names: tuple[str, ...]
) -> None:
    """Let at most one row refer to each target; rows deleted softly do not count."""
    name = constraint_name("uq", table.name, *names)
    live = live_predicate(entity)
    if live:
        keys = tuple(IndexKey(column=column) for column in names)
        drafting.add(table, indexes=(Index(name=name, keys=keys, unique=True, predicate=live),))
    else:
        drafting.add(table, uniques=(Unique(name=name, columns=names),))
    drafting.decide(
        Decision(
            question=f"cardinality of {relationship.source}.{relationship.name}",
            choice="at most one row per target: unique" + (f" where {live}" if live else ""),
            reason="One-to-one is said by the database, or a second row would sooner or later exist.",
            rejected=(Rejected(choice="a plain reference", reason="It would be many-to-one."),),
            shaped=(ObjectName(kind="index", name=name, table=table.name) if live else constraint_object(table, name),),
            facts=relationship.at,
            source="postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-UNIQUE-CONSTRAINTS",
        )
    )


def _reference_decision(
    relationship: Relationship, table: Table, key: ForeignKey, whole: tuple[Check, ...]
) -> Decision:
    presence = "NOT NULL" if all(table.column(name).not_null for name in key.columns) else "nullable"
    because = "every row has its target" if presence == "NOT NULL" else "the target may be absent"
    if relationship.required and presence == "nullable":
        because = "the first row has no target yet, as always where a table refers to itself"
    return Decision(
        question=f"storage of {relationship.source}.{relationship.name}",
        choice=f"{', '.join(key.columns)} {presence}, foreign key to {key.referenced_table}",
        reason=f"The reference has the type of the key it refers to, and {because}.",
        rejected=(Rejected(choice="a column without a foreign key", reason="It could point to what does not exist."),),
        shaped=(
            constraint_object(table, key.name),
            *(constraint_object(table, check.name) for check in whole),
            *(column_object(table, name) for name in key.columns),
        ),
        facts=relationship.at,
        source=_FOREIGN_KEYS,
    )


def _one(
    drafting: Drafting, references: References, relationship: Relationship, key: ForeignKey, mapped: MappedNames
) -> RelationshipBinding:
    """Bind a reference; those of an association without attributes of its own are not mapped."""
    table = drafting.table(relationship.source)
    entity = references.entities[relationship.source]
    hidden = references.is_association(relationship.source) and _is_bare(entity, table)
    return RelationshipBinding(
        relationship=relationship.name,
        source=relationship.source,
        target=relationship.target,
        kind=relationship.kind,
        table=table.name,
        referenced_table=key.referenced_table,
        constraint=key.name,
        columns=key.columns,
        attribute="" if hidden else mapped.attribute(relationship),
        inverse="" if hidden else mapped.inverse(relationship),
    )


def _is_bare(entity: Entity, table: Table) -> bool:
    """Tell whether an association's table holds nothing but its key."""
    key = table.primary_key.columns if table.primary_key else ()
    return not entity.attributes and {column.name for column in table.columns} == set(key)


def _many(
    drafting: Drafting,
    references: References,
    relationship: Relationship,
    constraints: dict[tuple[str, str], ForeignKey],
    mapped: MappedNames,
) -> RelationshipBinding:
    to_source, to_target = references.sides(relationship)
    source_key = constraints[to_source.source, to_source.name]
    target_key = constraints[to_target.source, to_target.name]
    return RelationshipBinding(
        relationship=relationship.name,
        source=relationship.source,
        target=relationship.target,
        kind="N-M",
        table=drafting.table(relationship.source).name,
        referenced_table=drafting.table(relationship.target).name,
        constraint=source_key.name,
        columns=source_key.columns,
        attribute=mapped.attribute(relationship),
        inverse=mapped.inverse(relationship),
        association=drafting.table(relationship.via).name,
        target_constraint=target_key.name,
        target_columns=target_key.columns,
    )
