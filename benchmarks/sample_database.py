"""A task board for the planning benchmarks: its schema, its rows, what one would say of it, queries on it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from colonnade.postgres import Session
from colonnade.postgres.scale import (
    ColumnProfile,
    Documents,
    ParentKeys,
    RandomUuid,
    Serial,
    TableProfile,
    Text,
    TimeRange,
    Weighted,
)

SCHEMA = """
CREATE EXTENSION pg_trgm;
CREATE TABLE account (
    id bigint PRIMARY KEY, email text NOT NULL, name text NOT NULL, plan text NOT NULL,
    country text NOT NULL, created_at timestamptz NOT NULL, last_seen_at timestamptz);
CREATE TABLE project (
    id bigint PRIMARY KEY, owner_id bigint NOT NULL REFERENCES account, name text NOT NULL,
    archived boolean NOT NULL, created_at timestamptz NOT NULL);
CREATE TABLE task (
    id uuid PRIMARY KEY, project_id bigint NOT NULL REFERENCES project,
    assignee_id bigint REFERENCES account, status text NOT NULL, priority smallint NOT NULL,
    due_at timestamptz, created_at timestamptz NOT NULL, title text NOT NULL, meta jsonb NOT NULL,
    deleted_at timestamptz);
CREATE TABLE comment (
    id bigint PRIMARY KEY, task_id uuid NOT NULL REFERENCES task,
    author_id bigint NOT NULL REFERENCES account, body text NOT NULL, created_at timestamptz NOT NULL);
CREATE TABLE event (
    id bigint NOT NULL, account_id bigint NOT NULL, kind text NOT NULL, created_at timestamptz NOT NULL
) PARTITION BY RANGE (created_at);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM ('2025-01-01+00') TO ('2025-04-01+00');
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM ('2025-04-01+00') TO ('2025-07-01+00');
CREATE TABLE event_3 PARTITION OF event FOR VALUES FROM ('2025-07-01+00') TO ('2025-10-01+00');
CREATE TABLE event_4 PARTITION OF event FOR VALUES FROM ('2025-10-01+00') TO ('2026-01-01+00');
"""

INDEXES = """
CREATE UNIQUE INDEX account_email_key ON account (lower(email));
CREATE INDEX account_country_plan ON account (country, plan);
CREATE INDEX project_owner ON project (owner_id);
CREATE INDEX task_assignee_status_due ON task (assignee_id, status, due_at);
CREATE INDEX task_project_created ON task (project_id, created_at DESC, id DESC);
CREATE INDEX task_open_due ON task (due_at) WHERE status = 'open' AND deleted_at IS NULL;
CREATE INDEX task_created ON task (created_at);
CREATE INDEX task_status_priority ON task (status, priority) INCLUDE (assignee_id);
CREATE INDEX task_title_trgm ON task USING gin (title gin_trgm_ops);
CREATE INDEX task_meta ON task USING gin (meta jsonb_path_ops);
CREATE INDEX task_created_brin ON task USING brin (created_at);
CREATE INDEX comment_task_created ON comment (task_id, created_at);
CREATE INDEX comment_author ON comment (author_id);
CREATE INDEX comment_body_hash ON comment USING hash (body);
CREATE INDEX event_account_created ON event (account_id, created_at);
CREATE INDEX event_created ON event (created_at);
CREATE STATISTICS task_status_priority_stats ON status, priority FROM task;
"""

# Everything depends on the number of the row, so that each run loads the same rows.
_NOISE = "(hashint8extended({i}, {salt}) & 9007199254740991) / 9007199254740992.0"
_ROWS = """
INSERT INTO account SELECT i, 'User' || i || '@example' || i % 97 || '.com', 'Name ' || md5(i::text),
    CASE WHEN {a} < 0.90 THEN 'free' WHEN {a} < 0.98 THEN 'pro' ELSE 'enterprise' END,
    (ARRAY['US','US','US','US','IN','IN','GB','DE','FR','BR','JP','CA'])[1 + floor({b} * 12)::int],
    timestamptz '2022-01-01+00' + i * interval '3 years' / {accounts},
    CASE WHEN {c} < 0.7 THEN timestamptz '2025-01-01+00' + {d} * interval '365 days' END
FROM generate_series(1, {accounts}) i;
INSERT INTO project SELECT i, 1 + floor({a} * {accounts})::int, 'Project ' || i, {b} < 0.1,
    timestamptz '2022-01-01+00' + i * interval '3 years' / {projects}
FROM generate_series(1, {projects}) i;
INSERT INTO task SELECT md5(i::text)::uuid, 1 + floor({a} * {projects})::int,
    CASE WHEN {b} < 0.9 THEN 1 + floor({c} * {c} * {accounts})::int END,
    CASE WHEN {d} < 0.80 THEN 'done' WHEN {d} < 0.92 THEN 'open'
         WHEN {d} < 0.976 THEN 'in_progress' ELSE 'cancelled' END,
    CASE WHEN {d} < 0.80 THEN 1 + floor({e} * 2)::int ELSE 1 + floor({e} * 5)::int END,
    CASE WHEN {f} < 0.8 THEN timestamptz '2022-01-01+00' + i * interval '4 years' / {rows}
                             + {e} * interval '60 days' END,
    timestamptz '2022-01-01+00' + i * interval '4 years' / {rows},
    'Task ' || substr(md5(i::text || 'a'), 1, 4 + i % 5) || ' ' || substr(md5(i::text || 'b'), 1, 6),
    jsonb_build_object('source', (ARRAY['web', 'api', 'mobile'])[1 + i % 3],
                       'label', 'l' || floor({a} * {a} * 500)::int, 'estimate', floor({b} * 40)::int),
    CASE WHEN {c} < 0.03 THEN timestamptz '2022-01-01+00' + {e} * interval '4 years' END
FROM generate_series(1, {rows}) i;
INSERT INTO comment SELECT i, md5((1 + floor({a} * {rows})::int)::text)::uuid,
    1 + floor({b} * {b} * {accounts})::int, 'comment ' || md5(i::text) || repeat('.', i % 60),
    timestamptz '2022-01-01+00' + i * interval '4 years' / {rows}
FROM generate_series(1, {rows}) i;
INSERT INTO event SELECT i, 1 + floor({a} * {accounts})::int,
    (ARRAY['view', 'view', 'view', 'edit', 'login'])[1 + floor({b} * 5)::int],
    timestamptz '2025-01-01+00' + (i - 1) * interval '365 days' / {events}
FROM generate_series(1, {events}) i;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volumes:
    """How many rows each table has."""

    tasks: int

    @property
    def accounts(self) -> int:
        """A tenth of the tasks."""
        return max(10, self.tasks // 10)

    @property
    def projects(self) -> int:
        """A hundredth of the tasks."""
        return max(10, self.tasks // 100)

    @property
    def events(self) -> int:
        """Half the tasks."""
        return max(10, self.tasks // 2)


def load(session: Session, volumes: Volumes) -> None:
    """Fill the tables, build the indexes, gather statistics."""
    noise = {name: _NOISE.format(i="i", salt=salt) for salt, name in enumerate("abcdef")}
    session.script(
        _ROWS.format(
            rows=volumes.tasks,
            accounts=volumes.accounts,
            projects=volumes.projects,
            events=volumes.events,
            **noise,
        )
    )
    session.script(INDEXES)
    session.execute("VACUUM (ANALYZE)")


def profiles(volumes: Volumes, *, seed: int = 1) -> tuple[TableProfile, ...]:
    """What a person would say about the tables: rows, shares, ranges, a hundred sample texts."""
    rng = random.Random(seed)
    epoch, newest = datetime(2022, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    return (
        TableProfile(
            name="account",
            rows=volumes.accounts,
            columns=(
                ColumnProfile(name="id", values=Serial()),
                ColumnProfile(name="email", values=Text(samples=_samples(rng, _email))),
                ColumnProfile(name="name", values=Text(samples=_samples(rng, lambda r: f"Name {_hex(r, 32)}"))),
                ColumnProfile(name="plan", values=Weighted.of({"free": 90, "pro": 8, "enterprise": 2})),
                ColumnProfile(
                    name="country",
                    values=Weighted.of({"US": 4, "IN": 2, "GB": 1, "DE": 1, "FR": 1, "BR": 1, "JP": 1, "CA": 1}),
                ),
                ColumnProfile(name="created_at", values=TimeRange(start=epoch, end=datetime(2025, 1, 1, tzinfo=UTC))),
                ColumnProfile(
                    name="last_seen_at",
                    values=TimeRange(start=datetime(2025, 1, 1, tzinfo=UTC), end=newest),
                    null_fraction=0.3,
                    correlation=0.0,
                ),
            ),
        ),
        TableProfile(
            name="project",
            rows=volumes.projects,
            columns=(
                ColumnProfile(name="id", values=Serial()),
                ColumnProfile(name="owner_id", values=ParentKeys(table="account")),
                ColumnProfile(name="name", values=Text(), width=14),
                ColumnProfile(name="archived", values=Weighted.boolean(0.1)),
                ColumnProfile(name="created_at", values=TimeRange(start=epoch, end=datetime(2025, 1, 1, tzinfo=UTC))),
            ),
        ),
        TableProfile(name="task", rows=volumes.tasks, columns=_task_columns(rng, epoch, newest)),
        TableProfile(
            name="comment",
            rows=volumes.tasks,
            columns=(
                ColumnProfile(name="id", values=Serial()),
                ColumnProfile(name="task_id", values=ParentKeys(table="task", used=1.0)),
                ColumnProfile(name="author_id", values=ParentKeys(table="account", used=1.0, skew=0.5)),
                ColumnProfile(name="body", values=Text(samples=_samples(rng, _comment))),
                ColumnProfile(name="created_at", values=TimeRange(start=epoch, end=newest)),
            ),
        ),
        TableProfile(
            name="event",
            rows=volumes.events,
            columns=(
                ColumnProfile(name="id", values=Serial()),
                ColumnProfile(name="account_id", values=ParentKeys(table="account", used=1.0)),
                ColumnProfile(name="kind", values=Weighted.of({"view": 3, "edit": 1, "login": 1})),
                ColumnProfile(name="created_at", values=TimeRange(start=datetime(2025, 1, 1, tzinfo=UTC), end=newest)),
            ),
        ),
    )


def _task_columns(rng: random.Random, epoch: datetime, newest: datetime) -> tuple[ColumnProfile, ...]:
    """What a person would say about tasks."""
    return (
        ColumnProfile(name="id", values=RandomUuid()),
        ColumnProfile(name="project_id", values=ParentKeys(table="project", used=1.0)),
        ColumnProfile(name="assignee_id", values=ParentKeys(table="account", used=1.0, skew=0.5), null_fraction=0.1),
        ColumnProfile(
            name="status", values=Weighted.of({"done": 80, "open": 12, "in_progress": 5.6, "cancelled": 2.4})
        ),
        ColumnProfile(name="priority", values=Weighted.of({"1": 44, "2": 44, "3": 4, "4": 4, "5": 4})),
        ColumnProfile(name="due_at", values=TimeRange(start=epoch, end=newest), null_fraction=0.2),
        ColumnProfile(name="created_at", values=TimeRange(start=epoch, end=newest)),
        ColumnProfile(name="title", values=Text(samples=_samples(rng, _title))),
        ColumnProfile(name="meta", values=Documents(samples=_samples(rng, _meta, 200), distinct=60_000)),
        ColumnProfile(
            name="deleted_at", values=TimeRange(start=epoch, end=newest), null_fraction=0.97, correlation=0.0
        ),
    )


def _samples(rng: random.Random, make: Callable[[random.Random], str], number: int = 101) -> tuple[str, ...]:
    """Return some texts of the right shape."""
    return tuple(make(rng) for _ in range(number))


def _hex(rng: random.Random, length: int) -> str:
    """Return random hexadecimal digits."""
    return f"{rng.getrandbits(4 * length):0{length}x}"


def _email(rng: random.Random) -> str:
    """Return an address."""
    return f"User{rng.randrange(100_000)}@example{rng.randrange(97)}.com"


def _title(rng: random.Random) -> str:
    """Return a task's title."""
    return f"Task {_hex(rng, rng.randrange(4, 9))} {_hex(rng, 6)}"


def _comment(rng: random.Random) -> str:
    """Return a comment's body."""
    return f"comment {_hex(rng, 32)}{'.' * rng.randrange(60)}"


def _meta(rng: random.Random) -> str:
    """Return a task's document."""
    source, label = rng.choice(["web", "api", "mobile"]), int(rng.random() ** 2 * 500)
    return f'{{"label": "l{label}", "source": "{source}", "estimate": {rng.randrange(40)}}}'


_GROUPS = {"account": ["plan", "country"], "task": ["status", "priority", "project_id"], "event": ["kind"]}
_SORTS = {
    "account": ["created_at", "lower(email)", "id"],
    "project": ["created_at", "id"],
    "task": ["created_at", "due_at", "id", "priority"],
    "comment": ["created_at", "id"],
    "event": ["created_at"],
}
_JOINS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("task", "JOIN project ON project.id = task.project_id", ("task", "project")),
    ("task", "JOIN account ON account.id = task.assignee_id", ("task", "account")),
    ("comment", "JOIN task ON task.id = comment.task_id", ("comment", "task")),
    ("event", "JOIN account ON account.id = event.account_id", ("event", "account")),
    (
        "comment",
        "JOIN task ON task.id = comment.task_id JOIN project ON project.id = task.project_id",
        ("comment", "task", "project"),
    ),
    (
        "task",
        """JOIN project ON project.id = task.project_id JOIN account ON account.id = project.owner_id
           LEFT JOIN comment ON comment.task_id = task.id""",
        ("task", "project", "account", "comment"),
    ),
)
SETTINGS: tuple[dict[str, str], ...] = (
    {},
    {"random_page_cost": "1.1"},
    {"enable_hashjoin": "off"},
    {"enable_seqscan": "off"},
    {"work_mem": "64MB", "max_parallel_workers_per_gather": "0"},
)


def queries(volumes: Volumes, number: int, *, seed: int = 7) -> Iterator[str]:
    """Give random statements over one to four tables, as applications ask them."""
    rng = random.Random(seed)
    for _ in range(number):
        yield _Query(rng, volumes).statement()


class _Query:
    """One random statement."""

    def __init__(self, rng: random.Random, volumes: Volumes) -> None:
        """Draw from this source, with constants that occur in these volumes."""
        self._rng = rng
        self._volumes = volumes

    def statement(self) -> str:
        """Return the statement."""
        rng = self._rng
        table = rng.choice(["task", "task", "task", "account", "project", "comment", "event"])
        joins = ""
        tables: tuple[str, ...] = (table,)
        if rng.random() < 0.45:
            table, joins, tables = rng.choice(_JOINS)
        predicates = [p for one in tables for p in self._predicates(one, first=one == table)]
        where = f" WHERE {' AND '.join(predicates)}" if predicates else ""
        source = f"FROM {table} {joins}{where}"
        kind = rng.random()
        if kind < 0.2 and table in _GROUPS:
            column = f"{table}.{rng.choice(_GROUPS[table])}"
            return f"SELECT {column}, count(*) {source} GROUP BY {column}"
        if kind < 0.3:
            return f"SELECT count(*) {source}"
        sort = rng.choice(_SORTS[table]).replace("lower(email)", "lower(account.email)")
        sort = sort if "(" in sort else f"{table}.{sort}"
        order = f" ORDER BY {sort} {rng.choice(['ASC', 'DESC'])}" if rng.random() < 0.6 else ""
        limit = f" LIMIT {rng.choice([1, 20, 50, 1000])}" if rng.random() < 0.6 else ""
        return f"SELECT {table}.* {source}{order}{limit}"

    def _predicates(self, table: str, *, first: bool) -> list[str]:
        """Return some conditions on one table, more on the first."""
        makers = {
            "account": self._account,
            "project": self._project,
            "task": self._task,
            "comment": self._comment,
            "event": self._event,
        }
        most = 3 if first else 1
        drawn = self._rng.sample(makers[table](), k=self._rng.randint(1 if first else 0, most))
        return [f"{table}.{one}" if not one.startswith("lower(") else f"lower({table}.{one[6:]}" for one in drawn]

    def _number(self, below: int) -> int:
        """Return a key, the low ones more often."""
        return 1 + int(self._rng.random() ** 2 * below)

    def _range(self, column: str, start_year: int = 2022) -> str:
        """Return a condition on a time, open or closed, now and then beyond the newest row."""
        rng = self._rng
        year, month, day = rng.randint(start_year, 2025), rng.randint(1, 12), rng.randint(1, 28)
        moment = f"'{year}-{month:02}-{day:02}+00'::timestamptz"
        if rng.random() < 0.15:
            moment = "'2025-12-31 12:00+00'::timestamptz"
        if rng.random() < 0.4:
            return f"{column} BETWEEN {moment} AND {moment} + interval '{rng.choice([1, 7, 90])} days'"
        return f"{column} {rng.choice(['<', '>', '>='])} {moment}"

    def _account(self) -> list[str]:
        """Return conditions on accounts."""
        key = self._number(self._volumes.accounts)
        return [
            f"id = {key}",
            f"lower(email) = 'user{key}@example{key % 97}.com'",
            f"country = '{self._rng.choice(['US', 'IN', 'JP'])}'",
            f"plan = '{self._rng.choice(['free', 'pro', 'enterprise'])}'",
            self._range("created_at"),
            self._rng.choice(["last_seen_at IS NULL", "last_seen_at IS NOT NULL"]),
        ]

    def _project(self) -> list[str]:
        """Return conditions on projects."""
        return [
            f"id = {self._number(self._volumes.projects)}",
            f"owner_id = {self._number(self._volumes.accounts)}",
            self._rng.choice(["archived", "archived = false"]),
            self._range("created_at"),
        ]

    def _task(self) -> list[str]:
        """Return conditions on tasks."""
        rng, some = self._rng, self._number(self._volumes.projects)
        label = int(rng.random() ** 2 * 500)
        return [
            f"id = md5('{self._number(self._volumes.tasks)}')::uuid",
            f"project_id = {some}",
            f"project_id IN ({some}, {some + 1}, {some + 7})",
            f"assignee_id = {self._number(self._volumes.accounts)}",
            f"status = '{rng.choice(['done', 'open', 'in_progress', 'cancelled'])}'",
            "status = 'open' AND task.deleted_at IS NULL",
            f"priority {rng.choice(['=', '>', '<='])} {rng.randint(1, 5)}",
            self._range("due_at"),
            self._range("created_at"),
            f"title ILIKE '%{_hex(rng, rng.choice([2, 4, 6]))}%'",
            f'meta @> \'{{"label": "l{label}"}}\'',
            rng.choice(["deleted_at IS NULL", "deleted_at IS NOT NULL"]),
        ]

    def _comment(self) -> list[str]:
        """Return conditions on comments."""
        return [
            f"id = {self._number(self._volumes.tasks)}",
            f"task_id = md5('{self._number(self._volumes.tasks)}')::uuid",
            f"author_id = {self._number(self._volumes.accounts)}",
            f"body = 'comment {_hex(self._rng, 32)}'",
            self._range("created_at"),
        ]

    def _event(self) -> list[str]:
        """Return conditions on events."""
        return [
            f"account_id = {self._number(self._volumes.accounts)}",
            f"kind = '{self._rng.choice(['view', 'edit', 'login'])}'",
            self._range("created_at", 2025),
        ]
