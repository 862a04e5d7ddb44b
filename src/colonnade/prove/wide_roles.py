"""Proofs of the roles that run what reaches beyond one owner: all rows of what they need, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from colonnade.errors import ProofError
from colonnade.postgres import Session
from colonnade.prove import statements
from colonnade.prove.acting import let_us_act_as
from colonnade.prove.claim import Claim, Evidence
from colonnade.prove.experiments import Accepted, Expected, Experiment, Question, Rejected, Way, run
from colonnade.prove.isolation_context import is_subject
from colonnade.prove.rows import Row, RowFactory
from colonnade.prove.stage import possible
from colonnade.prove.worlds import RowName
from colonnade.schema import ObjectName, Table
from colonnade.sql.identifier import quote

_OWNERS = (1, 2)
_REFUSED = ("42501",)


class WideRoles:
    """The roles of a design, tried within a transaction that is rolled back; nobody is named as the caller.

    `obstacle` says why there are no roles to act as.
    """

    def __init__(self, session: Session, factory: RowFactory, names: Sequence[str], *, obstacle: str) -> None:
        self.names = tuple(names)
        self._session = session
        self._obstacle = obstacle
        self._found = {
            role: tuple(each for table in factory.schema.owned_tables for each in _experiments(factory, role, table))
            for role in names
        }

    def experiments(self) -> Iterator[Experiment]:
        """Yield every experiment; the rows that they need must be stored before they are run."""
        yield from (each for found in self._found.values() for each in found)

    def evidence(self, problems: Mapping[RowName, str]) -> Iterator[Evidence]:
        """Yield the evidence on each role; `problems` say which rows could not be stored."""
        for role, experiments in self._found.items():
            yield is_subject(self._session, role, obstacle=self._obstacle)
            lacking = self._obstacle or let_us_act_as(self._session, role)
            yield from run(self._session, [possible(each, problems, obstacle=lacking) for each in experiments])


def _experiments(factory: RowFactory, role: str, table: Table) -> Iterator[Experiment]:
    """Yield: what the role was granted it may do with the rows of every owner, all else is refused."""
    granted = {privilege for grant in table.grants if grant.role == role for privilege in grant.privileges}
    try:
        rows = [factory.row(table, number) for number in _OWNERS]
        factory.with_ancestors(rows)
    except ProofError as problem:
        yield Experiment(claim=_claim(role, table, "rows", "its rows can be made"), impossible=problem.message)
        return
    for verb, change in _statements(table, rows[1]):
        if verb in granted:
            continue
        yield _experiment(role, table, verb, change, rows, Rejected(sqlstates=_REFUSED))
    if "SELECT" in granted:
        found = " UNION ALL ".join(statements.select(table, row.key) for row in rows)
        yield _experiment(role, table, "SELECT", found, rows, Accepted(rows=len(rows), sqlstates=_REFUSED))
    for verb, change in _statements(table, rows[1]):
        if verb in granted and verb in {"UPDATE", "DELETE"}:
            # A refusal by something else than privileges and policies is not about the role.
            yield _experiment(role, table, verb, change, rows, Accepted(rows=1, sqlstates=_REFUSED))


def _statements(table: Table, row: Row) -> Iterator[tuple[str, str]]:
    """Yield what each privilege is needed for."""
    yield "SELECT", statements.select(table, row.key)
    yield "INSERT", row.insert()
    yield "UPDATE", statements.touch(table, row.key)
    yield "DELETE", statements.delete(table, row.key)
    yield "TRUNCATE", f"TRUNCATE {table.identifier} CASCADE"


def _experiment(role: str, table: Table, verb: str, change: str, rows: Sequence[Row], expected: Expected) -> Experiment:
    refused = isinstance(expected, Rejected)
    said = f"may not {verb}" if refused else f"{verb}s the rows of every owner"
    name = quote(role)
    remedy = f"REVOKE {verb} ON {table.identifier} FROM {name}" if refused else f"Let a policy show it to {name}"
    return Experiment(
        claim=_claim(role, table, verb.lower(), said),
        questions=(Question(ways=(Way(sql=f"SET LOCAL ROLE {name};\n{change}"),), expected=expected),),
        needs=tuple(row.name for row in rows),
        remedy=f"{remedy}.",
    )


def _claim(role: str, table: Table, aspect: str, said: str) -> Claim:
    place = table.name if table.namespace == "public" else f"{table.namespace}.{table.name}"
    return Claim(
        id=f"isolation/{place}/{role}/{aspect}",
        kind="isolation",
        sentence=f"{place}: the role {role} {said}",
        object=ObjectName(kind="table", name=table.name, namespace=table.namespace),
    )
