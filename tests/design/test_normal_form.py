"""Each fact stands once: dependencies, repeating groups, lists in texts."""

from __future__ import annotations

import pytest
from small_specs import (
    application_rules,
    attribute,
    checks,
    column,
    create,
    decision,
    designed,
    entity,
    refers,
    table,
    tried,
)

from colonnade.errors import DesignError
from colonnade.postgres import Session
from colonnade.spec import (
    AccessPattern,
    Condition,
    FunctionalDependency,
    Identity,
    Isolation,
    Operation,
    OperationField,
    Question,
    SortKey,
    Transition,
    Uniqueness,
)

ORDER = entity("Order", attribute("zip", required=True), attribute("city", required=True), attribute("note"))
FIXES = FunctionalDependency(entity="Order", determinant=("zip",), dependent=("city",))


def test_transitive_dependency_gets_a_table_of_its_own(database: Session) -> None:
    found = designed(ORDER, FIXES)
    assert [each.name for each in table(found, "zips").columns] == ["zip", "city"]
    assert {each.name for each in table(found, "orders").columns} == {"id", "zip", "note"}
    create(database, found)
    database.execute("INSERT INTO zips VALUES ('1010', 'Wien')")
    database.execute("INSERT INTO orders (zip) VALUES ('1010')")
    assert tried(database, "INSERT INTO zips VALUES ('1010', 'Graz')").sqlstate == "23505"
    assert tried(database, "INSERT INTO orders (zip) VALUES ('9999')").sqlstate == "23503"
    assert tried(database, "DELETE FROM zips").sqlstate in ("23001", "23503")
    said = decision(found, "normal form of orders: zip fixes city")
    assert "Codd" in said.source


def test_what_names_a_moved_attribute_follows_it() -> None:
    pattern = AccessPattern(
        id="P", kind="list", entity="Order", equality=("city", "zip"), sort=(SortKey(attribute="city"),)
    )
    field = OperationField(name="city", direction="response", entity="Order", place="city")
    operation = Operation(id="O", method="GET", path="/orders", entity="Order", fields=(field,))
    found = designed(ORDER, FIXES, access_patterns=(pattern,), operations=(operation,))
    (moved,) = found.spec.access_patterns
    assert (moved.equality, moved.sort) == (("zip.city", "zip"), (SortKey(attribute="zip.city"),))
    assert found.spec.operations[0].fields[0].place == "zip.city"


def test_rules_over_moved_attributes_move_or_are_left_to_the_application() -> None:
    found = designed(
        ORDER,
        FIXES,
        Condition(entity="Order", expression="city <> ''"),
        Condition(entity="Order", expression="city <> note"),
    )
    assert checks(found, "zips") == {"ck_zips_city": "city <> ''"}
    assert application_rules(found) == ["application rule of orders: city <> note"]


def test_chain_of_dependencies_is_followed() -> None:
    order = entity("Order", *(attribute(name, required=True) for name in ("zip", "city", "country")))
    found = designed(order, FIXES, FunctionalDependency(entity="Order", determinant=("city",), dependent=("country",)))
    assert [each.name for each in found.schema.tables] == ["cities", "orders", "zips"]
    assert [each.name for each in table(found, "cities").columns] == ["city", "country"]


def test_dependency_on_a_reference_moves_to_what_is_referred_to() -> None:
    found = designed(
        entity("Customer", attribute("name")),
        entity("Order", attribute("customer_name"), attribute("customer_tier")),
        refers("Order", "customer", "Customer", required=True),
        FunctionalDependency(entity="Order", determinant=("customer",), dependent=("customer_tier",)),
    )
    assert table(found, "customers").has_column("customer_tier")
    assert not table(found, "orders").has_column("customer_tier")


def test_dependency_on_a_key_changes_nothing() -> None:
    unique = Uniqueness(entity="Order", keys=("zip",))
    found = designed(ORDER, FIXES, unique)
    assert [each.name for each in found.schema.tables] == ["orders"]
    assert decision(found, "normal form of orders: zip fixes city").choice == "as it is"


def test_answer_keeps_a_denormalisation_with_its_cost() -> None:
    question = Question(id="Q-dependency-order-zip", topic="dependency", text="?", default="split", answer="keep")
    found = designed(ORDER, FIXES, questions=(question,))
    said = decision(found, "normal form of orders: zip fixes city")
    assert table(found, "orders").has_column("city")
    assert said.choice == "kept as a denormalisation"
    assert "one row where it would take two" in said.reason
    assert said.asked == question.id


def test_facts_of_one_owner_stay_that_owners() -> None:
    found = designed(
        entity("User"),
        ORDER.model_copy(update={"owner": "user"}),
        refers("Order", "user", "User", required=True, owner=True, composition=True),
        FIXES,
        isolation=Isolation(by="user", entity="User"),
        identity=Identity(provider="local", entity="User"),
    )
    assert [each.columns for each in table(found, "zips").uniques] == [("user_id", "zip")]
    assert table(found, "zips").row_security
    assert table(found, "orders").has_column("zip_id")


def test_determinant_that_does_not_exist_is_refused() -> None:
    wrong = FunctionalDependency(entity="Order", determinant=("plz",), dependent=("city",))
    with pytest.raises(DesignError, match='no attribute "plz"'):
        designed(ORDER, wrong)


def test_repeating_group_becomes_a_list() -> None:
    phones = [attribute(f"phone{number}", max_length=20, required=number == 1) for number in (1, 2, 3)]
    field = OperationField(name="phone2", direction="request", entity="Person", place="phone2")
    operation = Operation(id="O", method="POST", path="/people", entity="Person", fields=(field,))
    found = designed(entity("Person", *phones, attribute("name")), operations=(operation,))
    assert column(found, "people.phones").type == "text[]"
    assert checks(found, "people")["ck_people_phones_cardinality"] == "cardinality(phones) BETWEEN 1 AND 3"
    assert found.spec.operations[0].fields[0].place == "phones"
    assert decision(found, "normal form of people: phone1, phone2, phone3").rejected


@pytest.mark.parametrize(
    "names",
    [
        ("phone1", "phone2"),
        ("phone1", "phone2", "phone4"),
        ("phone2", "phone3", "phone4"),
        ("address_line1", "address_line2", "address_line3"),
        ("sha1", "sha256", "sha512"),
    ],
)
def test_names_that_only_look_like_a_group_stay(names: tuple[str, ...]) -> None:
    found = designed(entity("Person", *(attribute(name) for name in names)))
    assert {each.name for each in table(found, "people").columns} == {"id", *names}


def test_group_whose_members_are_read_singly_stays() -> None:
    phones = [attribute(f"phone{number}") for number in (1, 2, 3)]
    pattern = AccessPattern(id="P", kind="list", entity="Person", sort=(SortKey(attribute="phone1"),))
    found = designed(entity("Person", *phones), access_patterns=(pattern,))
    assert table(found, "people").has_column("phone2")


def test_members_of_different_types_are_no_group() -> None:
    found = designed(entity("Person", attribute("a1"), attribute("a2", "integer"), attribute("a3")))
    assert table(found, "people").has_column("a2")


def test_rule_over_one_member_of_a_group_is_left_to_the_application() -> None:
    states = [attribute(f"state{number}", "enum", values=("x", "y")) for number in (1, 2, 3)]
    rule = Transition(entity="Task", attribute="state2", steps=(("x", "y"),))
    found = designed(entity("Task", *states), rule)
    assert application_rules(found) == ["application rule of tasks: steps of state2"]


def test_separated_text_becomes_a_list() -> None:
    found = designed(entity("Task", attribute("labels", description="Comma-separated labels", max_length=99)))
    assert column(found, "tasks.labels").type == "text[]"


def test_copy_of_a_referred_attribute_is_recorded() -> None:
    found = designed(
        entity("User", attribute("name")),
        entity("Task", attribute("author_name")),
        refers("Task", "author", "User"),
    )
    assert decision(found, "normal form of tasks: author_name").choice == "kept beside author.name"
