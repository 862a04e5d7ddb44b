"""Every field has a place, every column a source, every limit room; what does not is found out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from colonnade.design import Design
from colonnade.design.designer import design
from colonnade.emit.ddl import statements, stubs
from colonnade.postgres import Server, Session
from colonnade.prove import Evidence
from colonnade.prove.contract import prove_contract
from colonnade.schema import Check, Column, Table
from colonnade.spec import (
    Attribute,
    Entity,
    Identity,
    Isolation,
    Operation,
    OperationField,
    Relationship,
    Spec,
    ValueType,
)

TEXT = ValueType(base="text", min_length=1, max_length=200)
CODE = ValueType(base="text", pattern="^[A-Z]{3}$", min_length=3, max_length=3)
STATE = ValueType(base="enum", values=("open", "closed"))
RATING = ValueType.model_validate({"base": "integer", "minimum": 1, "maximum": 5})


def field(direction: str, name: str, place: str = "", **more: object) -> OperationField:
    """Return a field of an operation on articles."""
    return OperationField.model_validate(
        {"direction": direction, "name": name, "entity": "Article", "place": place or name, **more}
    )


CREATE = Operation(
    id="createArticle",
    method="post",
    path="/articles",
    entity="Article",
    effect="create",
    secured=True,
    fields=(
        field("request", "title", required=True),
        field("request", "code", required=True),
        field("request", "state"),
        field("request", "rating"),
        field("response", "id"),
        field("response", "author_id", "author"),
    ),
)
LIST = Operation(
    id="listArticles",
    method="get",
    path="/articles",
    entity="Article",
    effect="list",
    fields=(
        field("filter", "author", "author.name"),
        field("filter", "tag", "tags.name"),
        field("sort", "sort", "title"),
        OperationField(name="limit", direction="filter", entity="Article", reason="how many rows at once"),
        field("response", "tags"),
    ),
)
PRESS = Spec(
    name="press",
    identity=Identity(provider="local", entity="User"),
    isolation=Isolation(by="none"),
    entities=(
        Entity(name="User", attributes=(Attribute(name="name", type=TEXT, required=True),)),
        Entity(name="Tag", attributes=(Attribute(name="name", type=TEXT, required=True),)),
        Entity(
            name="Article",
            attributes=(
                Attribute(name="title", type=TEXT, required=True),
                Attribute(name="code", type=CODE, required=True),
                Attribute(name="state", type=STATE, required=True, default="open"),
                Attribute(name="rating", type=RATING),
            ),
        ),
        Entity(name="ArticleTag"),
    ),
    relationships=(
        Relationship(name="author", source="Article", target="User", kind="N-1", required=True),
        Relationship(name="tags", source="Article", target="Tag", kind="N-M", via="ArticleTag", inverse="articles"),
    ),
    operations=(CREATE, LIST),
)


@pytest.fixture
def press(server: Server) -> Iterator[tuple[Design, Session]]:
    """Give the press's design, built."""
    designed = design(PRESS)
    with server.scratch_database() as session:
        build(session, designed)
        yield designed, session


def build(session: Session, designed: Design) -> None:
    """Create the schema of a design."""
    for statement in (*stubs(designed.schema), *statements(designed.schema)):
        session.execute(statement)


def with_article(designed: Design, table: Table) -> Design:
    """Return the design with another table of articles."""
    return replace(designed, schema=designed.schema.with_tables([table]))


def with_operation(designed: Design, operation: Operation) -> Design:
    """Return the design with one operation only."""
    return replace(designed, spec=designed.spec.model_copy(update={"operations": (operation,)}))


def by_id(evidence: tuple[Evidence, ...]) -> dict[str, Evidence]:
    """Return the evidence by its claim, without the kind."""
    return {each.claim.id.removeprefix("contract/"): each for each in evidence}


def test_contract_that_agrees_is_proved(press: tuple[Design, Session]) -> None:
    designed, session = press
    found = by_id(prove_contract(session, designed))
    assert set(found) == {
        "createArticle/fields",
        "createArticle/sources",
        "createArticle/limits",
        "listArticles/fields",
    }
    assert {each.verdict for each in found.values()} == {"proved"}
    assert any(line.startswith("filter author: users.name") for line in found["listArticles/fields"].details)
    assert "filter limit: how many rows at once" in found["listArticles/fields"].details
    assert any(line.startswith("filter tag: tags.name") for line in found["listArticles/fields"].details)
    assert "articles.author_id: the caller" in found["createArticle/sources"].details
    assert "rating: articles.rating takes the greatest number, 5" in found["createArticle/limits"].details
    assert "state: articles.state takes each of 2 values" in found["createArticle/limits"].details


def test_column_that_is_gone_is_named_with_its_field(press: tuple[Design, Session]) -> None:
    designed, session = press
    articles = designed.schema.table("articles")
    columns = tuple(column for column in articles.columns if column.name != "title")
    found = by_id(prove_contract(session, with_article(designed, replace(articles, columns=columns))))
    assert found["listArticles/fields"].verdict == "refuted"
    assert "sort sort: Article.title is no column" in found["listArticles/fields"].observed
    assert found["createArticle/fields"].verdict == "refuted"


def test_field_without_place_and_reason_is_named(press: tuple[Design, Session]) -> None:
    designed, session = press
    lost = LIST.model_copy(
        update={"fields": (OperationField(name="colour", direction="filter", entity="Article"),)},
    )
    found = by_id(prove_contract(session, with_operation(designed, lost)))
    assert found["listArticles/fields"].verdict == "refuted"
    assert found["listArticles/fields"].observed.startswith("filter colour: neither a column nor a reason.")


def test_column_that_nothing_fills_is_named(press: tuple[Design, Session]) -> None:
    designed, session = press
    articles = designed.schema.table("articles")
    extra = Column(name="licence", type="text", not_null=True)
    grown = replace(articles, columns=(*articles.columns, extra))
    found = by_id(prove_contract(session, with_article(designed, grown)))
    assert found["createArticle/sources"].verdict == "refuted"
    assert "articles.licence" in found["createArticle/sources"].observed
    with_default = replace(articles, columns=(*articles.columns, replace(extra, default="'none'")))
    found = by_id(prove_contract(session, with_article(designed, with_default)))
    assert found["createArticle/sources"].verdict == "proved"


def test_nobody_is_the_caller_of_an_open_operation(press: tuple[Design, Session]) -> None:
    designed, session = press
    fields = tuple(each for each in CREATE.fields if each.direction == "request")
    opened = CREATE.model_copy(update={"secured": False, "fields": fields})
    found = by_id(prove_contract(session, with_operation(designed, opened)))
    assert found["createArticle/sources"].verdict == "refuted"
    assert "articles.author_id" in found["createArticle/sources"].observed


def test_field_that_a_call_may_leave_out_is_said_to_be_optional(press: tuple[Design, Session]) -> None:
    designed, session = press
    fields = tuple(
        each.model_copy(update={"required": False}) if each.name == "title" else each for each in CREATE.fields
    )
    found = by_id(prove_contract(session, with_operation(designed, CREATE.model_copy(update={"fields": fields}))))
    assert "optional in the contract, though a row without is refused: title" in found["createArticle/sources"].observed


NARROWER = [
    (
        "ck_articles_title_length",
        "char_length(title) BETWEEN 1 AND 150",
        "title",
        "the longest text, of 200 characters",
    ),
    ("ck_articles_title_length", "char_length(title) BETWEEN 2 AND 200", "title", "the shortest text, of 1 characters"),
    ("ck_articles_rating_range", "rating BETWEEN 1 AND 4", "rating", "the greatest number, 5"),
    ("ck_articles_state_values", "state IN ('open')", "state", "each of 2 values"),
]


@pytest.mark.parametrize(("name", "expression", "column", "limit"), NARROWER, ids=[each[1] for each in NARROWER])
def test_column_narrower_than_the_request_is_named(
    press: tuple[Design, Session], name: str, expression: str, column: str, limit: str
) -> None:
    designed, session = press
    articles = designed.schema.table("articles")
    assert any(check.name == name for check in articles.checks)
    checks = tuple(
        Check(name=name, expression=expression) if check.name == name else check for check in articles.checks
    )
    found = by_id(prove_contract(session, with_article(designed, replace(articles, checks=checks))))
    assert found["createArticle/limits"].verdict == "refuted"
    assert f"{column}: articles.{column} does not take {limit} ({name})" in found["createArticle/limits"].observed


def test_type_shorter_than_the_request_is_named(press: tuple[Design, Session]) -> None:
    designed, session = press
    articles = designed.schema.table("articles")
    columns = tuple(
        replace(column, type="character varying(100)") if column.name == "title" else column
        for column in articles.columns
    )
    found = by_id(prove_contract(session, with_article(designed, replace(articles, columns=columns))))
    assert found["createArticle/limits"].verdict == "refuted"
    assert "title: articles.title does not take the longest text" in found["createArticle/limits"].observed


def test_contract_without_operations_claims_nothing(press: tuple[Design, Session]) -> None:
    designed, session = press
    silent = replace(designed, spec=designed.spec.model_copy(update={"operations": ()}))
    assert prove_contract(session, silent) == ()
