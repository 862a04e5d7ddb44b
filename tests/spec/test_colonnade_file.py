"""Spec files: what is accepted, and what is refused with line, column and the nearest valid name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest
from shared_material import shared_file

from colonnade.errors import SpecError
from colonnade.spec import Spec
from colonnade.spec.colonnade_file import access, asked, entities, identity, invariants, read_colonnade, relations
from colonnade.spec.colonnade_file.field_line import MODIFIERS
from colonnade.spec.colonnade_file.reader import TOP_KEYS
from colonnade.spec.colonnade_file.type_words import TYPE_WORDS
from colonnade.spec.document import parse
from colonnade.spec.read import read

CASES = Path(__file__).parent / "cases"
MANUAL = Path(__file__).parents[2] / "docs" / "spec-file.md"
SCHEMA = Path(__file__).parents[2] / "src" / "colonnade" / "spec" / "spec.schema.json"
_MARK = re.compile(r"\s# error(?P<schema>\(schema\))?: (?P<column>\d+) (?P<message>.*?)(?: \| (?P<hint>.*))?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A faulty line of a case file."""

    path: Path
    line: int
    column: int
    message: str
    hint: str
    schema: bool

    @property
    def text(self) -> str:
        """The file with every other faulty line blank, so that lines keep their numbers."""
        lines = self.path.read_text(encoding="utf-8").splitlines()
        kept = (
            line.split(" # error")[0] if number == self.line or not _MARK.search(line) else ""
            for number, line in enumerate(lines, 1)
        )
        return "\n".join(kept) + "\n"


def _faults() -> Iterator[Fault]:
    for path in sorted((CASES / "faulty").glob("*.yaml")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            mark = _MARK.search(line)
            if mark:
                yield Fault(
                    path=path,
                    line=number,
                    column=int(mark["column"]),
                    message=mark["message"],
                    hint=mark["hint"] or "",
                    schema=bool(mark["schema"]),
                )


FAULTS = list(_faults())
EXAMPLE = Path(__file__).parents[2] / "examples" / "taskboard" / "taskboard.spec.yaml"
ACCEPTED = [*sorted((CASES / "accepted").glob("*.yaml")), EXAMPLE]


def _name(fault: Fault) -> str:
    return f"{fault.path.stem}:{fault.line}"


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft202012Validator:
    value = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(value)
    return jsonschema.Draft202012Validator(value)


@pytest.mark.parametrize("fault", FAULTS, ids=_name)
def test_fault_is_named_with_line_and_column(fault: Fault, tmp_path: Path) -> None:
    path = tmp_path / fault.path.name
    path.write_text(fault.text, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        read([path])
    error = caught.value
    assert fault.message in error.message, str(error)
    assert fault.hint in error.hint, str(error)
    assert error.at is not None
    assert (error.at.path, error.at.line, error.at.column) == (str(path), fault.line, fault.column), str(error)


@pytest.mark.parametrize("path", sorted((CASES / "faulty").glob("*.yaml")), ids=lambda path: path.stem)
def test_case_file_without_its_faults_is_accepted(path: Path, tmp_path: Path) -> None:
    """Otherwise a fault could be reported for another reason."""
    lines = path.read_text(encoding="utf-8").splitlines()
    file = tmp_path / path.name
    file.write_text("\n".join(line for line in lines if not _MARK.search(line)) + "\n", encoding="utf-8")
    assert read([file]).name == "faults"


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.schema], ids=_name)
def test_editor_sees_the_fault(fault: Fault, schema: jsonschema.Draft202012Validator) -> None:
    assert not schema.is_valid(parse(fault.text, path="x.yaml").root.value)


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
def test_accepted_file_is_read_and_valid_for_editors(path: Path, schema: jsonschema.Draft202012Validator) -> None:
    document = parse(path.read_text(encoding="utf-8"), path=str(path))
    assert [error.message for error in schema.iter_errors(document.root.value)] == []
    spec = read([path])
    assert Spec.model_validate_json(spec.model_dump_json()) == spec


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
def test_every_fact_has_a_place_with_words(path: Path) -> None:
    spec = read([path])
    lines = path.read_text(encoding="utf-8").splitlines()
    facts = [
        *spec.entities,
        *(attribute for entity in spec.entities for attribute in entity.attributes),
        *spec.relationships,
        *(attribute for relationship in spec.relationships for attribute in relationship.attributes),
        *spec.invariants,
        *spec.access_patterns,
        *spec.questions,
    ]
    for fact in facts:
        assert fact.at, fact
        place = fact.at[0]
        assert place.path == str(path)
        assert place.quote
        start = place.quote.rstrip("…").split()[0]
        assert lines[place.line - 1][place.column - 1 :].startswith(start), (fact, place)


def test_shared_case_reads_completely() -> None:
    spec = read([shared_file("cases", "users_tasks.spec.yaml")])
    assert [entity.name for entity in spec.entities] == ["User", "Task", "Tag"]
    assert spec.entity("User").external
    assert len(spec.access_patterns) == 4
    assert spec.answer("Q-ondelete-user-task", "") == "cascade"
    assert [str(span) for span in spec.entity("Task").attribute("title").at[1:]] == ["spec.md:1:1", "openapi.yaml:1:1"]
    assert not spec.unread


def test_several_faults_are_reported_together() -> None:
    text = "colonnade: 1\nname: x\nentities:\n  A: {fields: {a: txt, b: itn}}\n  B: {felds: 1}\n"
    with pytest.raises(SpecError) as caught:
        read_colonnade([parse(text, path="x.yaml")])
    error = caught.value
    assert str(error.at) == "x.yaml:4:19"
    assert "2 more in this file" in error.detail
    assert 'x.yaml:4:27: "itn" is not a type' in error.detail
    assert 'x.yaml:5:7: unknown key "felds"' in error.detail


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("colonnade: 1\n", 'needs the key "name"', "x.yaml:1:1"),
        ("colonnade: 2\nname: x\n", 'version "2" of the spec file is unknown', "x.yaml:1:12"),
        ("colonnade: 1\nname: x\nisolation: user\n", "needs to know who the users are", "x.yaml:3:1"),
        ("colonnade: 1\nname: x\nisolation: tenant\n", "needs the tenant's entity", "x.yaml:3:1"),
        ("colonnade: 1\nname: x\nisolation: {by: tenant, entity: Org}\n", 'unknown entity "Org"', "x.yaml:3:1"),
        ("colonnade: 1\nname: x\nidentity: local\n", 'there is no entity "User" for the users', "x.yaml:3:1"),
        ("colonnade: 1\nname: x\nidentity: locale\n", '"locale" is not a provider', "x.yaml:3:11"),
        ("colonnade: 1\nname: x\nidentity: {user: external}\n", 'needs the key "table"', "x.yaml:3:1"),
        ("colonnade: 1\nname: x\nidentity: {entity: User}\n", 'needs the key "user"', "x.yaml:3:11"),
        ("colonnade: 1\nname: x\nentities: [Task]\n", '"entities" must be a mapping', "x.yaml:3:11"),
        ("colonnade: 1\nname: x\nentities: {A: {owner: user}}\n", 'unknown owner "user"', "x.yaml:3:23"),
        ("colonnade: 1\nname: x\nrelations: {a: b}\n", '"relations" must be a list', "x.yaml:3:12"),
        ("colonnade: 1\nname: [x]\n", '"name" must be text', "x.yaml:2:7"),
    ],
)
def test_fault_of_the_whole_file_is_named(text: str, message: str, place: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_colonnade([parse(text, path="x.yaml")])
    assert message in caught.value.message
    assert str(caught.value.at) == place


def test_schema_names_the_keys_and_words_that_the_reader_knows() -> None:
    value = json.loads(SCHEMA.read_text(encoding="utf-8"))
    parts = value["$defs"]
    top = value["properties"]
    entity = parts["entity"]["anyOf"][1]["properties"]
    assert list(top) == list(TOP_KEYS)
    assert sorted(entity) == sorted(entities.ENTITY_KEYS)
    assert sorted(entity["key"]["anyOf"][0]["enum"]) == sorted(identity.KEY_KINDS)
    assert list(parts["grow"]["properties"]) == list(entities.GROW_KEYS)
    assert list(parts["relation"]["properties"]) == list(relations.RELATION_KEYS)
    assert parts["relation"]["properties"]["kind"]["enum"] == list(relations.KINDS)
    assert parts["relation"]["properties"]["on_delete"]["enum"] == list(relations.ON_DELETE)
    assert list(parts["unique"]["anyOf"][1]["properties"]) == list(invariants.UNIQUE_KEYS)
    assert list(parts["check"]["anyOf"][1]["properties"]) == list(invariants.CHECK_KEYS)
    assert list(parts["rule"]["properties"]) == list(invariants.RULE_ENTRY_KEYS)
    assert list(parts["question"]["properties"]) == list(asked.QUESTION_KEYS)
    assert top["identity"]["anyOf"][0]["enum"] == list(identity.PROVIDERS)
    assert parts["fieldLine"]["pattern"].startswith(f"^\\s*(?:{'|'.join(TYPE_WORDS)})")
    for kind, keys in access.KEYS_OF_KIND.items():
        assert set(parts[kind]["properties"]) == {kind, *keys}
    assert parts["search"]["properties"]["mode"]["enum"] == list(access.MODES)
    assert parts["list"]["properties"]["scope"]["enum"] == list(access.SCOPES)
    assert parts["write"]["properties"]["does"]["enum"] == list(access.WRITES)


EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", MANUAL.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: re.findall(r"name: (\w+)", text)[0])
def test_example_of_the_manual_is_read(text: str, schema: jsonschema.Draft202012Validator) -> None:
    document = parse(text, path="manual.yaml")
    assert [error.message for error in schema.iter_errors(document.root.value)] == []
    assert read_colonnade([document]).entities


def test_manual_names_every_key_and_word() -> None:
    manual = re.sub(r"^```.*?^```", "", MANUAL.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"[\w-]+", " ".join(re.findall(r"`([^`]+)`", manual))))
    keys = {*TOP_KEYS, *entities.ENTITY_KEYS, *entities.GROW_KEYS, *relations.RELATION_KEYS, *invariants.UNIQUE_KEYS}
    keys |= {key for kind, keys in access.KEYS_OF_KIND.items() for key in (kind, *keys)}
    words = {
        *TYPE_WORDS,
        *MODIFIERS,
        *identity.PROVIDERS,
        *relations.KINDS,
        *access.MODES,
        *access.SCOPES,
        *access.WRITES,
    }
    assert (keys | words) - named == set()
    assert len(EXAMPLES) >= 6
