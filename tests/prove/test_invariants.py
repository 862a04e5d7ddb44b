"""Each rule refuses its counter-example and lets its witness pass; a broken database is found out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from building import build, schema_of, table, unique_index
from hypothesis import HealthCheck, given, settings
from sample_schemas import BOARD, CIRCLE, EXTERNAL, HOTEL, TENANTS

from clinic import CLINIC
from colonnade.design import Design
from colonnade.design.designer import design
from colonnade.emit.ddl import statements, stubs
from colonnade.postgres import Server, Session, introspect
from colonnade.prove import Evidence
from colonnade.prove.claim import Claim
from colonnade.prove.experiments import Accepted, Experiment, Question, Way, run
from colonnade.prove.invariants import application_rules, prove_invariants
from colonnade.prove.ruling import Ruling
from colonnade.schema import ObjectName, Schema
from colonnade.spec import Attribute, CardinalityLimit, Entity, Relationship, Spec, ValueType
from colonnade.spec.read import read
from strategies import specs


def verdicts(evidence: Iterable[Evidence], verdict: str) -> list[str]:
    """Return the ids of the claims with a verdict, with what was seen."""
    return [f"{each.claim.id}: {each.observed}" for each in evidence if each.verdict == verdict]


@pytest.mark.parametrize(
    "schema", [BOARD, HOTEL, CIRCLE, TENANTS, EXTERNAL], ids=["board", "hotel", "circle", "tenants", "external"]
)
def test_every_rule_is_proved(database: Session, schema: Schema) -> None:
    build(database, schema)
    evidence = prove_invariants(database, schema)
    assert verdicts(evidence, "refuted") == []
    assert verdicts(evidence, "not_run") == []
    assert len({each.claim.id for each in evidence}) == len(evidence)


@pytest.mark.parametrize("listed", [True, False])
def test_keys_with_room_for_few_rows_are_proved(database: Session, listed: bool) -> None:
    """Also where other rows need some of the rows that there can be."""
    kind = "text" if listed else "boolean"
    flags = table(
        "flags",
        "id key",
        f"a {kind}!",
        f"b {kind}!",
        uniques={"uq_flags": ["a", "b"]},
        checks={f"ck_{name}": f"{name} IN ('x', 'y')" for name in ("a", "b") if listed},
    )
    uses = table(
        "uses",
        "id key",
        "one_id bigint!",
        "other_id bigint!",
        foreign_keys={"one_id -> flags(id)": "CASCADE", "other_id -> flags(id)": "CASCADE"},
    )
    switches = table("switches", "id key", "on boolean!", uniques={"uq_switches": ["on"]})
    schema = schema_of(flags, switches, uses)
    build(database, schema)
    evidence = prove_invariants(database, schema)
    assert verdicts(evidence, "refuted") == []
    assert verdicts(evidence, "not_run") == []


def test_generated_column_may_have_the_name_of_the_function_that_it_calls(database: Session) -> None:
    songs = table("songs", "id key", "title text!", "length integer ~ length(title)", checks={"ck": "length < 9"})
    build(database, schema_of(songs))
    evidence = prove_invariants(database, schema_of(songs))
    assert verdicts(evidence, "refuted") == []
    assert verdicts(evidence, "not_run") == []


def test_case_is_changed_in_letters_that_postgres_folds(database: Session) -> None:
    """The sharp s has two capitals in Python, and none in Postgres."""
    sizes = table("sizes", "id key", "größe text!", indexes=(unique_index("uq_sizes", "lower(größe)"),))
    build(database, schema_of(sizes))
    evidence = prove_invariants(database, schema_of(sizes))
    assert verdicts(evidence, "refuted") == []
    assert "GRößE 4" in {each.claim.id: each.sql for each in evidence}["invariant/sizes/uq_sizes/rejects"]


def test_both_rows_of_a_partial_unique_are_made_as_its_predicate_wants(database: Session) -> None:
    database.script(
        """
        CREATE TABLE owners (id bigint PRIMARY KEY);
        CREATE TABLE tasks (id bigint PRIMARY KEY, owner_id bigint NOT NULL REFERENCES owners, title boolean NOT NULL,
            is_gone boolean NOT NULL DEFAULT false);
        CREATE UNIQUE INDEX uq_tasks ON tasks (title, owner_id) WHERE title IS NOT NULL AND NOT is_gone;
        CREATE TABLE hosts (id bigint PRIMARY KEY, is_gone boolean NOT NULL DEFAULT false,
            owner_id bigint NOT NULL REFERENCES owners, address inet);
        CREATE UNIQUE INDEX uq_hosts_address ON hosts (address) WHERE address IS NOT NULL AND NOT is_gone;
        CREATE UNIQUE INDEX uq_hosts_owner ON hosts (owner_id) WHERE NOT is_gone;
        """
    )
    evidence = prove_invariants(database, introspect(database))
    assert verdicts(evidence, "refuted") == []
    assert verdicts(evidence, "not_run") == []


def test_deletion_is_tried_with_the_row_that_refers_to_it_where_there_is_room_for_two(database: Session) -> None:
    switches = table(
        "switches",
        "id key",
        "on boolean!",
        "parent_id bigint",
        uniques={"uq_switches": ["on"]},
        foreign_keys={"parent_id -> switches(id)": "CASCADE"},
    )
    schema = schema_of(switches)
    build(database, schema)
    evidence = prove_invariants(database, schema)
    assert verdicts(evidence, "refuted") == []
    (deletion,) = (each for each in evidence if each.claim.id.endswith("/on-delete"))
    assert deletion.verdict == "proved"


def test_every_rule_of_a_design_is_proved(clinic: tuple[Design, Session]) -> None:
    designed, session = clinic
    evidence = prove_invariants(session, designed.schema, ruling=Ruling(designed))
    assert verdicts(evidence, "refuted") == []
    assert verdicts(evidence, "not_run") == []
    proved = {each.claim.object.name for each in evidence}
    for owned in designed.schema.owned_tables:
        assert {constraint.name for constraint in owned.constraints} <= proved
        assert {index.name for index in owned.indexes if index.unique} <= proved
        guards = {name for name in (each.name for each in owned.triggers) if name.endswith("_own")}
        assert {trigger.name for trigger in owned.triggers} - guards <= proved


def test_nothing_is_left_behind(database: Session) -> None:
    build(database, BOARD)
    prove_invariants(database, BOARD)
    assert not database.in_transaction
    assert all(database.value(f"SELECT count(*) FROM {each.identifier}") == 0 for each in BOARD.tables)
    assert database.attempt("INSERT INTO users (email) VALUES ('a'), ('A')").constraint == "uq_users_email"


def test_evidence_does_not_change_from_run_to_run(server: Server) -> None:
    found = []
    for _ in range(2):
        with server.scratch_database() as session:
            build(session, BOARD)
            found.append([replace(each, elapsed_ms=0.0) for each in prove_invariants(session, BOARD)])
    assert found[0] == found[1]


def test_rule_within_another_is_proved_with_the_other_aside(database: Session) -> None:
    checks = {"ck_a_wide": "n < 100", "ck_b_narrow": "n < 10"}
    schema = schema_of(table("things", "id key", "n integer!", checks=checks))
    build(database, schema)
    evidence = {each.claim.id: each for each in prove_invariants(database, schema)}
    wide = evidence["invariant/things/ck_a_wide/rejects"]
    assert wide.verdict == "proved"
    schema = schema_of(table("others", "id key", "n integer!", checks={"ck_a": "n < 10", "ck_b": "n < 100"}))
    build(database, schema)
    evidence = {each.claim.id: each for each in prove_invariants(database, schema)}
    hidden = evidence["invariant/others/ck_b/rejects"]
    assert hidden.verdict == "proved"
    assert hidden.observed == "rejected: 23514 ck_b (without ck_a, which refuses the same)"


def test_condition_that_nothing_breaks_is_not_run(database: Session) -> None:
    schema = schema_of(table("things", "id key", "n integer!", checks={"ck_n": "n IS NOT NULL OR n IS NULL"}))
    build(database, schema)
    evidence = {each.claim.id: each for each in prove_invariants(database, schema)}
    never = evidence["invariant/things/ck_n/rejects"]
    assert never.verdict == "not_run"
    assert "breaks it" in never.observed


def test_table_without_acceptable_rows_is_not_run(database: Session) -> None:
    schema = schema_of(table("things", "id key", "n integer!", checks={"ck_low": "n < 5", "ck_high": "n > 5"}))
    build(database, schema)
    (only,) = prove_invariants(database, schema)
    assert only.verdict == "not_run"
    assert only.observed == 'no tried values of n in "things" keep "ck_high", "ck_low"'


@pytest.mark.parametrize(
    ("type_name", "condition"),
    [
        ("real", "weight >= 16777217"),
        ("double precision", "weight >= 9007199254740993"),
        ("real", "weight > 1e-30 AND weight < 1e-28"),
        ("numeric(10,2)", "weight < 1e300"),
        ("numeric", "weight >= 0.1 AND weight <= 0.10"),
        ("citext", "weight IN ('a', 'A', 'b')"),
    ],
)
def test_values_that_only_look_different_are_no_witnesses_of_a_key(
    database: Session, type_name: str, condition: str
) -> None:
    database.execute("CREATE EXTENSION IF NOT EXISTS citext")
    database.execute(
        f"CREATE TABLE tags (id bigint CONSTRAINT pk_tags PRIMARY KEY, weight {type_name}, other text,"
        f" CONSTRAINT ck_tags CHECK ({condition}), CONSTRAINT uq_tags UNIQUE (weight, other),"
        " CONSTRAINT ex_tags EXCLUDE USING btree (weight WITH =, other WITH =) WHERE (weight IS NOT NULL) DEFERRABLE)"
    )
    evidence = prove_invariants(database, introspect(database))
    assert verdicts(evidence, "refuted") == []
    assert [each.claim.id for each in evidence if each.claim.object.name == "ex_tags" and each.verdict == "proved"]


def test_refusal_tells_nothing_where_a_stored_row_is_in_the_way(database: Session) -> None:
    """A row that is like a stored one is refused anyhow; one that is not shows that the rule is too strict."""
    database.script(
        "CREATE TABLE marks (a integer, b integer, CONSTRAINT uq_marks UNIQUE (a, b),"
        " CONSTRAINT ex_marks EXCLUDE USING btree (a WITH =)); INSERT INTO marks VALUES (1, 2)"
    )
    place = ObjectName(kind="constraint", name="ex_marks", table="marks")
    first = "INSERT INTO marks VALUES (3, 4)"

    def verdict(second: str) -> str:
        way = Way(sql=f"{first};\n{second}", control=second)
        question = Question(ways=(way,), expected=Accepted(names=("ex_marks", "uq_marks")))
        claim = Claim(id="invariant/marks/ex_marks/accepts", kind="invariant", sentence="rows differ", object=place)
        (found,) = run(database, [Experiment(claim=claim, questions=(question,))])
        return found.verdict

    assert verdict("INSERT INTO marks VALUES (1, 2)") == "not_run"
    assert verdict("INSERT INTO marks VALUES (3, 5)") == "refuted"
    assert verdict("INSERT INTO marks VALUES (5, 4)") == "proved"


def test_value_that_is_bounded_by_a_counted_key_goes_up_with_it(database: Session) -> None:
    key, rule = ("day", "state"), "state <= code"
    schema = schema_of(
        table("things", "day date!", "state integer!", "code integer", key=key, checks={"ck_order": rule}),
        table("wholes", "day date!", "state integer!", "code integer!", key=key, checks={"ck_whole": rule}),
    )
    build(database, schema)
    evidence = prove_invariants(database, schema)
    assert verdicts(evidence, "refuted") == []
    assert verdicts(evidence, "not_run") == []


def test_trail_of_a_row_with_a_composite_key_is_told_from_that_of_others(database: Session) -> None:
    text = ValueType(base="text")
    designed = design(
        Spec(
            name="rounds",
            entities=(
                Entity(
                    name="Place",
                    attributes=(Attribute(name="street", type=text), Attribute(name="number", type=text)),
                    key="natural",
                    key_attributes=("street", "number"),
                    audited=True,
                ),
                Entity(name="Visit", attributes=(Attribute(name="note", type=text, required=True),)),
            ),
            relationships=(Relationship(name="place", source="Visit", target="Place", kind="N-1", required=True),),
            invariants=(CardinalityLimit(entity="Visit", per=("place",), maximum=7),),
        )
    )
    for statement in statements(designed.schema, role=designed.application_role):
        database.execute(statement)
    evidence = {each.claim.id: each for each in prove_invariants(database, designed.schema, ruling=Ruling(designed))}
    assert verdicts(evidence.values(), "refuted") == []
    for action in ("insert", "update", "delete"):
        assert evidence[f"invariant/places/places_keep_audit_entries/keeps-{action}"].verdict == "proved"


@pytest.mark.parametrize(
    "field",
    [
        "enum(small | large)[2..]! no_repeats open",
        "enum(small | large | third)[2..2]! no_repeats",
        "enum(small | large | third)[3..]! open",
        "enum(a | b | c | d)[..3]! no_repeats",
        "int(1..5)[3..]! no_repeats",
        "int(100..105)[3..]! no_repeats",
        "float(10..)[2..2]!",
        "text(2..5)[3..4]! no_repeats",
        "text(15..30)[2..]! no_repeats",
        "text[3..3]! no_repeats ~ ^[a-c]{3}$",
        "date[2..3]! no_repeats",
        "uuid[2..]! no_repeats",
        "bool[2..2]!",
    ],
)
def test_every_rule_on_an_array_of_some_elements_is_proved(database: Session, field: str, tmp_path: Path) -> None:
    (path := tmp_path / "s.spec.yaml").write_text(
        f"colonnade: 1\nname: shop\nentities:\n  Box:\n    fields:\n      parts: '{field}'\n", encoding="utf-8"
    )
    designed = design(read([path]))
    build(database, designed.schema)
    evidence = prove_invariants(database, designed.schema, ruling=Ruling(designed))
    assert verdicts(evidence, "refuted") == []
    assert verdicts(evidence, "not_run") == []


def test_limit_by_a_row_that_cannot_be_made_is_not_run(database: Session) -> None:
    impossible = Attribute(name="kind", type=ValueType(base="integer", minimum=Decimal(5)), required=True)
    designed = design(
        Spec(
            name="rounds",
            entities=(
                Entity(name="Place", attributes=(impossible,), key="natural", key_attributes=("kind",)),
                Entity(name="Visit"),
            ),
            relationships=(Relationship(name="place", source="Visit", target="Place", kind="N-1"),),
            invariants=(CardinalityLimit(entity="Visit", per=("place",), maximum=7),),
        )
    )
    build(database, designed.schema)
    database.execute("ALTER TABLE places ADD CONSTRAINT ck_never CHECK (kind < 5)")
    found = prove_invariants(database, introspect(database), ruling=Ruling(designed))
    evidence = {each.claim.id: each for each in found}
    limit = evidence["invariant/visits/ck_visits_limit_place_kind/rejects"]
    assert limit.verdict == "not_run"
    assert limit.observed.startswith('no tried values of kind in "places"')


def test_trigger_that_nobody_declared_is_not_run(database: Session) -> None:
    database.script(
        "CREATE TABLE things (id bigint PRIMARY KEY, n integer);"
        "CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;"
        "CREATE TRIGGER watched BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION watch()"
    )
    evidence = {each.claim.id: each for each in prove_invariants(database, introspect(database))}
    assert evidence["invariant/things/watched/behaves"].verdict == "not_run"


def test_constraint_of_a_partitioned_table_is_known_by_its_partitions_names(database: Session) -> None:
    database.script(
        "CREATE TABLE events (id bigint, at date NOT NULL, code text NOT NULL,"
        " CONSTRAINT pk_events PRIMARY KEY (id, at), CONSTRAINT uq_events UNIQUE (at, code)) PARTITION BY RANGE (at);"
        "CREATE TABLE events_2031 PARTITION OF events FOR VALUES FROM ('2031-01-01') TO ('2032-01-01');"
        "CREATE TABLE events_rest PARTITION OF events DEFAULT"
    )
    evidence = prove_invariants(database, introspect(database))
    assert verdicts(evidence, "refuted") == []
    assert verdicts(evidence, "not_run") == []


def test_without_superuser_the_owner_proves_its_tables(server: Server) -> None:
    designed = design(CLINIC)
    with server.temporary_roles(), server.scratch_database() as session:
        session.execute("CREATE EXTENSION btree_gist")
        session.execute("CREATE EXTENSION citext")
        session.execute("CREATE ROLE plain_owner CREATEROLE")
        session.execute("GRANT CREATE ON SCHEMA public TO plain_owner")
        session.set_role("plain_owner")
        for statement in statements(designed.schema, role=designed.application_role):
            session.execute(statement)
        evidence = prove_invariants(session, designed.schema, ruling=Ruling(designed))
        assert verdicts(evidence, "refuted") == []
        assert verdicts(evidence, "not_run") == []


def test_rules_of_the_application_are_named_with_the_reason() -> None:
    assert application_rules(design(CLINIC)) == (
        (
            "users.password_hash: password. Only its hash is stored, so the length and form of the password are checked"
            " before it is hashed."
        ),
        "bookings: a mail is sent. Mail is not data.",
    )


LAW = settings(
    deadline=None,
    max_examples=settings().max_examples // 8,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def shared_database(server: Server) -> Iterator[Session]:
    """Give one database for the module; each example rolls back."""
    with server.scratch_database() as session:
        yield session


@LAW
@given(spec=specs())
def test_every_generated_check_rejects_its_counter_example(shared_database: Session, spec: Spec) -> None:
    """Random specs have some ten conditions each, so that an eighth of the examples is enough."""
    designed = design(spec)
    with shared_database.rolled_back():
        for statement in (*stubs(designed.schema), *statements(designed.schema, role=designed.application_role)):
            shared_database.execute(statement)
        evidence = prove_invariants(shared_database, designed.schema, ruling=Ruling(designed))
    assert verdicts(evidence, "refuted") == []
    breakable = {check.name for each in designed.schema.owned_tables for check in each.checks}
    for each in evidence:
        if each.claim.object.name in breakable and each.claim.id.endswith("/rejects"):
            # A native enum takes no value that its CHECK would refuse; a referenced row may be impossible to make.
            assert each.verdict == "proved" or each.observed.startswith(("none of the", "no tried", "a row of", "row"))
