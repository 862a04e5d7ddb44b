"""What is tried of a mapping: rows, relationships and deletions, with the rows that each needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from colonnade.emit.models.defaults import trigger_writes
from colonnade.errors import ProofError
from colonnade.models import DeleteTrial, LoadGroup, LoadTrial, MappedModel, MappedRelationship, RowReference, RowTrial
from colonnade.prove import statements
from colonnade.prove.claim import Claim
from colonnade.prove.rows import Row, RowFactory
from colonnade.prove.worlds import referenced
from colonnade.schema import ForeignKey, ObjectName, Schema, Table
from colonnade.sql.tokens import names

_NUMBER = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Untried:
    """A claim for which no acceptable rows were found."""

    claim: Claim
    reason: str


def table_key(table: Table) -> str:
    """Return what SQLAlchemy calls the table."""
    return table.name if table.namespace == "public" else f"{table.namespace}.{table.name}"


class MapTrials:
    """The trials, by id, and the claims that they decide."""

    def __init__(self, schema: Schema, factory: RowFactory) -> None:
        """Make rows with the factory."""
        self.tables = {table_key(table): table for table in schema.tables}
        self.rows: dict[str, RowTrial] = {}
        self.row_models: dict[str, MappedModel] = {}
        self.deletes: dict[str, DeleteTrial] = {}
        self.claims: dict[str, Claim] = {}
        self.untried: list[Untried] = []
        self._loads: dict[tuple[str, ...], list[LoadTrial]] = {}
        self._schema = schema
        self._factory = factory

    @property
    def loads(self) -> tuple[LoadGroup, ...]:
        """The relationships to load, those among the same rows together."""
        return tuple(LoadGroup(setup=setup, loads=tuple(each)) for setup, each in self._loads.items())

    def add(self, models: Iterable[MappedModel]) -> None:
        """Add the trials of these classes."""
        mapped = {model.table: model for model in models if model.table in self.tables}
        for model in mapped.values():
            if not self.tables[model.table].external:
                self._add_row(model)
            for relationship in model.relationships:
                self._add_load(model, relationship)
        for table in self._schema.owned_tables:
            for key in table.foreign_keys:
                target = self._factory.worlds.tables.get(referenced(key))
                if target is not None and table_key(target) in mapped:
                    self._add_delete(mapped[table_key(target)], table, key)

    def _add_row(self, model: MappedModel) -> None:
        """Add the trial of a row, unless none can be stored by itself."""
        table = self.tables[model.table]
        trial = f"maps/{model.table}"
        try:
            row = self._factory.row(table, _NUMBER)
            *before, own = self._factory.with_ancestors([row])
            if len(own) > 1:
                raise ProofError(f'a row of "{model.table}" is stored only together with others that refer to it')
            if row.name in row.references.values():
                raise ProofError(f'a row of "{model.table}" must refer to itself, whose key the database gives')
            changes = self._changes(table, row)
        except ProofError as problem:
            claim = Claim(id=trial, kind="maps", sentence=f"a {model.name} passes through its class", object=_of(table))
            self.untried.append(Untried(claim=claim, reason=problem.message))
            return
        self.row_models[trial] = model
        self.rows[trial] = RowTrial(
            id=trial,
            table=model.table,
            setup=_inserts(before),
            values={name: text for name, text in row.values.items() if not table.column(name).identity},
            changes=changes,
        )

    def _changes(self, table: Table, row: Row) -> dict[str, str | None]:
        """Return another acceptable value for one column that no other column depends on; empty without one."""
        other = self._factory.row(table, _NUMBER + 1)
        fixed = set(table.primary_key.columns if table.primary_key else ())
        fixed |= trigger_writes(table, self._schema).updated
        fixed |= {name for key in table.foreign_keys for name in key.columns}
        fixed |= {name for each in table.uniques for name in each.columns}
        for index in table.indexes:
            if index.unique:
                fixed |= names(" ".join([*index.columns, *(each.expression for each in index.keys)]))
        fixed |= {column.name for column in table.columns if column.identity or column.generated is not None}
        own = {column.name for column in table.columns}
        for check in table.checks:
            mentioned = names(check.expression) & own
            fixed |= mentioned if len(mentioned) > 1 else set()
        for name, text in row.values.items():
            if name not in fixed and text is not None and other.values.get(name) not in (None, text):
                return {name: other.values[name]}
        return {}

    def _add_load(self, model: MappedModel, relationship: MappedRelationship) -> None:
        """Add the trial of following a relationship."""
        table = self.tables[model.table]
        claim = Claim(
            id=f"maps/{model.table}/{relationship.name}/loads",
            kind="maps",
            sentence=f"{model.name}.{relationship.name} leads to its {relationship.target}",
            object=ObjectName(kind="relationship", name=relationship.name, table=table.name, namespace=table.namespace),
        )

        def add() -> None:
            rows, owner, target = self._ends(model, relationship)
            trial = LoadTrial(
                id=claim.id,
                owner=_reference(owner),
                relationship=relationship.name,
                target=_reference(target),
            )
            self._loads.setdefault(_inserts(rows), []).append(trial)

        self._try(claim, add)

    def _ends(
        self, model: MappedModel, relationship: MappedRelationship
    ) -> tuple[tuple[tuple[Row, ...], ...], Row, Row]:
        """Return rows that the relationship connects: all to store, then the two ends."""
        if relationship.direction == "many to many":
            table = self._table(relationship.association)
            near = self._key(table, relationship.columns, relationship)
            far = self._key(table, relationship.target_columns, relationship)
            row = self._referring(table, near, far)
            owner, target = (self._factory.named(row.references[key.name]) for key in (near, far))
            return self._factory.with_ancestors([row]), owner, target
        forward = relationship.direction == "to one"
        table = self._table(model.table if forward else relationship.target_table)
        key = self._key(table, relationship.columns if forward else relationship.target_columns, relationship)
        row = self._referring(table, key)
        parent = self._factory.named(row.references[key.name])
        return self._factory.with_ancestors([row]), *((row, parent) if forward else (parent, row))

    def _table(self, key: str) -> Table:
        """Return the table that SQLAlchemy calls so."""
        if key not in self.tables:
            raise ProofError(f'the table "{key}" is not in the schema')
        return self.tables[key]

    def _key(self, table: Table, columns: tuple[str, ...], relationship: MappedRelationship) -> ForeignKey:
        """Return the foreign key that a relationship goes over."""
        for key in table.foreign_keys:
            if set(key.columns) == set(columns):
                return key
        raise ProofError(f'no foreign key is behind "{relationship.name}" to "{relationship.target}"')

    def _referring(self, table: Table, *keys: ForeignKey) -> Row:
        """Return a row in which these references are present."""
        row = self._factory.row(table, _NUMBER)
        absent = [key for key in keys if key.name not in row.references]
        if absent:
            fill = {key.name: self._factory.worlds.number(table, key, _NUMBER) for key in absent}
            row = self._factory.row(table, _NUMBER, fill=fill)
        return row

    def _add_delete(self, parent: MappedModel, table: Table, key: ForeignKey) -> None:
        """Add the trial of deleting what a foreign key refers to."""
        claim = Claim(
            id=f"maps/{table_key(table)}/{key.name}/delete",
            kind="maps",
            sentence=(
                f"deleting a {parent.name} through a session does to {table_key(table)}"
                f" what ON DELETE {key.on_delete} does"
            ),
            object=ObjectName(kind="constraint", name=key.name, table=table.name, namespace=table.namespace),
        )

        def trial() -> DeleteTrial:
            row = self._referring(table, key)
            target = self._factory.named(row.references[key.name])
            groups = self._factory.with_ancestors([row])
            return DeleteTrial(
                id=claim.id,
                setup=_inserts(groups),
                row=_reference(target),
                sql=statements.delete(target.table, target.key),
                watched={table_key(each.table): each.table.identifier for group in groups for each in group},
            )

        self._try(claim, lambda: self.deletes.update({claim.id: trial()}))

    def _try(self, claim: Claim, add: Callable[[], None]) -> None:
        """Add a trial, or note why it cannot be made."""
        try:
            add()
        except ProofError as problem:
            self.untried.append(Untried(claim=claim, reason=problem.message))
        else:
            self.claims[claim.id] = claim


def _of(table: Table) -> ObjectName:
    return ObjectName(kind="table", name=table.name, namespace=table.namespace)


def _reference(row: Row) -> RowReference:
    return RowReference(table=table_key(row.table), key=dict(row.key))


def _inserts(groups: Iterable[tuple[Row, ...]]) -> tuple[str, ...]:
    """Return the statements that store the rows."""
    return tuple(statements.insert_together([row.insert() for row in group]) for group in groups)
