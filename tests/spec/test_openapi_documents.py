"""Published contracts: the things that the truth about them names, and nothing else."""

from __future__ import annotations

import re

import pytest
import yaml
from shared_material import shared_file

from colonnade.spec import Spec
from colonnade.spec.document import load
from colonnade.spec.openapi import read_openapi


def _fold(name: str) -> str:
    return re.sub(r"s$", "", re.sub(r"[^a-z]", "", name.lower()))


def _tables(spec: Spec) -> set[str]:
    entities = [entity.name for entity in spec.entities if not entity.external]
    return {_fold(name) for name in [*entities, *(each.via for each in spec.relationships if each.kind == "N-M")]}


@pytest.mark.parametrize("case", ["c1-realworld", "c2-flashnotes"])
def test_the_tables_of_the_truth_are_found_and_no_other(case: str) -> None:
    folder = shared_file("cases", "design", case)
    truth = yaml.safe_load((folder / "truth.yaml").read_text())
    spec = read_openapi([load(next((folder / "inputs").glob("openapi.*")))])
    assert _tables(spec) == {_fold(name) for name in truth["tables"]}
    attributes = {
        attribute.name for entity in spec.entities for attribute in entity.attributes if attribute.role != "computed"
    }
    assert not attributes & {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in truth["computed_not_columns"]}


@pytest.mark.parametrize(
    ("name", "entities"),
    [
        ("petstore.yaml", "Pet Order User Category Tag"),
        ("museum.yaml", "MuseumHour SpecialEvent Ticket"),
        ("todo-app.yaml", "TodoItem TodoAttachment User"),
        ("blog.json", "User Post Comment"),
        ("shumilog.yaml", "Log Tag LogImage User"),
        ("solidtime.json", "Project TimeEntry Organization"),
        ("multipos.json", "ProductCategory Product PriceHistory StockMovement Employee Area User Role"),
        ("formbricks.json", "Response ActionClass ContactAttributeKey Survey Webhook"),
        (
            "apideck-crm.yml",
            "Company Contact Opportunity Lead Pipeline List ListMember Note User Activity "  # noqa: ISC004 - one text
            "CustomObjectSchema CustomObject",
        ),
        (
            "memos.yaml",
            "Attachment IdentityProvider Memo Reaction MemoRelation MemoShare User LinkedIdentity "  # noqa: ISC004 - one text
            "UserNotification PersonalAccessToken UserSetting MemoView UserWebhook",
        ),
    ],
)
def test_published_contracts_are_about_these_things(name: str, entities: str) -> None:
    spec = read_openapi([load(shared_file("cases", "inputs", "openapi", name))])
    assert [entity.name for entity in spec.entities] == entities.split()
