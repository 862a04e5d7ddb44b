"""Claims that a schema which already exists keeps the rules that a spec states."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from colonnade.design.matching import Match, name_of
from colonnade.emit import ddl
from colonnade.emit.ddl.tables import add_constraint
from colonnade.errors import ProofError, StatementError
from colonnade.postgres import Session
from colonnade.prove.bench import Bench, needs
from colonnade.prove.claim import Claim, Evidence
from colonnade.prove.experiments import Experiment, run
from colonnade.prove.key_rules import exclusion_kept
from colonnade.prove.rows import RowFactory
from colonnade.prove.ruling import Ruling
from colonnade.prove.stage import let_owner_pass, possible, store
from colonnade.schema import Check, Exclusion, Index, IndexKey, ObjectName, Schema, Table, Unique
from colonnade.sql.expression import compact, rename, value_names
from colonnade.sql.tokens import without_parentheses

# How a database refuses a value: by a CHECK, NOT NULL, a length, a range, or its type's own form.
_REFUSALS = ("23514", "23502", "22001", "22003", "22P02", "22007", "22008")
_CAST = re.compile(r"::(?:text|character varying|citext)\b")
_Key = tuple[frozenset[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """A condition or exclusion that the spec wants of a table, over the columns that are there."""

    claim: Claim
    table: Table
    wanted: Check | Exclusion


def prove_stated_rules(session: Session, match: Match, ruling: Ruling) -> tuple[Evidence, ...]:
    """Return the evidence on every uniqueness, condition and exclusion that the spec states.

    What breaks a rule is tried on the schema as it is, which must have been built in the session's database. Rules
    about columns that are not there are left to the claims about those; what only triggers hold is tried with the
    invariants.
    """
    stated = _Stated(match)
    tried = _tried(session, match, ruling, (*stated.conditions(), *stated.exclusions()))
    return (*stated.uniquenesses(), *tried)


class _Stated:
    """The rules of the wanted schema, in the names of the one that is there."""

    def __init__(self, match: Match) -> None:
        self._match = match
        self._entity_of = {(each.namespace, each.table): each.entity for each in match.wanted.bindings.entities}

    def uniquenesses(self) -> Iterator[Evidence]:
        """Yield whether a key that is there keeps each uniqueness."""
        for wanted, there, columns in self._tables():
            for rule in _uniques(wanted):
                renamed = _renamed_unique(rule, columns)
                if renamed is None:
                    continue
                claim = self._claim(wanted, rule.name, f"no two rows agree on {_said(renamed)}", there)
                keepers = [name for name, key in _keys(there) if _keeps(key, _key_of(renamed), there)]
                if keepers:
                    yield Evidence(claim=claim, verdict="proved", observed=f"{keepers[0]} keeps it")
                else:
                    yield Evidence(
                        claim=claim, verdict="refuted", observed=f"Nothing keeps it: {_adding(there, renamed)}."
                    )

    def conditions(self) -> Iterator[_Rule]:
        """Yield each condition over columns that are there."""
        for wanted, there, columns in self._tables():
            own = [column.name for column in wanted.columns]
            for check in wanted.checks:
                if set(value_names(check.expression, own)) <= columns.keys():
                    renamed = replace(check, expression=rename(check.expression, columns))
                    sentence = f"a row that breaks {renamed.expression} is not stored"
                    yield _Rule(claim=self._claim(wanted, check.name, sentence, there), table=there, wanted=renamed)

    def exclusions(self) -> Iterator[_Rule]:
        """Yield each exclusion over columns that are there."""
        for wanted, there, columns in self._tables():
            own = [column.name for column in wanted.columns]
            for exclusion in wanted.exclusions:
                texts = (*(each.expression for each in exclusion.elements), exclusion.predicate or "")
                if set(value_names(" ".join(texts), own)) <= columns.keys():
                    elements = tuple(
                        replace(each, expression=rename(each.expression, columns)) for each in exclusion.elements
                    )
                    predicate = None if exclusion.predicate is None else rename(exclusion.predicate, columns)
                    renamed = replace(exclusion, elements=elements, predicate=predicate)
                    said = ", ".join(f"{each.expression} WITH {each.operator}" for each in elements)
                    claim = self._claim(wanted, exclusion.name, f"no two rows meet ({said})", there)
                    yield _Rule(claim=claim, table=there, wanted=renamed)

    def _tables(self) -> Iterator[tuple[Table, Table, dict[str, str]]]:
        """Yield each wanted table that is there, with its counterpart and the columns that are."""
        for wanted in self._match.wanted.schema.tables:
            there = self._match.tables.get(name_of(wanted))
            if there is not None and not there.external:
                place = name_of(wanted)
                yield (
                    wanted,
                    there,
                    {name: found for (table, name), found in self._match.columns.items() if table == place},
                )

    def _claim(self, wanted: Table, name: str, sentence: str, there: Table) -> Claim:
        entity = self._entity_of.get(name_of(wanted), wanted.name)
        return Claim(
            id=f"contract/spec/{entity}/{name}",
            kind="contract",
            sentence=f"{entity}: {sentence}",
            object=ObjectName(kind="table", name=there.name, namespace=there.namespace),
        )


def _tried(session: Session, match: Match, ruling: Ruling, rules: tuple[_Rule, ...]) -> tuple[Evidence, ...]:
    """Store what breaks each rule, and undo it."""
    if not rules:
        return ()
    schema = match.design.schema
    with session.rolled_back():
        let_owner_pass(session, schema.owned_tables)
        for function in match.wanted.schema.functions:
            if function not in schema.functions:
                _create(session, ddl.create_function(function))
        experiments = [_experiment(session, schema, rule, ruling) for rule in rules]
        factory = RowFactory(schema, session)
        problems = store(session, factory, [name for each in experiments for name in each.needs])
        return run(session, [possible(each, problems) for each in experiments])


def _create(session: Session, statement: str) -> None:
    """Create a function that conditions call; one that cannot be made makes its conditions untried."""
    try:
        with session.transaction():
            session.execute(statement)
    except StatementError:
        return


def _experiment(session: Session, schema: Schema, rule: _Rule, ruling: Ruling) -> Experiment:
    """Return the experiment that what breaks the rule is refused by whatever is there."""
    remedy = f"{' '.join(add_constraint(rule.table, rule.wanted).split())}."
    try:
        match rule.wanted:
            case Check() as check:
                known = replace(check, name=f"stated {check.name}")
                table = replace(rule.table, checks=(*rule.table.checks, known))
                found = _condition(_bench(session, schema, table), known)
            case Exclusion() as exclusion:
                table = replace(rule.table, exclusions=(*rule.table.exclusions, exclusion))
                found = exclusion_kept(_bench(session, schema, table), exclusion, ruling.refusals)
    except ProofError as problem:
        return Experiment(claim=rule.claim, impossible=problem.message)
    return replace(found, claim=rule.claim, remedy=remedy)


def _bench(session: Session, schema: Schema, table: Table) -> Bench:
    """Return a bench for a table as the spec wants it."""
    return Bench(factory=RowFactory(schema.with_tables([table]), session), table=table, partition_names={})


def _condition(bench: Bench, known: Check) -> Experiment:
    """Return the experiment that rows beyond the edge of a condition are refused."""
    row = bench.row()
    claim = bench.claim(known.name, "rejects", known.expression)
    for component in bench.factory.components(bench.table):
        for condition in component.conditions:
            if condition.name == known.name:
                broken = [
                    bench.factory.applied(row, component, trial) for trial in component.boundary(condition).broken
                ]
                if broken:
                    refusals = tuple(bench.rejected(each.insert(), sqlstates=_REFUSALS) for each in broken)
                    premises = (bench.accepted(row.insert()),)
                    return Experiment(claim=claim, questions=refusals, premises=premises, needs=needs(row, *broken))
    return Experiment(claim=claim, impossible="none of the tried values breaks it")


def _renamed_unique(rule: Unique | Index, columns: dict[str, str]) -> Unique | Index | None:
    """Return the rule over the columns that are there; None when one is not."""
    try:
        if isinstance(rule, Unique):
            return replace(rule, columns=tuple(columns[name] for name in rule.columns))
        keys = tuple(
            replace(key, column=columns[key.column]) if key.column else _renamed_key(key, columns) for key in rule.keys
        )
        predicate = None if rule.predicate is None else rename(rule.predicate, columns)
        return replace(rule, keys=keys, predicate=predicate)
    except KeyError:
        return None


def _renamed_key(key: IndexKey, columns: dict[str, str]) -> IndexKey:
    return replace(key, expression=rename(key.expression, columns))


def _keys(table: Table) -> Iterator[tuple[str, _Key]]:
    """Yield the name and the key of everything that keeps rows apart."""
    if table.primary_key is not None:
        yield table.primary_key.name, (frozenset(table.primary_key.columns), "")
    for rule in _uniques(table):
        yield rule.name, _key_of(rule)


def _uniques(table: Table) -> Iterator[Unique | Index]:
    yield from table.uniques
    yield from (index for index in table.indexes if index.unique)


def _key_of(rule: Unique | Index) -> _Key:
    """Return what rows must differ in, as plain texts, and the predicate."""
    if isinstance(rule, Unique):
        return frozenset(rule.columns), ""
    return frozenset(key.column or _plain(key.expression) for key in rule.keys), _plain(rule.predicate or "")


def _plain(expression: str) -> str:
    """Return an expression without the casts and parentheses that only Postgres writes."""
    bare = _CAST.sub("", compact(expression))
    return without_parentheses(bare).replace("(", "").replace(")", "").replace(" ", "").lower()


def _keeps(there: _Key, wanted: _Key, table: Table) -> bool:
    """Tell whether a key that is there keeps apart what the wanted one would; it may do so with fewer columns."""
    caseless = {column.name for column in table.columns if column.type == "citext"}
    plain = {f"lower{name}" if name in caseless else name for name in there[0]}
    return plain <= wanted[0] and there[1] in ("", wanted[1])


def _said(rule: Unique | Index) -> str:
    if isinstance(rule, Unique):
        return ", ".join(rule.columns)
    where = f" where {rule.predicate}" if rule.predicate else ""
    return ", ".join(key.column or key.expression for key in rule.keys) + where


def _adding(table: Table, rule: Unique | Index) -> str:
    """Return the statement that would add a uniqueness."""
    statement = add_constraint(table, rule) if isinstance(rule, Unique) else ddl.create_index(table, rule)
    return " ".join(statement.split())
