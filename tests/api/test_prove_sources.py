"""Scripts, models and databases of anybody are proved; what was not tried is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from existing_schemas import HEROES, SHOP_SCRIPT, TICKETS, evidence, left_behind, refuted, verdict, written

from colonnade import api
from colonnade.api import sources
from colonnade.errors import UnsupportedError
from colonnade.postgres import Server, Session, introspect
from colonnade.schema import Schema


@pytest.fixture
def shop(tmp_path: Path) -> str:
    return written(tmp_path, "shop.sql", SHOP_SCRIPT)


@pytest.fixture
def clean(server: Server) -> Iterator[Server]:
    """Give a server on which nothing may be left behind."""
    before = left_behind(server)
    yield server
    assert left_behind(server) == before


def test_script_is_proved_as_it_stands(shop: str) -> None:
    result = api.prove(shop)
    runs = evidence(result, "builds/shop.sql/runs")
    assert runs.verdict == "proved"
    assert "users were left out" in runs.observed
    assert verdict(result, "invariant/products/products_price_check/rejects") == "proved"
    assert verdict(result, "invariant/users/users_email_key/rejects") == "proved"
    assert verdict(result, "isolation/orders/select/other") == "proved"
    assert verdict(result, "isolation/orders/select/none") == "proved"
    assert refuted(result) == {
        "isolation/coverage",  # the view looks past the policies
        "isolation/orders/force",
        "isolation/orders/once",
        "index/orders/orders_product_id_fkey/check",
    }


def test_no_index_is_refuted_for_want_of_patterns(shop: str) -> None:
    result = api.prove(shop)
    note = evidence(result, "index/orders/orders_note")
    assert note.verdict == "not_run"
    assert "--patterns" in note.observed
    assert verdict(result, "index/orders/orders_user_id_idx") == "proved"


def test_script_runs_on_a_given_server_and_leaves_nothing(shop: str, clean: Server) -> None:
    result = api.prove(shop, postgres_url=clean.dsn.url)
    assert verdict(result, "isolation/orders/insert/other") == "proved"
    assert verdict(result, "index/orders/orders_user_id_idx") == "not_run"


def test_what_a_schema_cannot_say_is_listed_not_dropped(tmp_path: Path, clean: Server) -> None:
    script = "CREATE TABLE a (id int PRIMARY KEY); CREATE AGGREGATE most(int) (SFUNC = int4larger, STYPE = int);"
    result = api.prove(written(tmp_path, "a.sql", script), postgres_url=clean.dsn.url)
    aggregate = evidence(result, "builds/a.sql/unmodelled/aggregate public.most(integer)")
    assert aggregate.verdict == "not_run"
    assert verdict(result, "invariant/a/a_pkey/rejects") == "proved"


@pytest.mark.parametrize(
    ("condition", "obstacle"),
    [
        ("owner_id = owner_of(1)", "read no setting"),
        ("name = current_setting('app.name', true)", "no column that refers to a table"),
    ],
)
def test_policies_that_are_not_understood_are_said_to_be(
    condition: str, obstacle: str, tmp_path: Path, clean: Server
) -> None:
    script = f"""
        CREATE TABLE owners (id int PRIMARY KEY);
        CREATE FUNCTION owner_of(n int) RETURNS int LANGUAGE sql STABLE AS 'SELECT n';
        CREATE TABLE things (id int PRIMARY KEY, name text, owner_id int REFERENCES owners);
        ALTER TABLE things ENABLE ROW LEVEL SECURITY;
        CREATE POLICY p ON things USING ({condition});
    """
    result = api.prove(written(tmp_path, "a.sql", script), postgres_url=clean.dsn.url)
    policies = evidence(result, "isolation/policies")
    assert policies.verdict == "not_run"
    assert obstacle in policies.observed


def test_policies_for_everybody_are_tried_through_a_plain_role(tmp_path: Path, clean: Server) -> None:
    script = """
        CREATE TABLE owners (id int PRIMARY KEY);
        CREATE FUNCTION me() RETURNS int LANGUAGE sql STABLE
            AS $$ SELECT nullif(current_setting('app.owner', true), '')::int $$;
        CREATE TABLE things (id serial PRIMARY KEY, owner_id int NOT NULL REFERENCES owners);
        ALTER TABLE things ENABLE ROW LEVEL SECURITY;
        ALTER TABLE things FORCE ROW LEVEL SECURITY;
        CREATE POLICY p ON things USING (owner_id = (SELECT me()));
    """
    result = api.prove(written(tmp_path, "a.sql", script), postgres_url=clean.dsn.url)
    for aspect in ("select/own", "select/other", "insert/own", "insert/other", "delete/other", "force"):
        assert verdict(result, f"isolation/things/{aspect}") == "proved", aspect
    assert verdict(result, "isolation/role/colonnade_trial_app") == "not_run"


def test_types_of_every_kind_are_planned(tmp_path: Path) -> None:
    script = """
        CREATE SCHEMA inv;
        CREATE DOMAIN positive AS int CHECK (VALUE > 0);
        CREATE TYPE inv."Mood" AS ENUM ('sad', 'happy');
        CREATE TABLE inv.people (
            id positive PRIMARY KEY, mood inv."Mood" NOT NULL, moods inv."Mood"[], code char(3) NOT NULL,
            rate numeric(3,2) NOT NULL, wake time, span interval, net cidr, bits bit(4), cash money, spot point,
            days daterange, words tsvector
        );
        CREATE TABLE inv.log (person positive REFERENCES inv.people, mood inv."Mood");
    """
    result = api.prove(written(tmp_path, "zoo.sql", script))
    assert refuted(result) == {"index/log/log_person_fkey/check"}


def test_single_file_of_models_is_proved(tmp_path: Path) -> None:
    result = api.prove(written(tmp_path, "heroes.py", HEROES))
    assert verdict(result, "builds/models/create_all") == "proved"
    assert verdict(result, "maps/hero/team/loads") == "proved"
    assert verdict(result, "maps/hero/insert") == "proved"
    assert verdict(result, "index/hero/hero_team_id_fkey/check") == "refuted"


def test_plain_sqlalchemy_in_another_namespace_is_proved(tmp_path: Path, clean: Server) -> None:
    result = api.prove(written(tmp_path, "tickets.py", TICKETS), postgres_url=clean.dsn.url)
    assert verdict(result, "maps/app.ticket/insert") == "proved"
    assert verdict(result, "invariant/app.ticket/status/rejects-unlisted") == "proved"


def test_package_of_models_is_proved(tmp_path: Path, clean: Server) -> None:
    written(tmp_path, "pack/__init__.py", "from .heroes import Hero, Team")
    written(tmp_path, "pack/heroes.py", HEROES)
    result = api.prove(str(tmp_path / "pack"), postgres_url=clean.dsn.url)
    assert verdict(result, "maps/team/heroes/loads") == "proved"


def test_tables_of_other_products_are_stood_in_for(tmp_path: Path, clean: Server) -> None:
    text = HEROES.replace("class Team(SQLModel, table=True):", "class Team(SQLModel, table=True):\n"
                          '    __table_args__ = {"info": {"external": True}}')  # fmt: skip
    result = api.prove(written(tmp_path, "heroes.py", text), postgres_url=clean.dsn.url)
    assert verdict(result, "maps/hero/team/loads") == "proved"
    assert not any(each.claim.id.startswith("invariant/team/") for each in result.proof.evidence)


@pytest.fixture
def shop_database(server: Server) -> Iterator[Session]:
    """Give a database with the shop in it, and rows."""
    with server.temporary_roles(), server.scratch_database(prefix="somebodys") as session:
        session.script(SHOP_SCRIPT, atomic=False)
        session.execute("RESET search_path")
        yield session


def test_database_is_read_and_a_copy_is_proved(shop_database: Session) -> None:
    before = shop_database.execute("SELECT * FROM users")
    result = api.prove(shop_database.url)
    assert shop_database.execute("SELECT * FROM users") == before
    assert verdict(result, "builds/copy/catalog") == "proved"
    assert verdict(result, "invariant/products/products_name_check/rejects") == "proved"
    assert verdict(result, "isolation/orders/update/other") == "proved"
    assert verdict(result, "isolation/role/shop_app") == "proved"


def test_role_is_judged_as_it_is_in_the_database_not_in_the_copy(shop_database: Session) -> None:
    shop_database.execute("ALTER ROLE shop_app BYPASSRLS")
    result = api.prove(shop_database.url)
    role = evidence(result, "isolation/role/shop_app")
    assert role.verdict == "refuted"
    assert "NOBYPASSRLS" in role.observed


def test_database_is_read_in_a_transaction_that_cannot_write(
    shop_database: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_only: list[str] = []

    def noting(session: Session, **options: Any) -> Schema:
        read_only.append(session.value("SHOW transaction_read_only"))
        return introspect(session, **options)

    monkeypatch.setattr(sources, "introspect", noting)
    api.prove(shop_database.url)
    assert read_only == ["on"]


def test_database_that_no_copy_can_be_made_of_is_named(shop_database: Session) -> None:
    shop_database.execute('CREATE COLLATION ours FROM "C"')
    shop_database.execute("ALTER TABLE products ADD COLUMN code text COLLATE ours")
    with pytest.raises(UnsupportedError, match="no copy of the database") as caught:
        api.prove(shop_database.url)
    assert "ours" in str(caught.value)
    assert caught.value.hint
