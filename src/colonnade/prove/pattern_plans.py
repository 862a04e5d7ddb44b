"""Every statement of every access pattern, planned at every volume, with and without each index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from colonnade.design import Design
from colonnade.design.queries import PatternQuery
from colonnade.design.query_conditions import QueryParameter
from colonnade.errors import StatementError
from colonnade.postgres import Plan, Session, explain, explain_all
from colonnade.postgres.scale import ScaledDatabase
from colonnade.prove.pattern_growth import Reading, reading
from colonnade.prove.pattern_witnesses import WITNESSES, Template, Witness, Witnesses
from colonnade.prove.profiles import Growth, at_volume
from colonnade.schema import ForeignKey, Index, Table
from colonnade.sql.identifier import qualified, quote

DECADES = tuple(10**power for power in range(3, 10))
MANY_STATEMENTS = 600
"""Statements from which only every other decade is planned, and middling constants are left out."""

WORSE = 1.01
"""How much dearer a plan has to get without an index, for the index to be needed."""

_TRIED_AT_ONCE = 12
_PARTITION_INDEXES = """
    SELECT child.relname, parent.relname FROM pg_inherits i
    JOIN pg_class parent ON parent.oid = i.inhparent AND parent.relkind = 'I'
    JOIN pg_class child ON child.oid = i.inhrelid
"""
_PARTITIONS = """
    SELECT c.relname, root.relname FROM pg_class c JOIN pg_class root ON root.oid = pg_partition_root(c.oid)
    WHERE c.relispartition AND c.relkind IN ('r', 'p')
"""


_User = tuple[int, Witness, str, float]
"""A statement that uses an index: its place, its constants, its text with them, and its cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """An index is needed: by what statement, what it costs with and without, at what volume."""

    subject: int
    witness: Witness
    cost: float
    cost_without: float
    volume: int


@dataclass(kw_only=True)
class Findings:
    """What planning has shown: for each statement its readings by witness, or why it cannot be planned."""

    volumes: tuple[int, ...]
    declared: int
    readings: dict[int, dict[Witness, list[Reading]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    page_ratios: dict[int, float] = field(default_factory=dict)
    problems: dict[int, StatementError] = field(default_factory=dict)
    needs: dict[tuple[str, str], Need] = field(default_factory=dict)
    used: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))


def plan_everything(
    design: Design,
    subjects: Sequence[PatternQuery],
    *,
    scaled: ScaledDatabase,
    found: tuple[Growth, ...],
    rows: int | None,
) -> Findings:
    """Plan all statements at the declared volume (or `rows` in the largest table) and at 10^3 … 10^9."""
    return _Planning(design, subjects, scaled, found, rows).run()


def reference_check(table: Table, key: ForeignKey) -> PatternQuery:
    """Return what Postgres runs to see whether rows still refer to one that is deleted or renamed.

    Source: RI_FKey_noaction_del in ri_triggers.c
    """
    parameters = tuple(
        QueryParameter(name=name, type=table.column(name).type, role="key", table=table.name, column=name)
        for name in key.columns
    )
    only = "" if table.partition_key else "ONLY "
    conditions = " AND ".join(f"x.{quote(name)} = ${place}" for place, name in enumerate(key.columns, start=1))
    return PatternQuery(
        pattern_id=key.name,
        label="check",
        sql=f"SELECT 1 FROM {only}{table.identifier} x WHERE {conditions} FOR KEY SHARE OF x",  # noqa: S608 - names are quoted
        parameters=parameters,
        driving_table=table.name,
        expects_bounded=False,
    )


class _Planning:
    """One run."""

    def __init__(
        self,
        design: Design,
        subjects: Sequence[PatternQuery],
        scaled: ScaledDatabase,
        found: tuple[Growth, ...],
        rows: int | None,
    ) -> None:
        self._design = design
        self._subjects = subjects
        self._templates = [Template(query) for query in subjects]
        self._scaled = scaled
        self._growths = found
        declared = rows or round(max((each.profile.rows for each in found), default=1))
        many = len(subjects) >= MANY_STATEMENTS
        decades = DECADES[::2] if many else DECADES
        self._witnesses: tuple[Witness, ...] = ("common", "rare") if many else WITNESSES
        self._findings = Findings(volumes=tuple(sorted({declared, *decades})), declared=declared)
        self._indexes = tuple(
            (table, index) for table in design.schema.owned_tables for index in table.indexes if not index.unique
        )
        self._parents: Mapping[str, str] = {}
        self._whole: Mapping[str, str] = {}
        self._layout = scaled.layout()

    @property
    def _session(self) -> Session:
        return self._scaled.session

    def run(self) -> Findings:
        """Plan volume by volume; an index is hidden at the declared one first, then where it was used."""
        self._parents = dict(self._session.execute(_PARTITION_INDEXES))
        self._whole = dict(self._session.execute(_PARTITIONS))
        for volume in sorted(self._findings.volumes, key=lambda each: (each != self._findings.declared, each)):
            self._at(volume)
        for by_witness in self._findings.readings.values():
            for readings in by_witness.values():
                readings.sort(key=lambda each: each.volume)
        return self._findings

    def _at(self, volume: int) -> None:
        """Make the tables look their size and plan everything."""
        profiles = at_volume(self._growths, volume)
        witnesses = Witnesses(self._scaled.synthesise(profiles, layout=self._layout))
        sizes = {each.name: each.rows for each in profiles}
        texts = list(self._texts(witnesses))
        plans = self._plans([(subject, text) for subject, _, text in texts])
        users: dict[str, list[_User]] = defaultdict(list)
        for subject, witness, text in texts:
            plan = plans.get((self._role(subject), text))
            if plan is None:
                continue
            self._findings.readings[subject][witness].append(reading(volume, plan, sizes))
            for name in {self._parents.get(each, each) for each in plan.indexes_used()}:
                users[name].append((subject, witness, text, plan.total_cost))
        if volume == self._findings.declared:
            self._measure_pages(texts, plans)
        self._hide(volume, users, plans.values())

    def _texts(self, witnesses: Witnesses) -> Iterator[tuple[int, Witness, str]]:
        """Yield each statement with the constants of each witness, equal ones once."""
        for place, query in enumerate(self._subjects):
            if place in self._findings.problems:
                continue
            seen: set[str] = set()
            generic = _is_generic(query)
            for witness in self._witnesses[:1] if generic else self._witnesses:
                text = query.sql if generic else witnesses.statement(self._templates[place], witness)
                if text not in seen:
                    seen.add(text)
                    yield place, witness, text

    def _role(self, subject: int) -> str:
        query = self._subjects[subject]
        if query.isolated:
            return self._design.application_role
        return query.wide_role if query.wide_role in self._design.wide_roles else ""

    def _plans(self, statements: Sequence[tuple[int, str]]) -> dict[tuple[str, str], Plan]:
        """Plan statements, each as the role that it runs as."""
        found: dict[tuple[str, str], Plan] = {}
        groups: dict[tuple[str, bool], list[tuple[int, str]]] = defaultdict(list)
        for subject, text in statements:
            groups[self._role(subject), _is_generic(self._subjects[subject])].append((subject, text))
        for (role, generic), members in groups.items():
            texts = list(dict.fromkeys(text for _, text in members))
            try:
                with self._acting(role):
                    plans: Sequence[Plan | None] = explain_all(self._session, texts, generic=generic)
            except StatementError:
                plans = self._one_by_one(role, generic, members, texts)
            found |= {(role, text): plan for text, plan in zip(texts, plans, strict=True) if plan is not None}
        return found

    def _one_by_one(
        self, role: str, generic: bool, members: Sequence[tuple[int, str]], texts: Sequence[str]
    ) -> list[Plan | None]:
        """Plan statements of which one is refused, and keep which ones are."""
        plans: list[Plan | None] = []
        for text in texts:
            try:
                with self._acting(role):
                    plans.append(explain(self._session, text, generic=generic))
            except StatementError as problem:
                plans.append(None)
                self._findings.problems |= {subject: problem for subject, each in members if each == text}
        return plans

    @contextmanager
    def _acting(self, role: str) -> Iterator[None]:
        """Act as a role within the block; nothing changes for ourselves, and a refusal ends nothing around it."""
        with self._session.rolled_back():
            if role:
                self._session.execute(f"SET LOCAL ROLE {quote(role)}")
            yield

    def _measure_pages(self, texts: Sequence[tuple[int, Witness, str]], plans: Mapping[tuple[str, str], Plan]) -> None:
        """Plan ten times the page, to see whether the cost is the page's."""
        longer: list[tuple[int, str, str]] = []
        for subject, witness, text in texts:
            limit = self._subjects[subject].limit
            if limit is not None and witness == WITNESSES[0]:
                longer.append((subject, text, text.replace(f"\nLIMIT {limit}", f"\nLIMIT {limit * 10}")))
        found = self._plans([(subject, text) for subject, _, text in longer])
        for subject, text, more in longer:
            role = self._role(subject)
            one, ten = plans.get((role, text)), found.get((role, more))
            if one is not None and ten is not None:
                self._findings.page_ratios[subject] = ten.total_cost / max(one.total_cost, 1e-6)

    def _hide(self, volume: int, users: Mapping[str, Sequence[_User]], plans: Iterable[Plan]) -> None:
        """Plan without each index what used it, until something gets dearer; where nothing has before."""
        open_questions: dict[_Place, Sequence[_User]] = {}
        for table, index in self._indexes:
            place = _Place(table, index)
            self._findings.used[place.key] |= {subject for subject, _, _, _ in users.get(index.name, ())}
            if place.key not in self._findings.needs and index.name in users:
                open_questions[place] = sorted(users[index.name], key=self._telling)
        for group in _apart(open_questions, self._read_together(plans)):
            for place, need in self._needs({each: open_questions[each] for each in group}):
                self._findings.needs[place.key] = replace(need, volume=volume)

    def _read_together(self, plans: Iterable[Plan]) -> dict[str, set[str]]:
        """Return for each table those that some statement reads with it, itself among them."""
        found: dict[str, set[str]] = defaultdict(set)
        for plan in plans:
            tables = {self._whole.get(node.relation, node.relation) for node in plan.root.walk() if node.relation}
            for each in tables:
                found[each] |= tables
        return found

    def _telling(self, user: _User) -> tuple[bool, int]:
        """Order the statements that use an index: those of patterns before checks of references."""
        return self._subjects[user[0]].label == "check", user[0]

    def _needs(self, users: Mapping[_Place, Sequence[_User]]) -> Iterator[tuple[_Place, Need]]:
        """Yield each index with the first statement that gets dearer without it; a few are tried at a time.

        All are hidden at once, so no statement may read the tables of two of them.
        """
        names = [qualified(each.table.namespace, each.index.name) for each in users]
        left = dict(users)
        with self._scaled.without_index(*names):
            while left:
                tried = {place: found[:_TRIED_AT_ONCE] for place, found in left.items()}
                plans = self._plans([(subject, text) for each in tried.values() for subject, _, text, _ in each])
                needs = {place: need for place, each in tried.items() if (need := self._dearer(each, plans))}
                yield from needs.items()
                left = {
                    place: found[_TRIED_AT_ONCE:]
                    for place, found in left.items()
                    if place not in needs and len(found) > _TRIED_AT_ONCE
                }

    def _dearer(self, users: Sequence[_User], plans: Mapping[tuple[str, str], Plan]) -> Need | None:
        """Return the first of the statements whose plan has got dearer."""
        for subject, witness, text, cost in users:
            plan = plans.get((self._role(subject), text))
            if plan is not None and plan.total_cost > WORSE * cost:
                return Need(subject=subject, witness=witness, cost=cost, cost_without=plan.total_cost, volume=0)
        return None


@dataclass(frozen=True, slots=True)
class _Place:
    """An index and its table."""

    table: Table
    index: Index

    @property
    def key(self) -> tuple[str, str]:
        """What the findings call it."""
        return self.table.name, self.index.name


def _apart(places: Iterable[_Place], together: Mapping[str, set[str]]) -> list[list[_Place]]:
    """Group indexes so that no statement reads the tables of two of a group."""
    groups: list[list[_Place]] = []
    taken: list[set[str]] = []
    for place in places:
        name = place.table.name
        number = next((number for number, names in enumerate(taken) if name not in names), len(groups))
        if number == len(groups):
            groups.append([])
            taken.append(set())
        groups[number].append(place)
        taken[number] |= {name, *together.get(name, ())}
    return groups


def _is_generic(query: PatternQuery) -> bool:
    """Tell whether a parameter has no known type, so that the statement is planned without constants."""
    return any(not parameter.type for parameter in query.parameters)
