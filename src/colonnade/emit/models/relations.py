"""Both sides of every foreign key, and the many-to-many relationships over association tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from colonnade.design import Design, RelationshipBinding
from colonnade.emit.models import names
from colonnade.emit.models.code import Entries, Keyword, Node, Text
from colonnade.emit.models.defaults import refuses
from colonnade.emit.models.plan import ModelPlan, RelationPlan
from colonnade.schema import ForeignKey, Schema, Table


@dataclass(frozen=True, slots=True)
class _Reference:
    """A foreign key between two models, with the names of its two sides."""

    key: ForeignKey
    source: ModelPlan
    target: ModelPlan
    attribute: str = ""
    inverse: str = ""
    single: bool = False

    @property
    def columns(self) -> frozenset[tuple[str, str, str]]:
        """The columns that either side writes."""
        table = self.source.table
        return frozenset((table.namespace, table.name, column) for column in self.key.columns)


@dataclass(frozen=True, slots=True)
class _Association:
    """A many-to-many relationship over an association table."""

    link: ModelPlan
    source_key: ForeignKey
    target_key: ForeignKey
    source: ModelPlan
    target: ModelPlan
    attribute: str
    inverse: str
    writable: bool

    @property
    def columns(self) -> frozenset[tuple[str, str, str]]:
        """The columns that either side writes."""
        table = self.link.table
        columns = (*self.source_key.columns, *self.target_key.columns) if self.writable else ()
        return frozenset((table.namespace, table.name, column) for column in columns)


def with_relations(models: Iterable[ModelPlan], design: Design) -> tuple[ModelPlan, ...]:
    """Return the models with both sides of every relationship, under names that clash with no field."""
    by_table = {(model.table.namespace, model.table.name): model for model in models}
    associations = _associations(by_table, design)
    skipped = {
        (each.link.table.namespace, each.link.table.name, key.name)
        for each in associations
        if each.writable
        for key in (each.source_key, each.target_key)
    }
    references = [each for each in _references(by_table, design) if _identity(each) not in skipped]
    references, associations = _named(references, associations, by_table)
    relations: dict[str, list[RelationPlan]] = {model.class_name: [] for model in by_table.values()}
    for reference in references:
        relations[reference.source.class_name].append(_to_one(reference, references, associations))
    for reference in references:
        relation = _from_one(reference, references, associations, design.schema)
        relations[reference.target.class_name].append(relation)
    for association in associations:
        for owner, relation in _many_to_many(association, references, associations):
            relations[owner.class_name].append(relation)
    return tuple(replace(model, relations=tuple(relations[model.class_name])) for model in by_table.values())


def _identity(reference: _Reference) -> tuple[str, str, str]:
    table = reference.source.table
    return table.namespace, table.name, reference.key.name


def _references(models: Mapping[tuple[str, str], ModelPlan], design: Design) -> list[_Reference]:
    """Return every foreign key between tables of the schema."""
    bound = {(each.table, each.constraint): each for each in design.bindings.relationships if not each.association}
    found: list[_Reference] = []
    for model in models.values():
        for key in model.table.foreign_keys:
            target = models.get((key.referenced_namespace, key.referenced_table))
            if target is None:
                continue
            binding = bound.get((model.table.name, key.name))
            single = _is_unique(model.table, key.columns) or (binding is not None and binding.kind == "1-1")
            found.append(
                _Reference(
                    key=key,
                    source=model,
                    target=target,
                    attribute=binding.attribute if binding else "",
                    inverse=binding.inverse if binding else "",
                    single=single,
                )
            )
    return found


def _associations(models: Mapping[tuple[str, str], ModelPlan], design: Design) -> list[_Association]:
    """Return the many-to-many relationships that the bindings name."""
    found: list[_Association] = []
    for binding in design.bindings.relationships:
        link = next((each for each in models.values() if binding.association == each.table.name), None)
        if link is None:
            continue
        keys = {key.name: key for key in link.table.foreign_keys}
        source_key, target_key = keys.get(binding.constraint), keys.get(binding.target_constraint)
        if source_key is None or target_key is None:
            continue
        found.append(_association(binding, link, source_key, target_key, models))
    return found


def _association(
    binding: RelationshipBinding,
    link: ModelPlan,
    source_key: ForeignKey,
    target_key: ForeignKey,
    models: Mapping[tuple[str, str], ModelPlan],
) -> _Association:
    """Return one many-to-many relationship; the collections write when the association says nothing of its own."""
    own = {column.name for column in link.table.columns} - {*source_key.columns, *target_key.columns}
    return _Association(
        link=link,
        source_key=source_key,
        target_key=target_key,
        source=models[source_key.referenced_namespace, source_key.referenced_table],
        target=models[target_key.referenced_namespace, target_key.referenced_table],
        attribute=binding.attribute,
        inverse=binding.inverse,
        writable=not own,
    )


def _named(
    references: list[_Reference], associations: list[_Association], models: Mapping[tuple[str, str], ModelPlan]
) -> tuple[list[_Reference], list[_Association]]:
    """Give every side a name that is free on its class; names from the spec are taken first."""
    taken = {model.class_name: {each.attribute for each in model.fields} for model in models.values()}

    def free(model: ModelPlan, wanted: str, target: ModelPlan) -> str:
        chosen = names.relation(wanted, target.class_name, taken=taken[model.class_name])
        taken[model.class_name].add(chosen)
        return chosen

    sides: dict[tuple[int, str], str] = {}
    for number, reference in enumerate(references):
        if reference.attribute:
            sides[number, "to"] = free(reference.source, reference.attribute, reference.target)
        if reference.inverse:
            sides[number, "from"] = free(reference.target, reference.inverse, reference.source)
    named = [
        replace(
            each,
            attribute=free(each.source, each.attribute, each.target),
            inverse=free(each.target, each.inverse, each.source),
        )
        for each in associations
    ]
    pairs = [(each.source.class_name, each.target.class_name) for each in references]
    for number, reference in enumerate(references):
        if (number, "to") not in sides:
            sides[number, "to"] = free(reference.source, _to_name(reference), reference.target)
        if (number, "from") not in sides:
            several = pairs.count(pairs[number]) > 1
            wanted = _from_name(reference, sides[number, "to"], several=several)
            sides[number, "from"] = free(reference.target, wanted, reference.source)
    return [
        replace(each, attribute=sides[number, "to"], inverse=sides[number, "from"])
        for number, each in enumerate(references)
    ], named


def _to_name(reference: _Reference) -> str:
    """Return what the referencing side calls the other, from the column `author_id`."""
    column = reference.key.columns[-1]
    ending = f"_{reference.key.referenced_columns[-1]}"
    return column.removesuffix(ending) if column.endswith(ending) else names.module(reference.target.class_name)


def _from_name(reference: _Reference, attribute: str, *, several: bool) -> str:
    """Return what the referenced side calls the others."""
    plural = names.module(reference.source.class_name) if reference.single else reference.source.table.name
    return f"{attribute}_{plural}" if several else plural


def _is_unique(table: Table, columns: tuple[str, ...]) -> bool:
    """Whether at most one row can hold a combination of values."""
    keys = [each.columns for each in table.uniques]
    keys += [table.primary_key.columns] if table.primary_key else []
    keys += [
        each.columns
        for each in table.indexes
        if each.unique and each.predicate is None and len(each.columns) == len(each.keys)
    ]
    return any(set(key) <= set(columns) for key in keys)


def _to_one(reference: _Reference, references: list[_Reference], associations: list[_Association]) -> RelationPlan:
    """Return the side that holds the foreign key."""
    nullable = any(not reference.source.table.column(name).not_null for name in reference.key.columns)
    settings = _join(reference)
    if reference.source is reference.target:
        targets = [
            f"{reference.target.class_name}.{reference.target.attribute_of(name)}"
            for name in reference.key.referenced_columns
        ]
        settings.append(("remote_side", Text(_listed(targets))))
    settings += _overlaps(reference, references, associations)
    return RelationPlan(
        attribute=reference.attribute,
        target=reference.target.class_name,
        many=False,
        optional=nullable,
        arguments=_arguments(reference.inverse, settings),
    )


def _from_one(
    reference: _Reference, references: list[_Reference], associations: list[_Association], schema: Schema
) -> RelationPlan:
    """Return the referenced side, which does on delete what the database does."""
    settings = _join(reference)
    keywords = _on_delete(reference, settings, schema)
    if reference.single:
        settings.append(("uselist", "False"))
    settings += _overlaps(reference, references, associations)
    return RelationPlan(
        attribute=reference.inverse,
        target=reference.source.class_name,
        many=not reference.single,
        optional=reference.single,
        arguments=_arguments(reference.attribute, settings, keywords),
    )


def _on_delete(reference: _Reference, settings: list[tuple[str, Node]], schema: Schema) -> list[Keyword]:
    """Return what the referenced side says of deletion; what only the database may do is left to it."""
    table = reference.source.table
    nullable = all(not table.column(name).not_null for name in reference.key.columns)
    match reference.key.on_delete:
        case "CASCADE" if refuses(table, "DELETE", schema):
            return [Keyword("passive_deletes", Text("all"))]
        case "CASCADE" if nullable:
            settings.append(("cascade", Text("all")))
            return [Keyword("passive_deletes", "True")]
        case "CASCADE":
            return [Keyword("cascade_delete", "True"), Keyword("passive_deletes", "True")]
        case "SET NULL" if nullable and not reference.key.on_delete_columns and not refuses(table, "UPDATE", schema):
            return [Keyword("passive_deletes", "True")]
        case _:
            return [Keyword("passive_deletes", Text("all"))]


def _many_to_many(
    association: _Association, references: list[_Reference], associations: list[_Association]
) -> list[tuple[ModelPlan, RelationPlan]]:
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
        settings: list[tuple[str, Node]] = []
        if _ambiguous(association):
            settings.append(("primaryjoin", Text(_joined(owner, association.link, near))))
            settings.append(("secondaryjoin", Text(_joined(target, association.link, far))))
        keywords = [Keyword("link_model", link)]
        if association.writable:
            keywords.append(Keyword("passive_deletes", "True"))
            settings += _overlaps(association, references, associations)
        else:
            settings.append(("viewonly", "True"))
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


def _ambiguous(association: _Association) -> bool:
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


def _join(reference: _Reference) -> list[tuple[str, Node]]:
    """Return which columns join two models, said only where more than one foreign key does."""
    pair = {reference.source.class_name, reference.target.class_name}
    keys = {
        id(key)
        for model in (reference.source, reference.target)
        for key in model.table.foreign_keys
        for other in (reference.source, reference.target)
        if (key.referenced_namespace, key.referenced_table) == (other.table.namespace, other.table.name)
        and {model.class_name, other.class_name} == pair
    }
    if len(keys) < 2:
        return []
    columns = [f"{reference.source.class_name}.{reference.source.attribute_of(name)}" for name in reference.key.columns]
    return [("foreign_keys", Text(_listed(columns)))]


def _listed(columns: list[str]) -> str:
    return columns[0] if len(columns) == 1 else f"[{', '.join(columns)}]"


def _overlaps(
    mine: _Reference | _Association, references: list[_Reference], associations: list[_Association]
) -> list[tuple[str, Node]]:
    """Name the relationships that write a column which this one writes too, as composite keys make them."""
    every: list[_Reference | _Association] = [*references, *associations]
    clashing = [each for each in every if each is not mine and each.columns & mine.columns]
    others = sorted({name for each in clashing for name in (each.attribute, each.inverse)})
    return [("overlaps", Text(",".join(others)))] if others else []


def _arguments(back: str, settings: list[tuple[str, Node]], keywords: Iterable[Keyword] = ()) -> tuple[Keyword, ...]:
    """Return the arguments of `Relationship`."""
    found = [Keyword("back_populates", Text(back)), *keywords]
    if settings:
        entries = Entries(tuple((Text(name), value) for name, value in settings))
        found.append(Keyword("sa_relationship_kwargs", entries))
    return tuple(found)
