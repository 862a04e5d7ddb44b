"""Proofs of mappings: the emitted models are proved, and whatever is broken in them is refuted in the right words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from colonnade.design import Design
from colonnade.design.designer import design
from colonnade.dsn import Dsn
from colonnade.emit.models import package
from colonnade.errors import ModelError
from colonnade.models import MappedModel, ModelsProcess, Step, Trials
from colonnade.models.messages import Request
from colonnade.postgres import Server, Session
from colonnade.prove.claim import Evidence
from colonnade.prove.maps import prove_maps
from colonnade.prove.rows import RowFactory
from colonnade.spec import AccessPattern, Attribute, Entity, Relationship, SortKey, Spec, ValueType
from forking import ForkingProcess, write

_TEXT = ValueType(base="text")


def _attribute(name: str, base: str = "text", **options: object) -> Attribute:
    type_options = {
        key: options.pop(key) for key in ("values", "ordered", "case_insensitive", "array") if key in options
    }
    return Attribute.model_validate({"name": name, "type": {"base": base, **type_options}, **options})


def _board() -> Design:
    """Return people with profiles, tasks that refer to them in two ways and to each other, and labels of tasks."""
    return design(
        Spec(
            name="board",
            entities=(
                Entity(name="Person", attributes=(_attribute("name", required=True),)),
                Entity(name="Profile", attributes=(_attribute("bio"),), weak_of="Person"),
                Entity(
                    name="Task",
                    attributes=(
                        _attribute("title", required=True),
                        _attribute("state", "enum", values=("to do", "done"), required=True),
                        _attribute("level", "enum", values=("very low", "high"), ordered=True, required=True),
                        _attribute("effort", "decimal", required=True),
                        _attribute("marks", case_insensitive=True, array=True, required=True),
                    ),
                    timestamps=True,
                ),
                Entity(name="Label", attributes=(_attribute("word", required=True),)),
            ),
            relationships=(
                Relationship(name="owner", source="Task", target="Person", kind="N-1", required=True, composition=True),
                Relationship(name="helper", source="Task", target="Person", kind="N-1", on_delete="set null"),
                Relationship(name="parent", source="Task", target="Task", kind="N-1", on_delete="restrict"),
                Relationship(name="labels", source="Task", target="Label", kind="N-M"),
            ),
            access_patterns=(AccessPattern(id="P1", kind="list", entity="Task", sort=(SortKey(attribute="level"),)),),
        )
    )


class _Models(ModelsProcess):
    """The models in a folder, each command in a fork of its own that has imported them."""

    def __init__(self, process: ForkingProcess, folder: Path) -> None:
        self._forks = process
        self._load = Request(command="load", path=str(folder / "models"))
        self._steps: tuple[Step, ...] = ()
        (loaded,) = process.answers(self._load)
        if loaded.failure is not None:
            raise ModelError(loaded.failure.message, detail=loaded.failure.detail)
        self._mapped = loaded.models

    @property
    def models(self) -> tuple[MappedModel, ...]:
        return self._mapped

    def create_all(self, url: str, *, stand_ins: bool = False) -> None:
        _, created = self._forks.answers(self._load, Request(command="create", url=_driver(url), stand_ins=stand_ins))
        assert created.failure is None, created.failure

    def begin_exercise(self, trials: Trials) -> None:
        told = Trials(**{name: getattr(trials, name) for name in Trials.__slots__} | {"url": _driver(trials.url)})
        _, tried = self._forks.answers(self._load, Request(command="exercise", trials=told))
        assert tried.failure is None, tried.failure
        self._steps = tried.steps

    def finish_exercise(self) -> tuple[Step, ...]:
        return self._steps


def _driver(url: str) -> str:
    return Dsn.parse(url).sqlalchemy_url()


class Bench:
    """A database that the emitted models have built, and proofs of them as they are and broken."""

    def __init__(self, process: ForkingProcess, session: Session, folder: Path) -> None:
        self._process = process
        self._session = session
        self._folder = folder
        self._cases = 0
        self._design = _board()
        self.files = package(self._design)
        self._loaded(self.files).create_all(session.url)
        self._factory = RowFactory(self._design.schema, session)

    def prove(self, files: dict[str, str]) -> tuple[Evidence, ...]:
        return prove_maps(self._design, process=self._loaded(files), session=self._session, factory=self._factory)

    def broken(self, *changes: tuple[str, str, str]) -> dict[str, str]:
        """Return the files with texts replaced: in which module, what, by what."""
        files = dict(self.files)
        for module, before, after in changes:
            path = f"models/{module}.py"
            assert before in files[path], f"{before!r} is not in {path}"
            files[path] = files[path].replace(before, after)
        return files

    def _loaded(self, files: dict[str, str]) -> _Models:
        self._cases += 1
        return _Models(self._process, write(files, self._folder / f"case_{self._cases}"))


@pytest.fixture(scope="module")
def bench(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Give one bench for the module; nothing that is tried stays in its database."""
    process = ForkingProcess()
    with server.scratch_database() as session:
        yield Bench(process, session, tmp_path_factory.mktemp("boards"))
    process.close()


def test_emitted_models_are_proved(bench: Bench) -> None:
    evidence = bench.prove(bench.files)
    assert [each for each in evidence if each.verdict != "proved"] == []
    said = {each.claim.id: each.observed for each in evidence}
    assert said["maps/tasks/owner/mapped"] == "as Person.tasks and Task.owner"


_CASCADE = "\n        cascade_delete=True,\n        passive_deletes=True,"
_PASSIVE = "\n        passive_deletes=True,"
_LEFT = '\n        passive_deletes="all",'
_BROKEN = {
    "no cascade": (
        ("person", f'back_populates="owner",{_CASCADE}', 'back_populates="owner",'),
        "maps/tasks/fk_tasks_owner_id_people/delete",
        "the database does it; a session with nothing loaded refuses it (23502",
    ),
    "cascade against RESTRICT": (
        ("task", f'back_populates="parent",{_LEFT}', f'back_populates="parent",{_CASCADE}'),
        "maps/tasks/fk_tasks_parent_id_tasks/delete",
        "the database refuses it (23001 fk_tasks_parent_id_tasks); a session with its relationships loaded does it",
    ),
    "cascade against SET NULL": (
        ("person", f'back_populates="helper",{_PASSIVE}', f'back_populates="helper",{_CASCADE}'),
        "maps/tasks/fk_tasks_helper_id_people/delete",
        "with its relationships loaded: only the database leaves",
    ),
    "passive_deletes that leaves to the session what the database refuses": (
        ("task", f'back_populates="parent",{_LEFT}', 'back_populates="parent",'),
        "maps/tasks/fk_tasks_parent_id_tasks/delete",
        "the database refuses it (23001 fk_tasks_parent_id_tasks); a session with nothing loaded does it",
    ),
    "wrong foreign key": (
        ("task", '{"foreign_keys": "Task.helper_id"}', '{"foreign_keys": "Task.owner_id", "overlaps": "owner,tasks"}'),
        "maps/tasks/helper/mapped",
        "as Person.helper_tasks; declare one on each side over helper_id",
    ),
    "list of one": (
        ("person", 'Optional["Profile"]', 'list["Profile"]'),
        "maps/profiles/person/mapped",
        "Person.profile gives a list where at most one row refers; set uselist to False",
    ),
    "one that is a list": (
        ("person", 'tasks: list["Task"]', 'tasks: Optional["Task"]'),
        "maps/tasks/owner/mapped",
        "Person.tasks gives one where many rows may refer; declare a list",
    ),
    "enum by name": (("base", "str(value)", "value.name"), "maps/tasks/insert", "ck_tasks_state_values"),
    "enum read as text": (
        ("base", "self.members(value)", "value"),
        "maps/tasks/load",
        '"state" is declared as TaskState and read as',
    ),
    "native enum by name": (
        ("task", "                values_callable=stored_values,\n", ""),
        "maps/tasks/insert",
        "'very low' is not among the defined enum values",
    ),
    "decimal read as float": (
        ("task", "sa.Numeric()", "sa.Numeric(asdecimal=False)"),
        "maps/tasks/load",
        '"effort" is declared as Decimal and read as',
    ),
    "array of elements that the driver does not know": (
        ("base", "sa.cast(column, pg.ARRAY(sa.Text))", "column"),
        "maps/tasks/load",
        '"marks" was written as',
    ),
    "lazy load in async": (
        ("base", '"eager_defaults": True', '"eager_defaults": False'),
        "maps/tasks/async",
        "MissingGreenlet",
    ),
}


@pytest.mark.parametrize(("change", "claim", "words"), _BROKEN.values(), ids=_BROKEN)
def test_broken_models_are_refuted(bench: Bench, change: tuple[str, str, str], claim: str, words: str) -> None:
    found = {each.claim.id: each for each in bench.prove(bench.broken(change))}
    assert found[claim].verdict == "refuted"
    assert words in found[claim].observed


def test_sides_that_do_not_know_each_other_are_refuted(bench: Bench) -> None:
    files = bench.broken(
        ("person", 'back_populates="person",', 'sa_relationship_kwargs={"overlaps": "person"},'),
        ("profile", 'back_populates="profile"', 'sa_relationship_kwargs={"overlaps": "profile"}'),
    )
    found = {each.claim.id: each for each in bench.prove(files)}["maps/profiles/person/mapped"]
    assert found.verdict == "refuted"
    assert found.observed.startswith("as Person.profile and Profile.person; Person.profile, Profile.person must name")


def test_relationship_to_itself_without_direction_cannot_be_mapped(bench: Bench) -> None:
    with pytest.raises(ModelError) as caught:
        bench.prove(bench.broken(("task", 'sa_relationship_kwargs={"remote_side": "Task.id"},', "")))
    assert "both of the same direction" in caught.value.detail
