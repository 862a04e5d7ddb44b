"""What the tables, columns and classes are called."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.design.bindings import AttributeBinding, EntityBinding
from colonnade.design.comments import comment_text
from colonnade.design.decision import Decision, Draft, Rejected
from colonnade.design.drafting import Drafting, places, table_object
from colonnade.design.names import class_names, column_name, namespace_name, table_name
from colonnade.errors import DesignError
from colonnade.schema import ObjectName, Table
from colonnade.spec import Attribute, Entity, Relationship, Spec
from colonnade.spec.value import Fact
from colonnade.sql.identifier import RESERVED

_SOURCE = "postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS"


class NamingDecider:
    """Names tables in the plural and columns in snake_case, and binds entities and attributes to them."""

    def decide(self, spec: Spec, draft: Draft) -> tuple[Draft, tuple[Decision, ...]]:
        """Return the draft with an empty table for each entity and each association."""
        drafting = Drafting(draft)
        associations = {each.via: each for each in spec.relationships if each.kind == "N-M"}
        classes = class_names(entity.name for entity in spec.entities)
        taken: dict[tuple[str, str], tuple[str, Fact]] = {}
        for entity in spec.entities:
            table = Table(
                name=table_name(spec, entity),
                namespace=namespace_name(spec, entity),
                columns=(),
                external=entity.external,
                comment=comment_text(entity.description),
            )
            _claim(taken, table, entity.name, entity)
            _bind(drafting, table, entity.name, classes[entity.name])
            drafting.attribute_bindings += _attributes(entity, table)
            if entity.name in associations:
                drafting.decide(_association_decision(associations[entity.name], table))
            else:
                drafting.decide(_table_decision(entity, table))
            drafting.decisions += _reserved(entity, table)
        return drafting.finish()


def _claim(taken: dict[tuple[str, str], tuple[str, Fact]], table: Table, name: str, fact: Fact) -> None:
    """Take the table's name; raises DesignError with both places when it is taken."""
    key = (table.namespace, table.name)
    if key in taken:
        other, earlier = taken[key]
        raise DesignError(
            f'"{other}" and "{name}" would both be the table "{table.name}"',
            detail="; ".join(
                f"{each[0]} stands at {each[1]}" for each in _first_places((other, earlier), (name, fact))
            ),
            hint="Rename one of them, or state its plural.",
            at=next(iter(fact.at), None),
        )
    taken[key] = (name, fact)


def _first_places(*named: tuple[str, Fact]) -> Iterator[tuple[str, str]]:
    for name, fact in named:
        yield f'"{name}"', str(fact.at[0]) if fact.at else "an unknown place"


def _bind(drafting: Drafting, table: Table, entity: str, class_name: str) -> None:
    drafting.put(table)
    drafting.entity_bindings[entity] = EntityBinding(
        entity=entity, table=table.name, class_name=class_name, namespace=table.namespace, external=table.external
    )


def _attributes(entity: Entity, table: Table) -> Iterator[AttributeBinding]:
    seen: dict[str, Attribute] = {}
    for attribute in entity.attributes:
        if attribute.role == "computed":
            reason = attribute.reason or "it is computed when it is read"
            yield AttributeBinding(entity=entity.name, attribute=attribute.name, table=table.name, reason=reason)
            continue
        if entity.external and attribute.role != "key":
            yield AttributeBinding(
                entity=entity.name,
                attribute=attribute.name,
                table=table.name,
                reason="the identity provider keeps it",
            )
            continue
        column = column_name(attribute)
        if column in seen:
            pair = ((seen[column].name, seen[column]), (attribute.name, attribute))
            raise DesignError(
                f'"{pair[0][0]}" and "{pair[1][0]}" of "{entity.name}" would both be the column "{column}"',
                detail="; ".join(f"{each[0]} stands at {each[1]}" for each in _first_places(*pair)),
                hint="Rename one of them.",
                at=next(iter(attribute.at), None),
            )
        seen[column] = attribute
        yield AttributeBinding(entity=entity.name, attribute=attribute.name, table=table.name, column=column)


def _table_decision(entity: Entity, table: Table) -> Decision:
    if entity.external:
        return Decision(
            question=f"table of {entity.name}",
            choice=f"{table.identifier}, which another product owns",
            reason="The identity provider creates and changes this table; only its key is relied on.",
            rejected=(Rejected(choice="a copy of the users", reason="It would drift from the provider's table."),),
            shaped=(table_object(table),),
            facts=places(entity),
        )
    return Decision(
        question=f"table of {entity.name}",
        choice=table.identifier,
        reason="A table holds many rows, so it is named in the plural, in lower-case snake_case that needs no quotes.",
        shaped=(table_object(table),),
        facts=places(entity),
        source=_SOURCE,
    )


def _association_decision(relationship: Relationship, table: Table) -> Decision:
    return Decision(
        question=f"storage of {relationship.source}.{relationship.name}",
        choice=f"association table {table.identifier}",
        reason="Many on both sides needs a row per pair; foreign keys on both ends keep the pairs true.",
        rejected=(
            Rejected(choice="an array of keys", reason="Postgres has no foreign key from the elements of an array."),
        ),
        shaped=(table_object(table),),
        facts=places(relationship),
        source="Codd 1970, A Relational Model of Data for Large Shared Data Banks, section 1.4",
    )


def _reserved(entity: Entity, table: Table) -> Iterator[Decision]:
    for attribute in entity.attributes:
        column = column_name(attribute)
        if attribute.role != "computed" and column in RESERVED:
            yield Decision(
                question=f"name of {table.name}.{column}",
                choice=f'"{column}", quoted in SQL',
                reason="The contract calls it so; quoting makes a reserved word a plain name.",
                rejected=(Rejected(choice="another word", reason="Contract and schema would then disagree."),),
                shaped=(ObjectName(kind="column", name=column, table=table.name, namespace=table.namespace),),
                facts=attribute.at,
                source="postgresql.org/docs/current/sql-keywords-appendix.html",
            )
