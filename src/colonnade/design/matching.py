"""Find which tables and columns of an existing schema stand for which facts of a spec."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from colonnade.design.bindings import AttributeBinding, Bindings, EntityBinding, RelationshipBinding
from colonnade.design.design import Design
from colonnade.schema import ForeignKey, Schema, Table
from colonnade.spec import Entity, Relationship, Spec
from colonnade.sql.identifier import pascal, words


def design_of(schema: Schema, spec: Spec, *, name: str) -> Design:
    """Return an existing schema as a design, matched by name with what the spec says of it.

    There are no decisions: nobody recorded any. The application role is the one that the policies are for.
    """
    return Design(
        name=name,
        spec=spec,
        schema=schema,
        bindings=match(spec, schema),
        decisions=(),
        application_role=_application_role(schema),
    )


def match(spec: Spec, schema: Schema) -> Bindings:
    """Return the bindings that names and foreign keys allow; what has no counterpart is left out."""
    tables = {entity.name: table for entity in spec.entities if (table := _table_of(entity, schema)) is not None}
    relationships = [
        binding for relationship in spec.relationships for binding in _relationship(relationship, tables, schema)
    ]
    return Bindings(
        entities=tuple(
            EntityBinding(
                entity=name,
                table=table.name,
                class_name=pascal(name),
                namespace=table.namespace,
                external=spec.entity(name).external,
            )
            for name, table in tables.items()
        ),
        attributes=tuple(
            AttributeBinding(entity=entity.name, attribute=attribute.name, table=table.name, column=column)
            for entity in spec.entities
            if (table := tables.get(entity.name)) is not None
            for attribute in entity.attributes
            if (column := _named(attribute.name, (each.name for each in table.columns)))
        ),
        relationships=tuple(relationships),
    )


def fold(name: str) -> str:
    """Return a name without case, word breaks and the plural, good only for comparing."""
    joined = "".join(words(name))
    joined = re.sub(r"ies$", "y", joined)
    return re.sub(r"(?<=[^su])s$", "", re.sub(r"(ch|sh|x|ss|us)es$", r"\1", joined))


def _application_role(schema: Schema) -> str:
    """Return the role that most policies are for, or else most privileges on isolated tables."""
    isolated = [table for table in schema.tables if table.policies]
    named = Counter(role for table in isolated for policy in table.policies for role in policy.roles)
    granted = Counter(grant.role for table in isolated for grant in table.grants)
    for counts in (named, granted):
        if found := sorted(counts.keys() - {"public"}, key=lambda role: (-counts[role], role)):
            return found[0]
    return ""


def _table_of(entity: Entity, schema: Schema) -> Table | None:
    wanted = {fold(entity.name), fold(entity.plural or entity.name)}
    found = [table for table in schema.tables if fold(table.name) in wanted]
    return found[0] if len(found) == 1 else None


def _named(name: str, among: Iterable[str]) -> str:
    candidates = list(among)
    if name in candidates:
        return name
    return next((each for each in candidates if "".join(words(each)) == "".join(words(name))), "")


def _relationship(
    relationship: Relationship, tables: dict[str, Table], schema: Schema
) -> Iterator[RelationshipBinding]:
    source, target = tables.get(relationship.source), tables.get(relationship.target)
    if source is None or target is None:
        return
    if relationship.kind == "N-M":
        yield from _association(relationship, source, target, schema)
        return
    key = _reference(relationship, source, target)
    if key is not None:
        yield RelationshipBinding(
            relationship=relationship.name,
            source=relationship.source,
            target=relationship.target,
            kind=relationship.kind,
            table=source.name,
            referenced_table=target.name,
            constraint=key.name,
            columns=key.columns,
            attribute=relationship.name,
            inverse=relationship.inverse,
        )


def _reference(relationship: Relationship, source: Table, target: Table) -> ForeignKey | None:
    keys = [key for key in source.foreign_keys if key.referenced_table == target.name]
    wanted = {fold(relationship.name), fold(f"{relationship.name}_id"), fold(relationship.field or relationship.name)}
    named = [key for key in keys if fold(key.columns[-1]) in wanted]
    candidates = named or keys
    return candidates[0] if named or len(candidates) == 1 else None


def _association(
    relationship: Relationship, source: Table, target: Table, schema: Schema
) -> Iterator[RelationshipBinding]:
    for table in schema.tables:
        to_source = [key for key in table.foreign_keys if key.referenced_table == source.name]
        to_target = [
            key for key in table.foreign_keys if key.referenced_table == target.name and key not in to_source[:1]
        ]
        named = not relationship.via or fold(relationship.via) == fold(table.name)
        if to_source and to_target and named and table.name not in (source.name, target.name):
            yield RelationshipBinding(
                relationship=relationship.name,
                source=relationship.source,
                target=relationship.target,
                kind="N-M",
                table=source.name,
                referenced_table=target.name,
                constraint=to_source[0].name,
                columns=to_source[0].columns,
                attribute=relationship.name,
                inverse=relationship.inverse,
                association=table.name,
                target_constraint=to_target[0].name,
                target_columns=to_target[0].columns,
            )
            return
