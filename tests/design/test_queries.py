"""The statements of access patterns: they run, they find what they say, pages follow each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_specs import blog, board, designed, listing

from colonnade.design import Design
from colonnade.design.queries import PatternQuery, queries
from colonnade.emit.ddl import script
from colonnade.postgres import Server, Session, explain
from colonnade.spec import AccessPattern, Spec
from colonnade.sql.literal import literal

BOARD = (
    listing(
        "tasks",
        "Task",
        sort=("-created_at", "due_at", "priority", "title", "-due_at"),
        equality=("status", "priority", "tags", "tags.name", "parent", "parent.title", "assignee.username", "meta"),
        range=("due_at", "created_at"),
    ),
    listing("unordered", "Tag", sort=(), style="page"),
    listing("names", "Tag", sort=("name",), style="none"),
    listing("by assignee", "Task", sort=("assignee.username",), style="offset"),
    listing("comments", "Comment", sort=("created_at",), equality=("task",), scope="parent"),
    listing("all comments", "Comment"),
    listing("overdue", "Task", kind="job", where="status <> 'done' and due_at < now()", scope="all"),
    *(
        listing(f"search {mode}", "Task", kind="search", search=("title", "description"), search_mode=mode)
        for mode in ("substring", "prefix", "word")
    ),
    listing("search over tables", "Comment", kind="search", search=("body", "task.title"), style="offset"),
    listing("totals", "Task", kind="aggregate", style="none", group_by=("status",), measures=("count(*)",)),
    listing("everything", "Task", kind="aggregate", style="none", measures=("count(*)", "max(due_at)"), scope="all"),
    listing(
        "report",
        "Task",
        kind="report",
        style="none",
        joins=("tags", "assignee", "comments"),
        group_by=("tags.name", "status", "assignee.username"),
        measures=("count(*)", "count(due_at)", "max(comments.created_at)"),
        where="status <> 'done' or due_at is null",
    ),
    listing("stated", "Task", sql="SELECT count(*) FROM tasks WHERE user_id = :user_id AND status = :status;"),
    AccessPattern(id="login", kind="get", entity="User", by=("lower(email)",)),
    AccessPattern(id="me", kind="get", entity="User", scope="owner"),
    AccessPattern(id="task", kind="get", entity="Task", by=("id",), scope="owner"),
    AccessPattern(id="comment", kind="get", entity="Comment", by=("task.title", "id"), scope="owner"),
    AccessPattern(
        id="finish", kind="write", entity="Task", by=("id",), scope="owner", writes="update", sets=("status",)
    ),
    AccessPattern(id="any change", kind="write", entity="Tag", by=("id",), scope="owner", writes="update"),
    AccessPattern(id="drop", kind="write", entity="Task", by=("id",), scope="owner", writes="delete"),
    AccessPattern(id="add", kind="write", entity="Task", scope="owner", writes="insert"),
)
BLOG = (
    listing("articles", "Article", equality=("tags.name", "author.username", "fans.username", "tags"), scope="all"),
    listing("feed", "Article", required_equality=("author.followers",), style="offset", scope="all"),
    listing("comments", "Comment", equality=("article.slug",), style="none", scope="parent"),
)


def bound(query: PatternQuery, values: Mapping[str, Any]) -> str:
    """Return a statement with literals in place of its parameters."""

    def value(match: re.Match[str]) -> str:
        parameter = query.parameters[int(match[1]) - 1]
        return f"{literal(values[parameter.name])}::{parameter.type}"

    return re.sub(r"\$(\d+)", value, query.sql)


@pytest.fixture(scope="module", autouse=True)
def _roles(server: Server) -> Iterator[None]:
    """Take the roles of all tests here away in the end."""
    with server.temporary_roles():
        yield


@pytest.fixture(scope="module")
def built(server: Server) -> Iterator[tuple[Design, Session]]:
    """Give the board with every pattern, built."""
    design = designed(board(*BOARD))
    with server.scratch_database() as session:
        session.script(script(design.schema, role=design.application_role))
        yield design, session


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(board(*BOARD), id="board"),
        pytest.param(board(*BOARD, soft_delete=True, mode="scoped"), id="soft deletion"),
        pytest.param(blog(*BLOG), id="blog"),
    ],
)
def test_every_statement_is_planned_by_postgres(spec: Spec, server: Server) -> None:
    design = designed(spec)
    with server.scratch_database() as session:
        session.script(script(design.schema, role=design.application_role))
        for pattern in design.spec.access_patterns:
            for query in queries(design, pattern):
                explain(session, query.sql, generic=True)
                numbers = {int(number) for number in re.findall(r"\$(\d+)", query.sql)}
                assert numbers == set(range(1, len(query.parameters) + 1)), query.sql
                assert design.schema.has_table(query.driving_table)


def _labels(design: Design, pattern: str) -> list[str]:
    (found,) = (each for each in design.spec.access_patterns if each.id == pattern)
    return [query.label for query in queries(design, found)]


def test_each_choice_of_a_list_has_its_statement(built: tuple[Design, Session]) -> None:
    labels = _labels(built[0], "tasks")
    assert labels[:3] == ["default", "default, by policy alone", "default, next page"]
    for name in ("status", "priority", "tags", "tags.name", "parent", "range of due_at", "by due_at", "by title"):
        assert name in labels
    assert "status and priority" in labels


def test_pattern_without_a_table_has_no_statement(built: tuple[Design, Session]) -> None:
    assert queries(built[0], AccessPattern(id="nowhere", kind="get", entity="Computed", by=("id",))) == ()


def _query(design: Design, pattern: str, label: str = "default") -> PatternQuery:
    (found,) = (each for each in design.spec.access_patterns if each.id == pattern)
    return next(each for each in queries(design, found) if each.label == label)


def test_owner_is_named_and_left_to_the_policy_once(built: tuple[Design, Session]) -> None:
    design, _ = built
    assert [each.role for each in _query(design, "tasks").parameters] == ["owner"]
    alone = _query(design, "tasks", "default, by policy alone")
    assert (alone.alone, alone.isolated, alone.parameters) == (True, True, ())


def test_job_over_all_owners_runs_outside_of_the_policy(built: tuple[Design, Session]) -> None:
    assert not _query(built[0], "overdue").isolated


def test_version_guards_an_update() -> None:
    spec = board(AccessPattern(id="w", kind="write", entity="Task", by=("id",), writes="update", sets=("title",)))
    task = spec.entity("Task").model_copy(update={"versioned": True})
    spec = spec.model_copy(update={"entities": tuple(task if each.name == "Task" else each for each in spec.entities)})
    assert "version = $" in _query(designed(spec), "w", "update").sql


def test_soft_deletion_marks_and_hides() -> None:
    patterns = (
        AccessPattern(id="drop", kind="write", entity="Task", by=("id",), scope="owner", writes="delete"),
        listing("list", "Task"),
    )
    design = designed(board(*patterns, soft_delete=True))
    assert _query(design, "drop", "delete").sql.startswith("UPDATE tasks\nSET deleted_at = now()")
    assert "deleted_at IS NULL" in _query(design, "list").sql


def test_value_of_a_unique_name_is_looked_up_once() -> None:
    design = designed(blog(*BLOG))
    if not design.schema.table("users").uniques:
        pytest.skip("no uniqueness is designed yet")
    sql = _query(design, "articles", "author.username").sql
    assert "articles.author_id = (SELECT users.id FROM users WHERE users.username = $1)" in sql


def test_table_passed_through_is_not_joined() -> None:
    sql = _query(designed(blog(*BLOG)), "feed").sql
    assert "user_follows.follow_id = articles.author_id" in sql
    assert "users" not in sql.replace("user_follows", "")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 2), st.none() | st.integers(0, 3), st.sampled_from(("low", "medium", "high"))),
        max_size=12,
    ),
    order=st.sampled_from(("default", "by due_at", "by due_at descending", "by priority", "by title")),
    size=st.integers(1, 4),
)
def test_pages_after_a_cursor_give_every_row_once_in_order(
    built: tuple[Design, Session], rows: list[tuple[int, int | None, str]], order: str, size: int
) -> None:
    design, session = built
    with session.rolled_back():
        session.execute("INSERT INTO users (email, username) VALUES ('a@example.org', 'a')")
        owner = session.value("SELECT max(id) FROM users")
        for created, due, priority in rows:
            session.execute(
                "INSERT INTO tasks (user_id, title, status, priority, is_starred, created_at, due_at)"
                " VALUES (%s, %s, 'done', %s, false, timestamptz '2020-01-01' + %s * interval '1 day',"
                " timestamptz '2020-01-01' + %s * interval '1 day')",
                (owner, f"t{created}", priority, created, due),
            )
        whole = _query(design, "tasks", order)
        everything = bound(whole, {"user_id": owner}).replace(f"LIMIT {whole.limit}", "")
        expected = [row["id"] for row in session.rows(everything)]
        assert sorted(expected) == sorted(id_ for (id_,) in session.execute("SELECT id FROM tasks"))
        assert list(_walk(design, session, order, owner, size)) == expected


def _walk(design: Design, session: Session, order: str, owner: int, size: int) -> Iterator[int]:
    """Follow the pages to the end; where rows without a value come first, these are a walk of their own."""
    first = _query(design, "tasks", order)
    following = _query(design, "tasks", f"{order}, next page")
    labels = _labels(design, "tasks")
    without_label = f"{order}, next page of those without"
    without = _query(design, "tasks", without_label) if without_label in labels else None
    column = first.sql.partition("ORDER BY tasks.")[2].split()[0].rstrip(",")
    page = _page(session, first, {"user_id": owner}, size)
    while page:
        yield from (row["id"] for row in page)
        values = {"user_id": owner, **{f"last_{name}": value for name, value in page[-1].items()}}
        if page[-1][column] is not None:
            page = _page(session, following, values, size)
            if not page and without is not None and "DESC" not in first.sql.partition("ORDER BY")[2]:
                page = _page(session, without, {**values, "last_id": 0}, size)
            continue
        page = _page(session, without, values, size) if without is not None else []
        if not page and "DESC" in first.sql.partition("ORDER BY")[2]:
            start = {"last_due_at": "infinity", "last_id": 0, "user_id": owner}
            page = _page(session, following, start, size)


def _page(session: Session, query: PatternQuery, values: Mapping[str, Any], size: int) -> list[dict[str, Any]]:
    texts = {name: None if value is None else str(value) for name, value in values.items()}
    return session.rows(bound(query, texts).replace(f"LIMIT {query.limit}", f"LIMIT {size}"))


_NAMES = (
    "status",
    "priority",
    "is_starred",
    "title",
    "description",
    "due_at",
    "meta",
    "parent",
    "assignee",
    "assignee.username",
    "tags",
    "tags.name",
    "children",
    "children.title",
    "comments.created_at",
    "parent.assignee.email",
    "user",
    "owner",
    "id",
    "lower(title)",
    "unknown",
)
_SORTS = ("created_at", "due_at", "title", "priority", "is_starred", "assignee.username", "parent.parent.title", "id")
_STYLES = st.sampled_from(("none", "offset", "page", "cursor"))
_SCOPES = st.sampled_from(("owner", "all"))
_FILTERS = st.lists(st.sampled_from(_NAMES), max_size=4, unique=True).map(tuple)
_ORDERS = st.lists(
    st.sampled_from(_SORTS).flatmap(lambda name: st.sampled_from((name, f"-{name}"))), max_size=3, unique=True
)
_WHERE = st.sampled_from(
    (None, "status <> 'done' and due_at < now()", "is_starred or status = 'done'", "due_at is not null")
)
_COMMON = {"scope": _SCOPES, "style": _STYLES, "sort": _ORDERS, "per_second": st.sampled_from((None, 50.0))}
_PATTERNS = st.one_of(
    st.builds(
        listing,
        st.uuids().map(str),
        st.just("Task"),
        equality=_FILTERS,
        range=st.lists(st.sampled_from(("due_at", "created_at", "comments.created_at")), max_size=2).map(tuple),
        **_COMMON,
    ),
    st.builds(
        listing,
        st.uuids().map(str),
        st.just("Task"),
        kind=st.just("search"),
        search=st.lists(st.sampled_from(("title", "assignee.username")), min_size=1, max_size=2, unique=True).map(
            tuple
        ),
        search_mode=st.sampled_from(("substring", "prefix", "word")),
        **_COMMON,
    ),
    st.builds(listing, st.uuids().map(str), st.just("Task"), kind=st.just("job"), where=_WHERE, **_COMMON),
    st.builds(
        listing,
        st.uuids().map(str),
        st.just("Task"),
        kind=st.sampled_from(("aggregate", "report")),
        style=st.just("none"),
        scope=_SCOPES,
        where=_WHERE,
        equality=_FILTERS,
        group_by=st.lists(st.sampled_from(("status", "tags.name")), max_size=2, unique=True).map(tuple),
        measures=st.lists(st.sampled_from(("count(*)", "max(due_at)", "count(comments.id)")), max_size=2).map(tuple),
        joins=st.lists(st.sampled_from(("tags", "comments", "assignee", "parent.assignee")), max_size=2).map(tuple),
        per_second=st.sampled_from((None, 50.0)),
    ),
    st.builds(
        AccessPattern,
        id=st.uuids().map(str),
        kind=st.just("get"),
        entity=st.just("Task"),
        by=st.lists(st.sampled_from(_NAMES), max_size=2, unique=True).map(lambda names: ("id", *names)),
        scope=_SCOPES,
    ),
    st.builds(
        AccessPattern,
        id=st.uuids().map(str),
        kind=st.just("write"),
        entity=st.just("Task"),
        by=st.lists(st.sampled_from(_NAMES), min_size=1, max_size=2, unique=True).map(tuple),
        writes=st.sampled_from(("update", "delete")),
        scope=_SCOPES,
    ),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    patterns=st.lists(_PATTERNS, min_size=1, max_size=4),
    soft_delete=st.booleans(),
    mode=st.sampled_from(("rls", "scoped")),
)
def test_any_patterns_are_planned_and_no_index_repeats_another(
    server: Server, patterns: list[AccessPattern], soft_delete: bool, mode: str
) -> None:
    design = designed(board(*patterns, soft_delete=soft_delete, mode=mode))
    with server.scratch_database() as session:
        session.script(script(design.schema, role=design.application_role))
        for pattern in design.spec.access_patterns:
            for query in queries(design, pattern):
                explain(session, query.sql, generic=True)
    for table in design.schema.owned_tables:
        ordered = [each for each in table.indexes if each.method == "btree"]
        for index in ordered:
            longer = [each for each in ordered if each is not index and each.keys[: len(index.keys)] == index.keys]
            assert not [each.name for each in longer if each.predicate == index.predicate], index.name
