"""Both sides of every foreign key, and the many-to-many relationships over association tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from colonnade.design import Design
from colonnade.emit.models.code import Entries, Keyword, Node, Text
from colonnade.emit.models.defaults import refuses
from colonnade.emit.models.deletions import is_left, left_to_database
from colonnade.emit.models.plan import ModelPlan, RelationPlan
from colonnade.emit.models.references import Association, Links, Reference, links
from colonnade.schema import ForeignKey, Schema

Settings = list[tuple[Text, Node]]


def with_relations(models: Iterable[ModelPlan], design: Design) -> tuple[ModelPlan, ...]:
    """Return the models with both sides of every relationship."""
    planned = tuple(models)
    between = links(planned, design)
    left = left_to_database(between, design.schema)
    relations: dict[str, list[RelationPlan]] = {model.class_name: [] for model in planned}
    for reference in between.references:
        relations[reference.source.class_name].append(_to_one(reference, between))
    for reference in between.references:
        relations[reference.target.class_name].append(_from_one(reference, between, design.schema, left))
    for association in between.associations:
        for owner, relation in _many_to_many(association, between):
            relations[owner.class_name].append(relation)
    return tuple(replace(model, relations=tuple(relations[model.class_name])) for model in planned)


def _to_one(reference: Reference, between: Links) -> RelationPlan:
    """Return the side that holds the foreign key."""
    settings = _join(reference, between)
    if reference.source is reference.target:
        names = (reference.target.attribute_of(name) for name in reference.key.referenced_columns)
        settings.append(
            (Text("remote_side"), Text(_listed([f"{reference.target.class_name}.{name}" for name in names])))
        )
    settings += _overlaps(reference, between)
    return RelationPlan(
        attribute=reference.attribute,
        target=reference.target.class_name,
        many=False,
        optional=any(not column.not_null for column in reference.held),
        arguments=_arguments(reference.inverse, settings),
    )


def _from_one(reference: Reference, between: Links, schema: Schema, left: frozenset[str]) -> RelationPlan:
    """Return the referenced side, which does on delete what the database does."""
    settings = _join(reference, between)
    keywords = _on_delete(reference, settings, schema, left)
    settings += _overlaps(reference, between)
    return RelationPlan(
        attribute=reference.inverse,
        target=reference.source.class_name,
        many=not reference.single,
        optional=reference.single,
        arguments=_arguments(reference.attribute, settings, keywords),
    )


def _on_delete(reference: Reference, settings: Settings, schema: Schema, left: frozenset[str]) -> list[Keyword]:
    """Return what the referenced side says of deletion; what only the database can do is left to it."""
    table = reference.source.table
    nullable = all(not column.not_null for column in reference.held)
    match reference.key.on_delete:
        case "CASCADE" if is_left(reference, left):
            return [Keyword("passive_deletes", Text("all"))]
        case "CASCADE" if nullable:
            settings.append((Text("cascade"), Text("all")))
            return [Keyword("passive_deletes", "True")]
        case "CASCADE":
            return [Keyword("cascade_delete", "True"), Keyword("passive_deletes", "True")]
        case "SET NULL" if nullable and not reference.key.on_delete_columns and not refuses(table, "UPDATE", schema):
            return [Keyword("passive_deletes", "True")]
        case _:
            return [Keyword("passive_deletes", Text("all"))]


def _many_to_many(association: Association, between: Links) -> list[tuple[ModelPlan, RelationPlan]]:
    """Return both collections that skip the association."""
    forward = (association.source, association.source_key, association.target_key)
    backward = (association.target, association.target_key, association.source_key)
    sides = (
        (*forward, association.attribute, association.inverse, association.target),
        (*backward, association.inverse, association.attribute, association.source),
    )
    link = association.link.class_name
    found: list[tuple[ModelPlan, RelationPlan]] = []
    for owner, near, far, attribute, back, target in sides:
        settings: Settings = []
        if _ambiguous(association):
            settings.append((Text("primaryjoin"), Text(_joined(owner, association.link, near))))
            settings.append((Text("secondaryjoin"), Text(_joined(target, association.link, far))))
        keywords = [Keyword("link_model", link)]
        if association.writable:
            keywords.append(Keyword("passive_deletes", "True"))
            settings += _overlaps(association, between)
        else:
            settings.append((Text("viewonly"), "True"))
        relation = RelationPlan(
            attribute=attribute,
            target=target.class_name,
            many=True,
            optional=False,
            arguments=_arguments(back, settings, keywords),
            link=link,
        )
        found.append((owner, relation))
    return found


def _ambiguous(association: Association) -> bool:
    """Whether the association table has more than one foreign key to one of the two tables."""
    targets = [(key.referenced_namespace, key.referenced_table) for key in association.link.table.foreign_keys]
    return any(
        targets.count((key.referenced_namespace, key.referenced_table)) > 1
        for key in (association.source_key, association.target_key)
    )


def _joined(owner: ModelPlan, link: ModelPlan, key: ForeignKey) -> str:
    """Return the join condition between a model and the association, as SQLAlchemy evaluates it."""
    parts = [
        f"{owner.class_name}.{owner.attribute_of(referenced)} == {link.class_name}.{link.attribute_of(column)}"
        for column, referenced in zip(key.columns, key.referenced_columns, strict=True)
    ]
    return parts[0] if len(parts) == 1 else f"and_({', '.join(parts)})"


def _join(reference: Reference, between: Links) -> Settings:
    """Return which columns join two models, said only where more than one foreign key does."""
    if between.joining(reference) < 2:
        return []
    columns = [f"{reference.source.class_name}.{reference.source.attribute_of(name)}" for name in reference.key.columns]
    return [(Text("foreign_keys"), Text(_listed(columns)))]


def _listed(columns: list[str]) -> str:
    return columns[0] if len(columns) == 1 else f"[{', '.join(columns)}]"


def _overlaps(mine: Reference | Association, between: Links) -> Settings:
    """Name the relationships that write a column which this one writes too."""
    others = sorted({name for each in between.sharing(mine) for name in (each.attribute, each.inverse)})
    return [(Text("overlaps"), Text(",".join(others)))] if others else []


def _arguments(back: str, settings: Settings, keywords: Iterable[Keyword] = ()) -> tuple[Keyword, ...]:
    """Return the arguments of `Relationship`."""
    found = [Keyword("back_populates", Text(back)), *keywords]
    if settings:
        found.append(Keyword("sa_relationship_kwargs", Entries(tuple(settings))))
    return tuple(found)
