"""Laws of the emitted models, over random specs with every feature that a design can have."""

from __future__ import annotations

import ast
import keyword
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from design_features import FEATURES, features
from hypothesis import HealthCheck, example, given, settings
from model_workshop import ModelWorkshop
from sqlmodel import SQLModel

from clinic import CLINIC
from colonnade.design.designer import design
from colonnade.emit.models import package
from colonnade.postgres import Server
from colonnade.schema import Function, Index, IndexKey, SequenceOptions, Trigger, View, without_expressions
from colonnade.schema.difference import differences
from colonnade.spec import Spec
from colonnade.spec.read import read
from strategies import specs

# Random tables are never so large that their rows are read by blocks.
HUGE_LOG = read([Path(__file__).with_name("huge_log.spec.yaml")])
# Nor do two of them often have the same passwords.
TWO_PASSWORDS = read([Path(__file__).with_name("two_passwords.spec.yaml")])
NO_CAPITALS = read([Path(__file__).with_name("no_capitals.spec.yaml")])
_LAW = settings(deadline=None, suppress_health_check=list(HealthCheck))
_TAKEN = frozenset(dir(SQLModel))


@pytest.fixture(scope="module")
def workshop(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelWorkshop]:
    """Give a workshop on the run's server."""
    with server.temporary_roles():
        opened = ModelWorkshop(server, tmp_path_factory.mktemp("packages"))
        yield opened
        opened.close()


@pytest.mark.takes_minutes
def test_models_and_script_create_what_was_designed(workshop: ModelWorkshop) -> None:
    """Spec, design, models, import without a warning, create_all, introspect: the design, as schema.sql has it."""
    seen: set[str] = set()

    @_LAW
    @example(spec=CLINIC)
    @example(spec=HUGE_LOG)
    @example(spec=TWO_PASSWORDS)
    @example(spec=NO_CAPITALS)
    @given(spec=specs(max_entities=2))
    def law(spec: Spec) -> None:
        designed = design(spec)
        scripted = workshop.by_script(designed)
        created, mapped = workshop.by_models(designed)
        owned = without_expressions(replace(designed.schema, tables=designed.schema.owned_tables))
        assert differences(owned, without_expressions(scripted)) == ()
        assert differences(scripted, created) == ()
        assert created == scripted
        assert len(mapped) == len(designed.schema.tables)
        seen.update(features(designed))

    law()
    assert seen >= FEATURES, f"no spec has had {', '.join(sorted(FEATURES - seen))}"


@pytest.mark.parametrize(
    "options",
    [
        SequenceOptions(start=100, increment=5, maximum=500, cache=3, cycle=True),
        SequenceOptions(start=-1, increment=-1),
        SequenceOptions(start=7, minimum=7),
    ],
)
def test_models_and_script_give_identity_columns_their_options(
    workshop: ModelWorkshop, options: SequenceOptions
) -> None:
    designed = design(CLINIC)
    tables = tuple(
        replace(
            table,
            columns=tuple(replace(each, identity_options=options) if each.identity else each for each in table.columns),
        )
        for table in designed.schema.tables
    )
    designed = replace(designed, schema=replace(designed.schema, tables=tables))
    scripted = workshop.by_script(designed)
    created, _ = workshop.by_models(designed)
    identities = [each for table in created.owned_tables for each in table.columns if each.identity]
    assert {each.identity_options for each in identities} == {options}
    assert created == scripted


def test_models_and_script_create_what_belongs_to_views(workshop: ModelWorkshop) -> None:
    designed = design(CLINIC)
    body = "\nBEGIN\n    RETURN NULL;\nEND\n"
    index = Index(name="uq_counts", keys=(IndexKey(column="n"),), unique=True)
    trigger = Trigger(name="kept", timing="INSTEAD OF", events=("INSERT", "DELETE"), function="keep_nothing")
    schema = replace(
        designed.schema,
        functions=(
            *designed.schema.functions,
            Function(name="keep_nothing", arguments="", returns="trigger", language="plpgsql", body=body),
        ),
        views=(
            View(name="counts", definition=" SELECT 1 AS n;", materialized=True, indexes=(index,)),
            View(name="ones", definition=" SELECT 1 AS n;", triggers=(trigger,)),
        ),
    )
    scripted = workshop.by_script(replace(designed, schema=schema))
    created, _ = workshop.by_models(replace(designed, schema=schema))
    assert created.views == scripted.views
    assert [(each.indexes, each.triggers) for each in created.views] == [((index,), ()), ((), (trigger,))]


@settings(_LAW, max_examples=settings().max_examples // 8)
@example(spec=NO_CAPITALS)
@given(spec=specs())
def test_names_hide_nothing_and_differ(spec: Spec) -> None:
    classes: list[str] = []
    for path, text in package(design(spec)).items():
        assert path.rpartition("/")[2].removesuffix(".py").isidentifier()
        for found in ast.walk(ast.parse(text)):
            if isinstance(found, ast.ClassDef):
                classes.append(found.name)
                _names_are_free(found)
    assert [name for name, count in Counter(classes).items() if count > 1] == []


def _names_are_free(found: ast.ClassDef) -> None:
    """Check that a class declares each attribute once, and hides none of SQLModel's and no type that it uses."""
    annotated = [each for each in found.body if isinstance(each, ast.AnnAssign)]
    declared = [each.target.id for each in annotated if isinstance(each.target, ast.Name)]
    used = {node.id for each in annotated for node in ast.walk(each.annotation) if isinstance(node, ast.Name)}
    assert used & set(declared) == set()
    own = [name for name in declared if name != "__tablename__"]
    assert [name for name, count in Counter(own).items() if count > 1] == []
    assert {name for name in own if name in _TAKEN or name.startswith("_")} == set()
    assert not any(keyword.iskeyword(name) for name in (found.name, *own))
