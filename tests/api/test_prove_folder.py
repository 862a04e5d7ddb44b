"""A folder made by design is proved again; what somebody edited in it is refuted with what changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from existing_schemas import evidence, refuted, verdict, written

from colonnade import api
from colonnade.errors import InputError
from colonnade.postgres import Server

SPEC = """\
colonnade: 1
name: shop
identity: {user: local, entity: User}
isolation: {by: user, mode: rls}
entities:
  User:
    fields:
      email: email!
    unique: [lower(email)]
  Product:
    owner: user
    fields:
      name: text(1..80)!
      price: decimal(10,2)!
access:
  - {list: Product, sort: [name], page: cursor(20)}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder as design has made it; nobody edits it."""
    folder = tmp_path_factory.mktemp("design")
    api.design([Path(written(folder, "shop.spec.yaml", SPEC))], out=folder / "out", prove=False)
    return folder / "out"


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """Give a copy to edit."""
    return Path(shutil.copytree(made, tmp_path / "out"))


def edit(path: Path, before: str, after: str) -> None:
    """Change a file."""
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_folder_as_it_was_made_is_proved(folder: Path) -> None:
    result = api.prove(str(folder))
    assert refuted(result) == set()
    assert result.proof.count("not_run") == 0


def test_spec_that_it_was_made_from_may_be_given_again(folder: Path, server: Server, tmp_path: Path) -> None:
    spec = Path(written(tmp_path, "shop.spec.yaml", SPEC))
    result = api.prove(str(folder), patterns=[spec], postgres_url=server.dsn.url)
    assert refuted(result) == set()
    assert verdict(result, "contract/spec/Product/price") == "proved"


def test_column_added_to_the_script_is_refuted_by_name(folder: Path, server: Server) -> None:
    with (folder / "schema.sql").open("a", encoding="utf-8") as script:
        script.write("ALTER TABLE products ADD COLUMN weight integer;\n")
    result = api.prove(str(folder), postgres_url=server.dsn.url)
    catalog = evidence(result, "builds/schema.sql/catalog")
    assert catalog.verdict == "refuted"
    assert catalog.details == ("column products.weight: added",)
    assert verdict(result, "invariant/all") == "not_run"


def test_table_added_to_the_script_in_another_namespace_is_refuted(folder: Path, server: Server) -> None:
    with (folder / "schema.sql").open("a", encoding="utf-8") as script:
        script.write("CREATE SCHEMA side; CREATE TABLE side.t (a int);\n")
    catalog = evidence(api.prove(str(folder), postgres_url=server.dsn.url), "builds/schema.sql/catalog")
    assert catalog.details == ("schema side: added", "table side.t: added")


def test_expression_edited_in_the_script_is_refuted_and_the_rest_is_tried(folder: Path, server: Server) -> None:
    edit(folder / "schema.sql", "BETWEEN 1 AND 80", "BETWEEN 1 AND 81")
    result = api.prove(str(folder), postgres_url=server.dsn.url)
    assert "81" in evidence(result, "builds/schema.sql/catalog").details[0]
    assert refuted(result) == {
        "builds/schema.sql/catalog",
        "builds/models/catalog",
        "invariant/products/ck_products_name_length/rejects",
    }


def test_script_that_no_longer_runs_is_refuted_with_its_line(folder: Path, server: Server) -> None:
    with (folder / "schema.sql").open("a", encoding="utf-8") as script:
        script.write("CREATE TABEL t ();\n")
    result = api.prove(str(folder), postgres_url=server.dsn.url)
    runs = evidence(result, "builds/schema.sql/runs")
    assert (runs.verdict, runs.sqlstate) == ("refuted", "42601")
    assert "schema.sql:" in runs.observed


def test_edited_models_are_refuted(folder: Path, server: Server) -> None:
    edit(folder / "models/product.py", "BETWEEN 1 AND 80", "BETWEEN 1 AND 90")
    result = api.prove(str(folder), postgres_url=server.dsn.url)
    assert refuted(result) == {"builds/models/catalog"}
    assert "90" in evidence(result, "builds/models/catalog").details[0]


def test_models_with_other_tables_are_refuted_and_not_tried(folder: Path, server: Server) -> None:
    edit(folder / "models/product.py", 'ondelete="CASCADE"', 'ondelete="RESTRICT"')
    result = api.prove(str(folder), postgres_url=server.dsn.url)
    assert refuted(result) == {"builds/models/catalog"}
    assert verdict(result, "maps/all") == "not_run"
    assert verdict(result, "invariant/products/ck_products_name_length/rejects") == "proved"


def test_models_that_no_longer_import_are_refuted_with_their_place(folder: Path, server: Server) -> None:
    edit(folder / "models/product.py", "class Product(", "class Product(Nobody, ")
    created = evidence(api.prove(str(folder), postgres_url=server.dsn.url), "builds/models/create_all")
    assert created.verdict == "refuted"
    assert "product.py:" in created.observed


@pytest.mark.parametrize("name", ["schema.sql", "models", "design.json"])
def test_missing_part_is_named(name: str, folder: Path, server: Server) -> None:
    part = folder / name
    shutil.rmtree(part) if part.is_dir() else part.unlink()
    if name == "design.json":
        part.write_text("{", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        api.prove(str(folder), postgres_url=server.dsn.url)
    assert name in str(caught.value)
    assert caught.value.hint


def test_statement_that_reaches_beyond_the_database_is_not_run(folder: Path, server: Server) -> None:
    with (folder / "schema.sql").open("a", encoding="utf-8") as script:
        script.write("/* tidy */ DROP\n ROLE IF EXISTS postgres;\n")
    with pytest.raises(InputError, match="DROP ROLE"):
        api.prove(str(folder), postgres_url=server.dsn.url)
