"""Proofs that nobody reads or writes another's rows through the application role."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from colonnade.design import Design
from colonnade.errors import ProofError
from colonnade.postgres import Session
from colonnade.prove import statements
from colonnade.prove.acting import let_us_act
from colonnade.prove.claim import Claim, Evidence
from colonnade.prove.experiments import Accepted, Experiment, Question, Rejected, Way, run
from colonnade.prove.isolation_context import (
    ends_with_transaction,
    evaluated_once,
    forced,
    role_is_subject,
    unisolated,
)
from colonnade.prove.rows import Row, RowFactory
from colonnade.prove.stage import let_owner_pass, possible, store
from colonnade.prove.tenancy import NOBODY_KNOWN, Tenancy, not_understood, tenancy_of
from colonnade.prove.wide_roles import WideRoles
from colonnade.prove.worlds import RowName, name_of, referenced
from colonnade.schema import ForeignKey, ObjectName, Schema, Table

_Script = tuple[int, *tuple[str, ...]]

_OWN, _OTHER = 1, 2
_REFUSED = ("42501",)
# The role lacks a privilege, or policies read each other in a circle.
_UNUSABLE = ("42501", "42P17")
_BOTH_OWNERS = (
    "Let WITH CHECK look at the row that {columns} refers to, or, where policies would read each other in a circle, "
    "make the owner a part of the foreign key."
)


def prove_isolation(
    session: Session,
    schema: Schema,
    *,
    design: Design | None = None,
    factory: RowFactory | None = None,
    obstacle: str = "",
) -> tuple[Evidence, ...]:
    """Return the evidence on every isolated table: each operation on own rows, on another's, and for nobody.

    The schema must have been built in the session's database, with the application role. Without a design the
    role, the setting and the owner are read off the policies. Rows are rolled back; that a setting ends with
    its transaction needs a session outside of one. `factory` makes rows of the schema in the session's database.
    `obstacle` says why there is no role to act as.
    """
    tenancy = tenancy_of(schema, design)
    if tenancy is None:
        return _not_isolated(schema, design)
    leak = ends_with_transaction(session, tenancy)
    with session.rolled_back():
        let_owner_pass(session, schema.owned_tables)
        factory = factory or RowFactory(schema, session)
        roles = WideRoles(session, factory, design.wide_roles if design is not None else (), obstacle=obstacle)
        obstacle = obstacle or let_us_act(session, tenancy)
        found = [each for table in tenancy.isolated for each in _experiments(factory, tenancy, table)]
        wanted = [name for each in (*found, *roles.experiments()) for name in each.needs]
        problems = store(session, factory, wanted)
        evidence = run(session, [possible(each, problems, obstacle=obstacle) for each in found])
        return (
            role_is_subject(session, tenancy, obstacle=obstacle, others=roles.names),
            unisolated(tenancy, design),
            leak,
            *evidence,
            *(forced(session, table, obstacle=obstacle) for table in tenancy.isolated),
            *(
                evaluated_once(session, tenancy, table, tenant=tenancy.tenant(factory, _OWN), obstacle=obstacle)
                for table in tenancy.isolated
            ),
            *roles.evidence(problems),
        )


def role_evidence(session: Session, design: Design) -> tuple[Evidence, ...]:
    """Return the evidence on the application role as it is in the session's database, of which nothing is changed."""
    tenancy = tenancy_of(design.schema, design)
    return () if tenancy is None else (role_is_subject(session, tenancy),)


def _not_isolated(schema: Schema, design: Design | None) -> tuple[Evidence, ...]:
    """Return why there is nothing to try, where there are policies or isolation was asked for."""
    reason = not_understood(schema, design)
    if reason:
        claim = Claim(
            id="isolation/policies",
            kind="isolation",
            sentence="the policies let everybody see the own rows only",
            object=ObjectName(kind="schema", name="public"),
        )
        return (Evidence(claim=claim, verdict="not_run", observed=reason),)
    if design is None or design.spec.isolation.by == "none":
        return ()
    scoped = design.spec.isolation.mode == "scoped"
    claim = Claim(
        id="isolation/scoped" if scoped else "isolation/policies",
        kind="isolation",
        sentence=f"every {design.spec.isolation.by} sees its own rows only",
        object=ObjectName(kind="schema", name="public"),
    )
    if scoped:
        reason = "mode is scoped: the condition stands in each query of the application, where no policy can be tried"
        return (Evidence(claim=claim, verdict="not_run", observed=reason),)
    owner = design.spec.isolation.entity
    held = [each.table for each in design.bindings.relationships if each.target == owner and not each.association]
    if not held:
        said = f"no table refers to {owner or 'an owner'}, so there are no rows to divide"
        return (Evidence(claim=claim, verdict="proved", observed=said),)
    remedy = f"{', '.join(sorted(set(held)))} refer to {owner} and have no policy. Isolate them."
    return (Evidence(claim=claim, verdict="refuted", observed=remedy),)


def _experiments(factory: RowFactory, tenancy: Tenancy, table: Table) -> Iterator[Experiment]:
    """Yield the experiments on one table, or why no row of it can be made."""
    bench = _Bench(factory, tenancy, table)
    try:
        factory.with_ancestors([bench.fresh, bench.own, bench.other])
    except ProofError as problem:
        yield Experiment(
            claim=bench.claim("rows", "its rows are divided among their owners"), impossible=problem.message
        )
        return
    yield from bench.reads()
    yield from bench.inserts()
    yield from bench.changes()
    yield from bench.moves()
    yield from bench.foreign_parents()


class _Bench:
    """The rows of one isolated table: one's own, another's, and a fresh one."""

    def __init__(self, factory: RowFactory, tenancy: Tenancy, table: Table) -> None:
        self._factory = factory
        self._tenancy = tenancy
        self._table = table
        self._number = factory.worlds.fresh(table)

    @property
    def own(self) -> Row:
        """A stored row of the caller."""
        return self._factory.row(self._table, _OWN)

    @property
    def other(self) -> Row:
        """A stored row of somebody else."""
        return self._factory.row(self._table, _OTHER)

    @property
    def fresh(self) -> Row:
        """A row that is not stored; its owner and all that it refers to are."""
        return self._factory.row(self._table, self._number)

    def claim(self, aspect: str, sentence: str) -> Claim:
        """Return a claim about the table."""
        table = self._table
        place = table.name if table.namespace == "public" else f"{table.namespace}.{table.name}"
        return Claim(
            id=f"isolation/{place}/{aspect}",
            kind="isolation",
            sentence=f"{place}: {sentence}",
            object=ObjectName(kind="table", name=table.name, namespace=table.namespace),
        )

    def reads(self) -> Iterator[Experiment]:
        """Yield: one's own row is seen, another's is not, nobody sees any."""
        own, other = (statements.select(self._table, row.key) for row in (self.own, self.other))
        every = f"SELECT 1 FROM {self._table.identifier}"  # noqa: S608 - a quoted name
        yield self._passes("select/own", "the owner sees the own row", (_OWN, own), rows=1)
        yield self._passes("select/other", "nobody sees another's row", (_OWN, other), rows=0)
        yield self._nobody("select/none", "without a caller no row is seen", every)

    def inserts(self) -> Iterator[Experiment]:
        """Yield: one inserts for oneself, for nobody else, and not without a name."""
        insert = self.fresh.insert()
        if self._tenancy.may(self._table, "INSERT"):
            own = ((self._number, row.insert()) for row in self._insertable())
            yield self._passes("insert/own", "the owner inserts a row", *own, rows=1)
        else:
            yield self._refused("insert/own", "the role inserts no rows", self._number, insert)
        yield self._refused("insert/other", "nobody inserts a row for another", _OWN, insert)
        yield self._refused("insert/none", "without a caller no row is inserted", None, insert)

    def _insertable(self) -> Iterator[Row]:
        """Yield rows to insert for the owner: with a second reference to another row of a table, and to the same.

        Where an owner has one such row at most, another one is somebody else's.
        """
        yield self.fresh
        keys = [key for key in self._table.foreign_keys if key.name in self.fresh.references]
        among = [key for key in keys if self._tenancy.is_isolated(referenced(key)) and not self._is_self(key)]
        yield self._factory.row(self._table, self._number, fill={key.name: self._number for key in among})

    def _is_self(self, key: ForeignKey) -> bool:
        return referenced(key) == name_of(self._table)

    def changes(self) -> Iterator[Experiment]:
        """Yield: one updates and deletes one's own rows, if at all; another's are out of reach; nobody truncates."""
        made = tuple(self._insertable()) if self._tenancy.may(self._table, "INSERT") else ()
        updates = [statements.touch(self._table, row.key) for row in (self.own, self.other)]
        changed = [(self._number, row.insert(), statements.touch(self._table, row.key)) for row in made]
        yield from self._change("update", updates[0], updates[1], (_OWN, updates[0]), *changed)
        deletes = [statements.delete(self._table, row.key) for row in (self.own, self.other)]
        gone: list[_Script] = [(self._number, row.insert(), statements.delete(self._table, row.key)) for row in made]
        yield from self._change("delete", deletes[0], deletes[1], *(gone or [(_OWN, deletes[0])]))
        truncate = f"TRUNCATE {self._table.identifier} CASCADE"
        yield self._refused("truncate/any", "the role does not truncate, which looks at no policy", _OWN, truncate)

    def _change(self, verb: str, own: str, other: str, *scripts: _Script) -> Iterator[Experiment]:
        if not self._tenancy.may(self._table, verb.upper()):
            yield self._refused(f"{verb}/own", f"the role {verb}s no rows", _OWN, own)
            yield self._refused(f"{verb}/other", f"nobody {verb}s another's row", _OWN, other)
            yield self._refused(f"{verb}/none", f"without a caller nobody {verb}s a row", None, own)
            return
        yield self._passes(f"{verb}/own", f"the owner {verb}s the own row", *scripts, rows=1)
        yield self._passes(f"{verb}/other", f"nobody {verb}s another's row", (_OWN, other), rows=0)
        yield self._nobody(f"{verb}/none", f"without a caller nobody {verb}s a row", own)

    def moves(self) -> Iterator[Experiment]:
        """Yield: no row is moved to another owner, be it directly or by way of its parent."""
        for key in self._table.foreign_keys:
            if self._tenancy.looks_at(self._table, key) and referenced(key) != name_of(self._table):
                target = self._target(key)
                change = statements.update(self._table, self._factory.reference(key, target.number), self.own.key)
                said = f"no row is moved to another owner by {', '.join(key.columns)}"
                yield self._refused(f"update/move/{key.name}", said, _OWN, change, needs=(target,))

    def foreign_parents(self) -> Iterator[Experiment]:
        """Yield: no row refers to another's row, which the foreign key alone would let pass, unless the spec does."""
        for key in self._table.foreign_keys:
            if self._tenancy.is_isolated(referenced(key)):
                target = self._target(key)
                row = self._factory.row(self._table, self._number, fill={key.name: target.number})
                if self._tenancy.is_anybodys(self._table, key):
                    said = f"a row refers by {', '.join(key.columns)} to another's row of {key.referenced_table}"
                    script = (self._number, row.insert())
                    yield self._passes(f"insert/reference/{key.name}", said, script, rows=1, needs=(target,))
                    continue
                said = f"no row refers by {', '.join(key.columns)} to another's row of {key.referenced_table}"
                found = self._refused(f"insert/reference/{key.name}", said, self._number, row.insert(), needs=(target,))
                yield replace(found, remedy=_BOTH_OWNERS.format(columns=", ".join(key.columns)))

    def _target(self, key: ForeignKey) -> RowName:
        """Return the row that another's row refers to."""
        if key.name in self.other.references:
            return self.other.references[key.name]
        return RowName(table=referenced(key), number=_OTHER)

    def _passes(
        self, aspect: str, said: str, *scripts: _Script, rows: int, needs: tuple[RowName, ...] = ()
    ) -> Experiment:
        """Return the experiment that a script for a world's owner passes and touches so many rows; any will do."""
        question = self._question(*(self._act(*each) for each in scripts), rows=rows)
        return self._experiment(aspect, said, (question,), needs)

    def _nobody(self, aspect: str, said: str, statement: str) -> Experiment:
        """Return the experiment that nobody touches a row: neither without the setting nor with an empty one."""
        unset = self._tenancy.act(self._factory, None, statement)
        empty = self._tenancy.act(self._factory, None, self._tenancy.name(""), statement)
        expected = Accepted(rows=0, sqlstates=_UNUSABLE, or_refused=NOBODY_KNOWN)
        questions = tuple(Question(ways=(Way(sql=each),), expected=expected) for each in (unset, empty))
        return self._experiment(aspect, said, questions)

    def _refused(
        self, aspect: str, said: str, number: int | None, statement: str, *, needs: tuple[RowName, ...] = ()
    ) -> Experiment:
        """Return the experiment that a statement is refused by privileges or policies."""
        expected = Rejected(sqlstates=_REFUSED if number is not None else (*_REFUSED, *NOBODY_KNOWN))
        way = Way(sql=self._tenancy.act(self._factory, number, statement))
        return self._experiment(aspect, said, (Question(ways=(way,), expected=expected),), needs)

    def _act(self, number: int, *parts: str) -> str:
        return self._tenancy.act(self._factory, number, *parts)

    def _question(self, *scripts: str, rows: int) -> Question:
        ways = tuple(Way(sql=each) for each in dict.fromkeys(scripts))
        return Question(ways=ways, expected=Accepted(rows=rows, sqlstates=_UNUSABLE))

    def _experiment(
        self, aspect: str, said: str, questions: tuple[Question, ...], needs: tuple[RowName, ...] = ()
    ) -> Experiment:
        above = (name for name in self.fresh.references.values() if name != self.fresh.name)
        stored = (self.own.name, self.other.name, *above, *needs)
        policies = ", ".join(each.name for each in self._tenancy.policies(self._table)) or "a policy"
        return Experiment(
            claim=self.claim(aspect, said),
            questions=questions,
            needs=stored,
            remedy=f"Look at {policies} (USING and WITH CHECK), at ROW LEVEL SECURITY and the grants of the table.",
        )
