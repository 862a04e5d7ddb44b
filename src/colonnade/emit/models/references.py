"""The foreign keys between models and the associations, with the names of their sides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from colonnade.design import Design, RelationshipBinding
from colonnade.emit.models import names
from colonnade.emit.models.plan import ModelPlan
from colonnade.schema import Column, ForeignKey, Table

ModelsByTable = Mapping[tuple[str, str], ModelPlan]
WrittenColumn = tuple[str, str, str]
"""Namespace, table and name."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key between two models, with the names of its two sides."""

    key: ForeignKey
    source: ModelPlan
    target: ModelPlan
    attribute: str = ""
    inverse: str = ""
    single: bool = False

    @property
    def held(self) -> tuple[Column, ...]:
        """The columns that hold the reference."""
        return tuple(self.source.table.column(name) for name in self.key.columns)

    @property
    def columns(self) -> frozenset[WrittenColumn]:
        """The columns that either side writes."""
        table = self.source.table
        return frozenset((table.namespace, table.name, column) for column in self.key.columns)


@dataclass(frozen=True, slots=True)
class Association:
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
    def columns(self) -> frozenset[WrittenColumn]:
        """The columns that either side writes."""
        table = self.link.table
        columns = (*self.source_key.columns, *self.target_key.columns) if self.writable else ()
        return frozenset((table.namespace, table.name, column) for column in columns)


@dataclass(frozen=True, slots=True)
class Links:
    """Everything that leads from one model to another."""

    references: tuple[Reference, ...]
    associations: tuple[Association, ...]
    writers: Mapping[WrittenColumn, tuple[Reference | Association, ...]]
    """What writes each column."""

    def sharing(self, mine: Reference | Association) -> tuple[Reference | Association, ...]:
        """Return what else writes a column that this one writes, as composite keys make it."""
        found = {id(each): each for column in mine.columns for each in self.writers[column] if each is not mine}
        return tuple(found.values())

    def joining(self, reference: Reference) -> int:
        """Return how many foreign keys join the two models, in either direction."""
        pair = {reference.source.class_name, reference.target.class_name}
        models = (reference.source, reference.target)
        return sum(
            {model.class_name, other.class_name} == pair
            for model in {each.class_name: each for each in models}.values()
            for key in model.table.foreign_keys
            for other in {each.class_name: each for each in models}.values()
            if (key.referenced_namespace, key.referenced_table) == (other.table.namespace, other.table.name)
        )


def links(models: Iterable[ModelPlan], design: Design) -> Links:
    """Return the foreign keys and associations; their sides have names that clash with no field."""
    by_table = {(model.table.namespace, model.table.name): model for model in models}
    associations = _associations(by_table, design)
    skipped = {
        (each.link.table.namespace, each.link.table.name, key.name)
        for each in associations
        if each.writable
        for key in (each.source_key, each.target_key)
    }
    references = [each for each in _references(by_table, design) if _identity(each) not in skipped]
    named, associations = _named(references, associations, by_table)
    writers: dict[WrittenColumn, list[Reference | Association]] = defaultdict(list)
    every: tuple[Reference | Association, ...] = (*named, *associations)
    for each in every:
        for column in each.columns:
            writers[column].append(each)
    return Links(
        references=tuple(named),
        associations=tuple(associations),
        writers={column: tuple(found) for column, found in writers.items()},
    )


def _identity(reference: Reference) -> tuple[str, str, str]:
    table = reference.source.table
    return table.namespace, table.name, reference.key.name


def _references(models: ModelsByTable, design: Design) -> list[Reference]:
    """Return every foreign key between tables of the schema."""
    bound = {(each.table, each.constraint): each for each in design.bindings.relationships if not each.association}
    found: list[Reference] = []
    for model in models.values():
        for key in model.table.foreign_keys:
            target = models.get((key.referenced_namespace, key.referenced_table))
            if target is None:
                continue
            binding = bound.get((model.table.name, key.name))
            single = _is_unique(model.table, key.columns) or (binding is not None and binding.kind == "1-1")
            found.append(
                Reference(
                    key=key,
                    source=model,
                    target=target,
                    attribute=binding.attribute if binding else "",
                    inverse=binding.inverse if binding else "",
                    single=single,
                )
            )
    return found


def _associations(models: ModelsByTable, design: Design) -> list[Association]:
    """Return the many-to-many relationships that the bindings name."""
    found: list[Association] = []
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
    models: ModelsByTable,
) -> Association:
    """Return one many-to-many relationship; the collections write when the association says nothing of its own."""
    own = {column.name for column in link.table.columns} - {*source_key.columns, *target_key.columns}
    return Association(
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
    references: list[Reference], associations: list[Association], models: ModelsByTable
) -> tuple[list[Reference], list[Association]]:
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


def _to_name(reference: Reference) -> str:
    """Return what the referencing side calls the other, from the column `author_id`."""
    column = reference.key.columns[-1]
    ending = f"_{reference.key.referenced_columns[-1]}"
    return column.removesuffix(ending) if column.endswith(ending) else names.module(reference.target.class_name)


def _from_name(reference: Reference, attribute: str, *, several: bool) -> str:
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
