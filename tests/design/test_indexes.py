"""Which indexes a design gets for which access patterns."""

from __future__ import annotations

import pytest
from sample_specs import blog, board, designed, indexes, listing, text

from colonnade.spec import AccessPattern, Spec, Volume


def _tasks(*patterns: AccessPattern, mode: str = "scoped", **more: object) -> set[str]:
    return indexes(designed(board(*patterns, mode=mode, **more)), "tasks")  # type: ignore[arg-type] # test data


FOREIGN_KEYS_OF_TASKS = {"(assignee_id)", "(parent_id)"}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        pytest.param(
            listing("list", "Task", sort=("-created_at",)),
            {"(user_id, created_at desc, id desc)"},
            id="owner, order, key",
        ),
        pytest.param(
            listing("list", "Task", style="none", sort=("due_at",)),
            {"(user_id, due_at)"},
            id="no key where nothing is paged",
        ),
        pytest.param(
            listing("list", "Task", style="none", sort=("due_at", "title")),
            {"(user_id, due_at)"},
            id="no other order where all rows are fetched anyway",
        ),
        pytest.param(
            listing("list", "Task", style="none", scope="all", sort=("due_at",)),
            {"(user_id)"},
            id="no order of a whole table",
        ),
        pytest.param(
            listing("list", "Task"),
            {"(user_id, created_at desc, id desc)"},
            id="newest first where no order is said",
        ),
        pytest.param(
            listing("list", "Task", equality=("status",)),
            {"(user_id, created_at desc, id desc)", "(user_id, status, created_at desc, id desc)"},
            id="owner, filter, order, key",
        ),
        pytest.param(
            listing("list", "Task", equality=("status",), required_equality=("status",)),
            {"(user_id, status, created_at desc, id desc)"},
            id="a required filter needs no index without it",
        ),
        pytest.param(
            listing("list", "Task", equality=("priority",), sort=("-created_at", "-priority")),
            {"(user_id, created_at desc, id desc)", "(user_id, priority desc, created_at desc, id desc)"},
            id="one index for the filter and the order of few values",
        ),
        pytest.param(
            listing("list", "Task", equality=("title",), sort=("-created_at", "title")),
            {"(user_id, created_at desc, id desc)", "(user_id, title, created_at desc, id desc)"},
            id="one index for the filter and the order of one name",
        ),
        pytest.param(
            listing("list", "Task", sort=("due_at", "-due_at")),
            {"(user_id, due_at, id)"},
            id="an index is read from both ends",
        ),
        pytest.param(
            listing("list", "Task", range=("due_at",), sort=("due_at",)),
            {"(user_id, due_at, id)"},
            id="a range along the order needs no other index",
        ),
        pytest.param(
            listing("list", "Task", range=("due_at",)),
            {"(user_id, created_at desc, id desc)", "(user_id, due_at)"},
            id="a range across the order has its own",
        ),
        pytest.param(
            listing("job", "Task", kind="job", scope="all", where="status <> 'done' and due_at < now()"),
            {"(due_at, id) where status <> 'done'", "(user_id)"},
            id="what is fixed limits the index, the clock bounds it",
        ),
        pytest.param(
            listing("list", "Task", equality=("meta",), scope="all"),
            {"(created_at desc, id desc)", "gin (meta jsonb_path_ops)", "(user_id)"},
            id="containment in a document",
        ),
        pytest.param(
            AccessPattern(id="get", kind="get", entity="Task", by=("id",), scope="owner"),
            {"(user_id)"},
            id="the primary key serves a get",
        ),
        pytest.param(
            AccessPattern(id="close", kind="write", entity="Task", by=("title",), writes="delete", scope="owner"),
            {"(user_id, title)"},
            id="a change of what is no key",
        ),
        pytest.param(
            listing("list", "Task", sort=("-created_at", "description")),
            {"(user_id, created_at desc, id desc)"},
            id="no B-tree on a text that does not fit",
        ),
        pytest.param(
            listing("total", "Task", kind="aggregate", style="none", group_by=("status",)),
            {"(user_id)"},
            id="a rare total reads the owner's rows",
        ),
        pytest.param(
            listing("total", "Task", kind="aggregate", style="none", group_by=("status",), per_second=20),
            {"(user_id, status)"},
            id="a frequent total reads the index alone",
        ),
    ],
)
def test_pattern_gets_its_index(pattern: AccessPattern, expected: set[str]) -> None:
    assert _tasks(pattern) == expected | FOREIGN_KEYS_OF_TASKS


def test_measured_column_is_carried_by_the_index_of_a_frequent_total() -> None:
    pattern = listing(
        "total", "Task", kind="aggregate", style="none", group_by=("status",), measures=("max(due_at)",), per_second=20
    )
    (index,) = (each for each in designed(board(pattern)).schema.table("tasks").indexes if each.include)
    assert (index.columns, index.include) == (("user_id", "status"), ("due_at",))


def test_filter_by_a_reference_covers_its_foreign_key_by_leading_with_it() -> None:
    found = _tasks(listing("list", "Task", equality=("parent",)))
    assert found == {
        "(user_id, created_at desc, id desc)",
        "(parent_id, user_id, created_at desc, id desc)",
        "(assignee_id)",
    }


def test_shorter_index_goes_when_a_longer_one_starts_with_it() -> None:
    found = _tasks(
        listing("by status", "Task", equality=("status",), required_equality=("status",), style="none", sort=()),
        listing("paged", "Task", equality=("status",), required_equality=("status",)),
    )
    assert "(user_id, status, created_at desc, id desc)" in found
    assert "(user_id, status, created_at desc)" not in found


def test_soft_deletion_limits_indexes_but_not_the_one_that_covers_a_foreign_key() -> None:
    found = _tasks(listing("list", "Task", equality=("status",), sort=("-created_at", "title")), soft_delete=True)
    assert found == FOREIGN_KEYS_OF_TASKS | {
        "(user_id, created_at desc, id desc)",
        "(user_id, title, id) where deleted_at IS NULL",
        "(user_id, status, created_at desc, id desc) where deleted_at IS NULL",
    }


def test_limited_index_serves_no_pattern_that_asks_for_more() -> None:
    found = _tasks(
        listing("job", "Task", kind="job", scope="all", where="status <> 'done' and due_at < now()"),
        listing("all", "Task", scope="all", sort=("due_at",)),
    )
    assert {"(due_at, id) where status <> 'done'", "(due_at, id)"} <= found


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("substring", "gin (title gin_trgm_ops, description gin_trgm_ops)"),
        (
            "word",
            "gin (to_tsvector('simple'::regconfig, coalesce(title, '') || ' ' || coalesce(description, '')))",
        ),
        ("prefix", "(user_id, lower(title) text_pattern_ops)"),
    ],
)
def test_search_has_the_index_of_its_mode(mode: str, expected: str) -> None:
    pattern = listing("search", "Task", kind="search", search=("title", "description"), search_mode=mode)
    assert expected in _tasks(pattern, tasks=None)


def test_trigram_search_brings_its_extension() -> None:
    pattern = listing("search", "Task", kind="search", search=("title",))
    design = designed(board(pattern, mode="scoped", tasks=None))
    assert "pg_trgm" in {each.name for each in design.schema.extensions}


@pytest.mark.parametrize(
    ("mode", "tasks"),
    [
        pytest.param("rls", None, id="a policy keeps search operators from an index"),
        pytest.param("scoped", Volume(rows=50_000), id="few rows an owner are read as fast"),
    ],
)
def test_search_has_no_index_that_could_not_pay(mode: str, tasks: Volume | None) -> None:
    pattern = listing("search", "Task", kind="search", search=("title",))
    design = designed(board(pattern, mode=mode, tasks=tasks))
    assert {each.method for each in design.schema.table("tasks").indexes} == {"btree"}
    assert any(each.choice.startswith("no search index") for each in design.decisions if "search" in each.patterns)


def test_document_filter_under_a_policy_has_no_index() -> None:
    design = designed(board(listing("list", "Task", equality=("meta",))))
    assert not [each for each in design.schema.table("tasks").indexes if each.method == "gin"]
    assert any(each.choice == "no index on meta" for each in design.decisions)


def test_few_rows_have_no_index_but_for_their_foreign_keys() -> None:
    assert _tasks(listing("list", "Task", equality=("status",)), tasks=Volume(rows=100)) == FOREIGN_KEYS_OF_TASKS | {
        "(user_id)"
    }


def test_association_is_indexed_both_ways() -> None:
    design = designed(board(listing("list", "Task", equality=("tags",))))
    assert design.schema.table("task_tags").primary_key.columns == ("task_id", "tag_id")  # type: ignore[union-attr] # it has one
    assert indexes(design, "task_tags") == {"(tag_id, task_id)"}


def test_list_read_whole_takes_any_index_that_finds_its_rows() -> None:
    design = designed(board(listing("tags", "Tag", style="none", sort=("-id",))))
    assert indexes(design, "tags") == set()


def test_public_blog_has_the_indexes_that_an_engineer_would_make() -> None:
    design = designed(
        blog(
            listing("list", "Article", equality=("tags.name", "author.username"), style="offset", scope="all"),
            listing("feed", "Article", required_equality=("author.followers",), style="offset", scope="all"),
            listing("comments", "Comment", equality=("article.slug",), style="none", scope="parent"),
            AccessPattern(id="article", kind="get", entity="Article", by=("slug",)),
        )
    )
    assert indexes(design, "articles") == {"(created_at desc, id desc)", "(author_id, created_at desc, id desc)"}
    assert indexes(design, "comments") == {"(article_id, created_at desc)", "(author_id)"}
    assert indexes(design, "article_tags") == {"(tag_id, article_id)"}


def test_every_foreign_key_is_covered_by_leading_columns_of_a_whole_index() -> None:
    for spec in (board(soft_delete=True), blog()):
        for table in designed(spec).schema.owned_tables:
            starts = [index.columns for index in table.indexes if index.predicate is None and index.method == "btree"]
            starts += [unique.columns for unique in table.uniques]
            starts += [table.primary_key.columns] if table.primary_key else []
            for key in table.foreign_keys:
                assert any(set(start[: len(key.columns)]) == set(key.columns) for start in starts), key.name


def test_no_index_is_only_booleans() -> None:
    pattern = listing("starred", "Task", kind="aggregate", style="none", scope="all", required_equality=("is_starred",))
    design = designed(board(pattern))
    assert "(is_starred)" not in indexes(design, "tasks")
    assert any(
        each.question == "index on is_starred of tasks" and each.choice == "no index" for each in design.decisions
    )


def test_filters_beyond_a_dozen_indexes_are_left_out_least_frequent_first() -> None:
    names = tuple(f"field_{number}" for number in range(20))
    spec = _with_texts(board(mode="scoped"), names)
    patterns = tuple(
        listing(name, "Task", equality=(name,), required_equality=(name,), per_second=float(number))
        for number, name in enumerate(names)
    )
    design = designed(spec.model_copy(update={"access_patterns": patterns}))
    held = {column for index in design.schema.table("tasks").indexes for column in index.columns}
    assert {name for name in names if name in held} == set(names[8:])
    left_out = [each for each in design.decisions if each.question.startswith("index for ")]
    assert {each.patterns[0] for each in left_out} == set(names[:8])


def _with_texts(spec: Spec, names: tuple[str, ...]) -> Spec:
    entities = tuple(
        entity.model_copy(update={"attributes": (*entity.attributes, *(text(name) for name in names))})
        if entity.name == "Task"
        else entity
        for entity in spec.entities
    )
    return spec.model_copy(update={"entities": entities})


def test_time_of_a_huge_log_is_indexed_by_blocks() -> None:
    total = listing("total", "Task", kind="aggregate", style="none", scope="all", range=("created_at",))
    log = board(total, tasks=Volume(rows=200_000_000), append_only=True)
    assert "brin (created_at)" in indexes(designed(log), "tasks")


def test_each_index_says_which_patterns_it_serves() -> None:
    design = designed(board(listing("list", "Task", equality=("status",), range=("due_at",))))
    for table in design.schema.owned_tables:
        for index in table.indexes:
            named = [each for each in design.decisions if any(name.name == index.name for name in each.shaped)]
            assert named, index.name
    serving = {each.shaped[0].name: each.patterns for each in design.decisions if each.patterns}
    assert serving["ix_tasks_user_id_status_created_at"] == ("list",)


def test_computed_filter_leaves_a_decision_and_no_index() -> None:
    design = designed(board(listing("list", "Task", equality=("is_overdue",))))
    assert any(each.question == "index for is_overdue of list" for each in design.decisions)


def test_index_decisions_do_not_change_from_run_to_run() -> None:
    spec = board(listing("list", "Task", equality=("status", "tags", "parent"), range=("due_at",), sort=("title",)))
    assert designed(spec) == designed(spec)
