"""Find which tables and columns of an existing schema stand for which facts of a spec."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from colonnade.design import likeness
from colonnade.design.bindings import AttributeBinding, Bindings, RelationshipBinding
from colonnade.design.design import Design
from colonnade.design.designer import design as decide
from colonnade.schema import TABLE_OWNER, ForeignKey, Schema, Table
from colonnade.spec import Attribute, Entity, Spec

TableName = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An existing schema as a design, beside the design that its spec would lead to.

    `tables`, `columns` and `references` lead from what is wanted to what is there; what has no counterpart is absent.
    Columns are by wanted table and name, references by wanted table and constraint.
    """

    design: Design
    wanted: Design
    tables: dict[TableName, Table]
    columns: dict[tuple[TableName, str], str]
    references: dict[tuple[TableName, str], ForeignKey]


def design_of(schema: Schema, *, name: str) -> Design:
    """Return an existing schema as a design of which no spec is known."""
    return Design(
        name=name,
        spec=Spec(name=name),
        schema=schema,
        bindings=Bindings(),
        decisions=(),
        application_role=_application_role(schema),
    )


def match(schema: Schema, spec: Spec, *, name: str) -> Match:
    """Return what of the schema stands for what the spec asks for; raises DesignError for a spec that is unsound.

    There are no decisions: nobody recorded any. The application role is the one that the policies are for.
    """
    return match_design(schema, decide(spec), name=name)


def match_design(schema: Schema, wanted: Design, *, name: str) -> Match:
    """Return what of the schema stands for what a design, made of a spec, has."""
    return _Matching(schema, wanted).run(name)


def _application_role(schema: Schema) -> str:
    """Return the role that most policies are for, or else most privileges on isolated tables."""
    isolated = [table for table in schema.tables if table.policies]
    named = Counter(role for table in isolated for policy in table.policies for role in policy.roles)
    granted = Counter(grant.role for table in isolated for grant in table.grants)
    owners = {table.owner for table in isolated}
    for counts in (named, granted):
        if found := sorted(counts.keys() - {"public", TABLE_OWNER, *owners}, key=lambda role: (-counts[role], role)):
            return found[0]
    return ""


def name_of(table: Table) -> TableName:
    """Return what a table is looked up by."""
    return table.namespace, table.name


class _Matching:
    """One spec matched with one schema."""

    def __init__(self, schema: Schema, wanted: Design) -> None:
        self._schema = schema
        self._wanted = wanted
        self._entities: dict[str, Entity] = {each.name: each for each in wanted.spec.entities}
        self._entity_of = {(each.namespace, each.table): each.entity for each in wanted.bindings.entities}
        self._prefix = likeness.common_prefix([table.name for table in schema.owned_tables])
        self._tables: dict[TableName, Table] = {}
        self._columns: dict[tuple[TableName, str], str] = {}
        self._references: dict[tuple[TableName, str], ForeignKey] = {}

    def run(self, name: str) -> Match:
        """Match tables by name, then associations by what they join, then references, then columns."""
        for table in self._wanted.schema.tables:
            self._take(table, self._named(table))
        for table in self._wanted.schema.tables:
            if name_of(table) not in self._tables:
                self._take(table, self._joining(table))
        for table in self._wanted.schema.tables:
            if name_of(table) in self._tables:
                self._match_references(table)
                self._match_columns(table)
        design = replace(
            self._wanted,
            name=name,
            schema=self._schema,
            bindings=self._bindings(),
            decisions=(),
            application_role=_application_role(self._schema),
            wide_roles=(),
        )
        return Match(
            design=design,
            wanted=self._wanted,
            tables=self._tables,
            columns=self._columns,
            references=self._references,
        )

    def _take(self, wanted: Table, found: list[Table]) -> None:
        """Keep the one table that was found, unless it stands for something else already."""
        free = [table for table in found if table not in self._tables.values()]
        own = [table for table in free if table.namespace == wanted.namespace] or free
        if len(own) == 1:
            self._tables[name_of(wanted)] = own[0]

    def _named(self, wanted: Table) -> list[Table]:
        """Return the tables that are called like a wanted one, the closest spelling first decided."""
        entity = self._entities.get(self._entity_of.get(name_of(wanted), ""))
        names = {wanted.name, *((entity.name, entity.plural or entity.name) if entity else ())}
        exact = [table for table in self._schema.tables if table.name == wanted.name]
        if exact:
            return exact
        things = {likeness.thing(each) for each in names}
        return [table for table in self._schema.tables if likeness.thing(self._unprefixed(table.name)) in things]

    def _unprefixed(self, name: str) -> str:
        return name[len(self._prefix) :].lstrip("_") if self._prefix else name

    def _joining(self, wanted: Table) -> list[Table]:
        """Return the tables that join the same two things and nothing else, those with a telling name alone."""
        sides = [self._tables.get((key.referenced_namespace, key.referenced_table)) for key in wanted.foreign_keys]
        ends = [table for table in sides if table is not None]
        key = wanted.primary_key
        if len(ends) != 2 or key is None or set(key.columns) - _referencing(wanted):
            return []
        found = [table for table in self._schema.owned_tables if _joins(table, ends[0], ends[1])]
        called = likeness.link_of(ends[0].name, ends[1].name)
        telling = [each for each in found if likeness.without_link_mark(self._unprefixed(each.name)) in called]
        return telling or found

    def _match_references(self, wanted: Table) -> None:
        """Pair the foreign keys: those called alike first, then the only one that is left to a table."""
        there = self._tables[name_of(wanted)]
        open_keys = list(there.foreign_keys)
        waiting: list[ForeignKey] = []
        for key in wanted.foreign_keys:
            named = [each for each in self._leading_alike(key, open_keys) if _called_alike(key, each)]
            if named:
                open_keys.remove(named[0])
                self._references[name_of(wanted), key.name] = named[0]
            else:
                waiting.append(key)
        for key in waiting:
            left = self._leading_alike(key, open_keys)
            rivals = [each for each in waiting if each.referenced_table == key.referenced_table]
            if len(left) == 1 and len(rivals) == 1:
                open_keys.remove(left[0])
                self._references[name_of(wanted), key.name] = left[0]

    def _leading_alike(self, key: ForeignKey, among: list[ForeignKey]) -> list[ForeignKey]:
        """Return the foreign keys that lead to what stands for the wanted one's target."""
        target = self._tables.get((key.referenced_namespace, key.referenced_table))
        if target is None:
            return []
        return [
            each
            for each in among
            if (each.referenced_namespace, each.referenced_table) == name_of(target)
            and len(each.columns) == len(key.columns)
        ]

    def _match_columns(self, wanted: Table) -> None:
        """Pair the columns: those of references by their keys, the key by the key, the others by name."""
        there = self._tables[name_of(wanted)]
        place = name_of(wanted)
        found: dict[str, str] = {}
        for key in wanted.foreign_keys:
            reference = self._references.get((place, key.name))
            if reference is not None:
                found |= dict(zip(key.columns, reference.columns, strict=True))
        keys = (wanted.primary_key, there.primary_key)
        if keys[0] and keys[1] and len(keys[0].columns) == len(keys[1].columns) == 1:
            found.setdefault(keys[0].columns[0], keys[1].columns[0])
        attributes = self._attributes_of(wanted)
        for column in wanted.columns:
            if column.name not in found:
                left = [each.name for each in there.columns if each.name not in found.values()]
                attribute = attributes.get(column.name)
                names = [column.name, *([attribute.name] if attribute else [])]
                if column.name in _referencing(wanted):
                    names.append(likeness.reference_core(column.name))
                role = attribute.role if attribute else "plain"
                spelled = likeness.column_for(names, role, there.name, left)
                if spelled:
                    found[column.name] = spelled
        self._columns |= {(place, name): column for name, column in found.items()}

    def _attributes_of(self, wanted: Table) -> dict[str, Attribute]:
        """Return the attributes of a wanted table by their columns."""
        return {
            each.column: self._entities[each.entity].attribute(each.attribute)
            for each in self._wanted.bindings.attributes
            if each.table == wanted.name
            and each.column
            and each.entity in self._entities
            and self._entities[each.entity].has_attribute(each.attribute)
        }

    def _bindings(self) -> Bindings:
        wanted = self._wanted.bindings
        places = {each.entity: (each.namespace, each.table) for each in wanted.entities}
        return Bindings(
            entities=tuple(
                replace(each, table=table.name, namespace=table.namespace)
                for each in wanted.entities
                if (table := self._tables.get(places[each.entity])) is not None
            ),
            attributes=tuple(self._attribute_bindings()),
            relationships=tuple(self._relationship_bindings(places)),
        )

    def _attribute_bindings(self) -> Iterator[AttributeBinding]:
        for each in self._wanted.bindings.attributes:
            place = self._place_of(each.table)
            table = self._tables.get(place)
            if table is None:
                continue
            if not each.column:
                yield replace(each, table=table.name)
            elif column := self._columns.get((place, each.column)):
                yield replace(each, table=table.name, column=column)

    def _relationship_bindings(self, places: dict[str, TableName]) -> Iterator[RelationshipBinding]:
        """Yield what is stored of each relationship; without a foreign key its columns alone are known."""
        for each in self._wanted.bindings.relationships:
            source, target = self._tables.get(places[each.source]), self._tables.get(places[each.target])
            if source is None or target is None:
                continue
            place = places[each.source] if not each.association else self._place_of(each.association)
            table = self._tables.get(place)
            own = self._reference(place, each.constraint, each.columns)
            if table is None or own is None:
                continue
            bound = replace(each, table=source.name, referenced_table=target.name, constraint=own[0], columns=own[1])
            if each.association:
                far = self._reference(place, each.target_constraint, each.target_columns)
                if far is None:
                    continue
                bound = replace(bound, association=table.name, target_constraint=far[0], target_columns=far[1])
            yield bound

    def _place_of(self, table: str) -> TableName:
        return next(name_of(each) for each in self._wanted.schema.tables if each.name == table)

    def _reference(
        self, place: TableName, constraint: str, columns: tuple[str, ...]
    ) -> tuple[str, tuple[str, ...]] | None:
        """Return the constraint and columns of a reference; no constraint where only the columns are there."""
        key = self._references.get((place, constraint))
        if key is not None:
            return key.name, key.columns
        found = tuple(self._columns.get((place, name), "") for name in columns)
        return ("", found) if all(found) else None


def _called_alike(wanted: ForeignKey, there: ForeignKey) -> bool:
    """Tell whether the last column, which says whom it refers to, is called alike."""
    return likeness.reference_core(wanted.columns[-1]) == likeness.reference_core(there.columns[-1])


def _referencing(table: Table) -> set[str]:
    return {name for key in table.foreign_keys for name in key.columns}


def _joins(table: Table, one: Table, other: Table) -> bool:
    """Tell whether a table's key or uniqueness is made of references to two tables."""
    sets = [unique.columns for unique in table.uniques] + ([table.primary_key.columns] if table.primary_key else [])
    targets = Counter((key.referenced_namespace, key.referenced_table) for key in table.foreign_keys)
    needed = Counter((name_of(one), name_of(other)))
    return targets >= needed and any(set(columns) <= _referencing(table) and len(columns) > 1 for columns in sets)
